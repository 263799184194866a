/*
 * Where the reader is, and where each wish takes him: one reducer, longer than most files for having a case a wish.
 */
import type { Filter } from "./filter.ts";
import { centredOn, scrolledTo } from "./scroll.ts";

/** What fills the screen. */
export type Mode = "main" | "output" | "matrix" | "journal" | "help";
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
  /** Lines of output below the window: 0 is its end. Absent: wherever what matters most is seen. */
  readonly fromEnd?: number;
  /** Of one host's output: where in its log the first line begins that is seen, in bytes. Absent: see `fromEnd`. */
  readonly logTop?: number;
  /** What is looked for; empty: nothing. */
  readonly search: string;
  /** The line where it was found last; in a log, where that begins. */
  readonly match?: number;
  /** The first host of the matrix on the screen. */
  readonly matrixTop: number;
  /** The first of all keys on the screen. */
  readonly helpTop: number;
  /** What is to be seen and nothing else; absent: everything. */
  readonly filter?: Filter;
  /** What the step under the cursor would do is shown where its output was; the pane that had the keys before. */
  readonly preview?: PaneName;
  /** The first event on the screen, counted from the run's first. Absent: the newest are seen. */
  readonly journalTop?: number;
}

export const FIRST_STATE: ScreenState = {
  mode: "main",
  pane: "outline",
  cursor: 0,
  following: true,
  search: "",
  matrixTop: 0,
  helpTop: 0,
};

/** What the screen shows, as far as moving in it needs to know. */
export interface Around {
  readonly steps: number;
  /** Positions of those that are to be seen; absent: all of them. */
  readonly shown?: readonly number[];
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
  /** Lines of output below what is shown now. */
  readonly outputFromEnd: number;
  /** Where its first lines begin in a log, if it is the output of one host, in bytes; and whether its end is among them. */
  readonly log?: { readonly places: readonly number[]; readonly atEnd: boolean };
  /** Lines that have a text. */
  readonly guideMatches: (text: string) => readonly number[];
  readonly outputMatches: (text: string) => readonly number[];
  /** The step that each line of the guide belongs to: its position. */
  readonly stepOfLine: (line: number) => number | undefined;
  readonly matrixHosts: number;
  readonly matrixHeight: number;
  readonly helpLines: number;
  readonly helpHeight: number;
  readonly journal: JournalAround;
}

/** Positions of events are counted from the run's first. */
export interface JournalAround {
  /** The oldest that is kept. */
  readonly first: number;
  /** Behind the newest. */
  readonly end: number;
  /** The first that is shown now, and how many there is room for. */
  readonly top: number;
  readonly height: number;
  /** Those that have a text. */
  readonly matches: (text: string) => readonly number[];
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
  | { readonly to: "preview" }
  | {
      readonly to: "log";
      /** Where the line stands that was looked for, and the one to be seen first. */
      readonly at: number;
      readonly top: number;
    }
  | {
      readonly to: "filter";
      /** Absent: everything is to be seen. */
      readonly filter?: Filter;
      /** Positions of the steps that are to be seen then. */
      readonly shown: readonly number[];
    }
  | { readonly to: "match"; readonly by: 1 | -1; /** Absent: the one looked for already. */ readonly search?: string };

/** The next state: pure. */
export function moved(state: ScreenState, wish: Wish, around: Around): ScreenState {
  if (wish.to === "first" || wish.to === "last" || wish.to === "active") {
    const ends = toEnd(state, wish.to, around);
    if (ends !== undefined) return ends;
  }
  switch (wish.to) {
    case "step":
      return at(state, stepFrom(state.cursor, wish.by, around), around);
    case "section": {
      const starts = around.sections;
      const next =
        wish.by > 0 ? starts.find((start) => start > state.cursor) : starts.findLast((start) => start < state.cursor);
      return at(state, next ?? (wish.by > 0 ? around.steps - 1 : 0), around);
    }
    case "first":
      return at(state, around.shown?.[0] ?? 0, around);
    case "last":
      return at(state, around.shown?.at(-1) ?? around.steps - 1, around);
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
      const { host: _host, ...rest } = atOutputEnd(unmatched(state));
      return { ...rest, ...(next !== undefined && { host: next }) };
    }
    case "pane": {
      const index = PANES.indexOf(state.pane);
      return { ...state, pane: PANES[(index + wish.by + PANES.length) % PANES.length] ?? "outline" };
    }
    case "log":
      return { ...atOutputEnd(state), logTop: wish.top, match: wish.at };
    case "preview": {
      if (state.preview !== undefined) return unpreviewed(state);
      return { ...atOutputEnd(unmatched(state)), preview: state.pane, pane: "output" };
    }
    case "filter": {
      const { filter: _filter, host: _host, ...rest } = state;
      const next = { ...rest, matrixTop: 0, ...(wish.filter !== undefined && { filter: wish.filter }) };
      const { cursor } = state;
      if (wish.shown.includes(cursor)) return next;
      return at(next, wish.shown.find((each) => each > cursor) ?? wish.shown.at(-1) ?? cursor, around);
    }
    case "match":
      return matched(wish.search === undefined ? state : { ...unmatched(state), search: wish.search }, wish.by, around);
    case "mode":
      return { ...unmatched(state), mode: state.mode === wish.mode ? "main" : wish.mode, helpTop: 0 };
  }
}

/** The run has gone on: the cursor goes along, where it follows. */
export function followed(state: ScreenState, active: number, around: Pick<Around, "steps">): ScreenState {
  return state.following && state.cursor !== active ? at(state, active, around, true) : state;
}

const PANES: readonly PaneName[] = ["outline", "guide", "output"];

/** Where there is room for one pane: why it did not come well stands in what was printed. A pane that was chosen stays. */
export function turnedToOutput(state: ScreenState): ScreenState {
  return state.pane === "outline" && state.following ? { ...state, pane: "output" } : state;
}

function at(state: ScreenState, cursor: number, { steps }: Pick<Around, "steps">, following = false): ScreenState {
  const { guideTop: _top, host: _host, ...rest } = atOutputEnd(unmatched(unpreviewed(state)));
  return { ...rest, cursor: Math.max(0, Math.min(cursor, steps - 1)), following };
}

/** The beginning or the end of what is scrolled and has the keys; undefined where steps are gone through. */
function toEnd(state: ScreenState, to: "first" | "last" | "active", around: Around): ScreenState | undefined {
  const { mode, pane } = state;
  const far = to === "first" ? -Infinity : Infinity;
  if (mode === "journal") return scrolled(state, far, around);
  const scrolls = mode === "matrix" || mode === "help" || mode === "output" || pane === "output";
  return scrolls && to !== "active" ? scrolled(state, far, around) : undefined;
}

function heightOf({ pane, mode }: ScreenState, around: Around): number {
  const { outputHeight, guideHeight, matrixHeight, helpHeight, journal } = around;
  if (mode === "matrix") return matrixHeight;
  if (mode === "help") return helpHeight;
  if (mode === "journal") return journal.height;
  return pane === "output" || mode === "output" ? outputHeight : guideHeight;
}

function unpreviewed({ preview, ...state }: ScreenState): ScreenState {
  if (preview === undefined) return state;
  return { ...atOutputEnd(unmatched(state)), pane: preview };
}

/** Output is seen where what matters most is. */
function atOutputEnd({ fromEnd: _end, logTop: _top, ...state }: ScreenState): ScreenState {
  return state;
}

function unmatched({ match: _match, ...state }: ScreenState): ScreenState {
  return state;
}

/** The next place of what is looked for: in the output where that has the keys, else in the guide; round its end. */
function matched(state: ScreenState, by: 1 | -1, around: Around): ScreenState {
  const next = (matches: readonly number[], from: number): number | undefined =>
    by > 0
      ? (matches.find((row) => row > from) ?? matches[0])
      : (matches.findLast((row) => row < from) ?? matches.at(-1));
  if (state.mode === "journal") {
    const { journal } = around;
    // Of what comes by itself the newest is looked at first.
    const row = next(journal.matches(state.search), state.match ?? (by > 0 ? journal.top - 1 : journal.end));
    if (row === undefined) return state;
    return { ...journalAt(state, row - Math.floor(journal.height / 3), journal), match: row };
  }
  if (state.pane === "output" || state.mode === "output") {
    const { outputLines, outputHeight, outputMatches, outputFromEnd } = around;
    const row = next(outputMatches(state.search), state.match ?? outputLines - outputFromEnd - outputHeight - 1);
    if (row === undefined) return state;
    const end = Math.min(outputLines, Math.max(row + Math.ceil(outputHeight / 2), outputHeight));
    return { ...state, fromEnd: outputLines - end, match: row };
  }
  const row = next(around.guideMatches(state.search), state.match ?? around.guideTop - 1);
  if (row === undefined) return state;
  const step = around.stepOfLine(row) ?? state.cursor;
  const top = centredOn(row, around.guideHeight, around.guideLines);
  const pane = state.pane === "outline" ? "guide" : state.pane;
  return { ...at(state, step, around), pane, search: state.search, guideTop: top, match: row };
}

/** Scrolls what has the keys; in the outline, steps. */
function scrolled(state: ScreenState, by: number, around: Around): ScreenState {
  if (state.mode === "matrix") {
    const most = Math.max(0, around.matrixHosts - around.matrixHeight);
    return { ...state, matrixTop: Math.max(0, Math.min(state.matrixTop + by, most)) };
  }
  if (state.mode === "help") {
    const most = Math.max(0, around.helpLines - around.helpHeight);
    return { ...state, helpTop: Math.max(0, Math.min(state.helpTop + by, most)) };
  }
  if (state.mode === "journal") return journalAt(state, around.journal.top + by, around.journal);
  if (state.pane === "output" || state.mode === "output") return outputScrolled(state, by, around);
  if (state.pane === "guide") {
    const top = scrolledTo(around.guideTop + by, around.guideTop + by, around.guideHeight, around.guideLines);
    return { ...state, guideTop: top, following: false };
  }
  return at(state, stepFrom(state.cursor, by, around), around);
}

/** So many of the steps that are to be seen further; where there are none, one stays where one is. */
function stepFrom(cursor: number, by: number, { shown }: Pick<Around, "shown">): number {
  if (shown === undefined) return cursor + by;
  const ahead = by > 0 ? shown.filter((each) => each > cursor) : shown.filter((each) => each < cursor).toReversed();
  return ahead[Math.min(Math.abs(by), ahead.length) - 1] ?? cursor;
}

/** The journal from an event on; at its end it goes with the run. */
function journalAt(state: ScreenState, top: number, { first, end, height }: JournalAround): ScreenState {
  const { journalTop: _top, ...rest } = unmatched(state);
  return top >= end - height ? rest : { ...rest, journalTop: Math.max(first, top) };
}

/** Of one host the log knows every line; what stands below it, and the output of several hosts, is counted from its end. */
function outputScrolled(state: ScreenState, by: number, around: Around): ScreenState {
  const { log, outputLines, outputHeight, outputFromEnd } = around;
  const most = Math.max(0, outputLines - outputHeight);
  const top = Math.max(0, Math.min(most - outputFromEnd + by, most));
  const rest = atOutputEnd(unmatched(state));
  if (log === undefined) return { ...rest, fromEnd: most - top };
  if (by === -Infinity) return { ...rest, logTop: 0 };
  if (by === Infinity || (top === most && log.atEnd)) return rest;
  const place = log.places[top];
  return place === undefined ? { ...rest, fromEnd: most - top } : { ...rest, logTop: place };
}
