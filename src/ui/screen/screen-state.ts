import { scrolledTo } from "./scroll.ts";

/** What fills the screen. */
export type Mode = "main" | "output" | "matrix" | "help";
export type PaneName = "outline" | "guide" | "output";

/**
 * Where the reader is: nothing of the run itself. Whoever closes the screen loses this and no more.
 */
export interface ScreenState {
  readonly mode: Mode;
  /** The pane that has the keys, and in a narrow window the only one. */
  readonly pane: PaneName;
  /** The step that is looked at: its position among those that a run goes through. */
  readonly cursor: number;
  /** The cursor goes where the run goes. */
  readonly following: boolean;
  /** The first line of the guide on the screen; absent: wherever the step is seen best. */
  readonly guideTop?: number;
  /** The host whose output is shown; absent: all of them. */
  readonly host?: string;
  /** Lines of output below the window: 0 is its end. */
  readonly fromEnd: number;
  /** The first host of the matrix on the screen. */
  readonly matrixTop: number;
}

export const FIRST_STATE: ScreenState = {
  mode: "main",
  pane: "outline",
  cursor: 0,
  following: true,
  fromEnd: 0,
  matrixTop: 0,
};

/** What the screen shows, as far as moving in it needs to know. */
export interface Around {
  readonly steps: number;
  /** Positions of the first step of each section. */
  readonly sections: readonly number[];
  /** The step at work, or the last that was. */
  readonly active: number;
  /** Hosts of the step under the cursor. */
  readonly hosts: readonly string[];
  readonly guideLines: number;
  readonly guideHeight: number;
  /** The first line of the guide that is shown now. */
  readonly guideTop: number;
  readonly outputLines: number;
  readonly outputHeight: number;
  readonly matrixHosts: number;
  readonly matrixHeight: number;
}

/** What a reader wants. */
export type Wish =
  | { readonly to: "step"; readonly by: number }
  | { readonly to: "section"; readonly by: number }
  | { readonly to: "first" | "last" | "active" }
  | { readonly to: "scroll"; readonly by: number }
  | { readonly to: "page"; readonly by: number }
  | { readonly to: "host"; readonly by: number }
  | { readonly to: "pane"; readonly by: number }
  | { readonly to: "mode"; readonly mode: Mode };

/** The next state: pure. */
export function moved(state: ScreenState, wish: Wish, around: Around): ScreenState {
  switch (wish.to) {
    case "step":
      return at(state, state.cursor + wish.by, around);
    case "section": {
      const starts = around.sections;
      const next =
        wish.by > 0 ? starts.find((start) => start > state.cursor) : starts.findLast((start) => start < state.cursor);
      return at(state, next ?? (wish.by > 0 ? around.steps - 1 : 0), around);
    }
    case "first":
      return at(state, 0, around);
    case "last":
      return at(state, around.steps - 1, around);
    case "active":
      return { ...at(state, around.active, around), following: true };
    case "page":
      return scrolled(state, wish.by * Math.max(1, heightOf(state, around) - 1), around);
    case "scroll":
      return scrolled(state, wish.by, around);
    case "host": {
      const tabs: readonly (string | undefined)[] = [undefined, ...around.hosts];
      const index = Math.max(0, tabs.indexOf(state.host));
      const next = tabs[(index + wish.by + tabs.length) % tabs.length];
      const { host: _host, ...rest } = state;
      return { ...rest, fromEnd: 0, ...(next !== undefined && { host: next }) };
    }
    case "pane": {
      const index = PANES.indexOf(state.pane);
      return { ...state, pane: PANES[(index + wish.by + PANES.length) % PANES.length] ?? "outline" };
    }
    case "mode":
      return { ...state, mode: state.mode === wish.mode ? "main" : wish.mode };
  }
}

/** The run has gone on: the cursor goes along, where it follows. */
export function followed(state: ScreenState, active: number, around: Pick<Around, "steps">): ScreenState {
  return state.following && state.cursor !== active ? at(state, active, around, true) : state;
}

const PANES: readonly PaneName[] = ["outline", "guide", "output"];

function at(state: ScreenState, cursor: number, { steps }: Pick<Around, "steps">, following = false): ScreenState {
  const { guideTop: _top, host: _host, ...rest } = state;
  return { ...rest, cursor: Math.max(0, Math.min(cursor, steps - 1)), following, fromEnd: 0 };
}

function heightOf({ pane, mode }: ScreenState, { outputHeight, guideHeight, matrixHeight }: Around): number {
  if (mode === "matrix") return matrixHeight;
  return pane === "output" || mode === "output" ? outputHeight : guideHeight;
}

/** Scrolls what has the keys; in the outline, steps. */
function scrolled(state: ScreenState, by: number, around: Around): ScreenState {
  if (state.mode === "matrix") {
    const most = Math.max(0, around.matrixHosts - around.matrixHeight);
    return { ...state, matrixTop: Math.max(0, Math.min(state.matrixTop + by, most)) };
  }
  if (state.pane === "output" || state.mode === "output") {
    const most = Math.max(0, around.outputLines - around.outputHeight);
    return { ...state, fromEnd: Math.max(0, Math.min(state.fromEnd - by, most)) };
  }
  if (state.pane === "guide") {
    const top = scrolledTo(around.guideTop + by, around.guideTop + by, around.guideHeight, around.guideLines);
    return { ...state, guideTop: top, following: false };
  }
  return at(state, state.cursor + by, around);
}
