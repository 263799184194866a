import { centredOn, scrolledTo } from "./scroll.ts";

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
  /** What is looked for; empty: nothing. */
  readonly search: string;
  /** The line where it was found last. */
  readonly match?: number;
  /** The first host of the matrix on the screen. */
  readonly matrixTop: number;
}

export const FIRST_STATE: ScreenState = {
  mode: "main",
  pane: "outline",
  cursor: 0,
  following: true,
  fromEnd: 0,
  search: "",
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
  /** Lines that have what is looked for. */
  readonly guideMatches: readonly number[];
  readonly outputMatches: readonly number[];
  /** The step that each line of the guide belongs to: its position. */
  readonly stepOfLine: (line: number) => number | undefined;
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
  | { readonly to: "mode"; readonly mode: Mode }
  | { readonly to: "match"; readonly by: 1 | -1; /** Absent: the one looked for already. */ readonly search?: string };

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
    case "match":
      return matched({ ...state, search: wish.search ?? state.search }, wish.by, around);
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
  const { guideTop: _top, host: _host, match: _match, ...rest } = state;
  return { ...rest, cursor: Math.max(0, Math.min(cursor, steps - 1)), following, fromEnd: 0 };
}

function heightOf({ pane, mode }: ScreenState, { outputHeight, guideHeight, matrixHeight }: Around): number {
  if (mode === "matrix") return matrixHeight;
  return pane === "output" || mode === "output" ? outputHeight : guideHeight;
}

/** The next place of what is looked for: in the output where that has the keys, else in the guide; round its end. */
function matched(state: ScreenState, by: 1 | -1, around: Around): ScreenState {
  const next = (matches: readonly number[], from: number): number | undefined =>
    by > 0
      ? (matches.find((row) => row > from) ?? matches[0])
      : (matches.findLast((row) => row < from) ?? matches.at(-1));
  if (state.pane === "output" || state.mode === "output") {
    const { outputLines, outputHeight, outputMatches } = around;
    const row = next(outputMatches, state.match ?? outputLines - state.fromEnd - outputHeight);
    if (row === undefined) return state;
    const end = Math.min(outputLines, Math.max(row + Math.ceil(outputHeight / 2), outputHeight));
    return { ...state, fromEnd: outputLines - end, match: row };
  }
  const row = next(around.guideMatches, state.match ?? around.guideTop - 1);
  if (row === undefined) return state;
  const step = around.stepOfLine(row) ?? state.cursor;
  const top = centredOn(row, around.guideHeight, around.guideLines);
  const pane = state.pane === "outline" && around.guideMatches.length > 0 ? "guide" : state.pane;
  return { ...at(state, step, around), pane, search: state.search, guideTop: top, match: row };
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
