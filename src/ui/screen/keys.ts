/*
 * Every key of the screen, in one list: keys are read by it, and the footer and the help are made of it. Longer than most
 * files, since it is that list.
 */
import type { Key } from "ink";
import type { Aside, Deed, Situation } from "./deeds.ts";
import type { Mode, Wish } from "./screen-state.ts";
import type { ScreenQuestion } from "./question.ts";
import { cutLine, fillLine, lineWidth, span, type TextLine } from "./text-line.ts";
import { wrapLine } from "./wrap-line.ts";
import { NOTHING_THERE, type UnderCursor } from "./under-cursor.ts";
import { countHosts } from "../../story/compress-hosts.ts";
import type { Style } from "../style.ts";

/** One thing that keys do. The list of them is what keys are read by, the footer and the help are made of. */
export interface Binding {
  /** As they are shown: `j ↓`. */
  readonly keys: string;
  readonly does: string;
  /** What the footer says; absent: only the help does. */
  readonly brief?: string | ((under: UnderCursor) => string);
  readonly matches: (input: string, key: Key) => boolean;
  /** What it asks of the screen, or of the run. */
  readonly wish: Wish | "find" | "filter" | { readonly deed: Deed["do"] | Aside["do"] };
  /** Only then; absent: always. */
  readonly when?: readonly Situation[];
  /** And only where that is so of what is under the cursor. */
  readonly where?: (under: UnderCursor) => boolean;
}

const char =
  (...inputs: readonly string[]) =>
  (input: string, { ctrl, meta }: Key): boolean =>
    !ctrl && !meta && inputs.includes(input);

export const BINDINGS: readonly Binding[] = [
  {
    keys: "j ↓",
    does: "next step; scroll down",
    brief: "down",
    matches: (i, k) => char("j")(i, k) || k.downArrow,
    wish: { to: "scroll", by: 1 },
  },
  {
    keys: "k ↑",
    does: "step before; scroll up",
    brief: "up",
    matches: (i, k) => char("k")(i, k) || k.upArrow,
    wish: { to: "scroll", by: -1 },
  },
  { keys: "J", does: "next step, wherever the keys are", matches: char("J"), wish: { to: "step", by: 1 } },
  { keys: "K", does: "step before", matches: char("K"), wish: { to: "step", by: -1 } },
  {
    keys: "/",
    does: "look for words in the guide, or in the output or journal that has the keys",
    brief: "find",
    matches: char("/"),
    wish: "find",
  },
  { keys: "n", does: "next place of them", matches: char("n"), wish: { to: "match", by: 1 } },
  { keys: "N", does: "place before", matches: char("N"), wish: { to: "match", by: -1 } },
  { keys: "}", does: "next section", matches: char("}"), wish: { to: "section", by: 1 } },
  { keys: "{", does: "section before", matches: char("{"), wish: { to: "section", by: -1 } },
  {
    keys: "g",
    does: "go to the step at work, or to the journal's end, and follow the run",
    brief: "follow",
    matches: char("g"),
    wish: { to: "active" },
  },
  { keys: "Home", does: "first step; beginning of what is scrolled", matches: (_, k) => k.home, wish: { to: "first" } },
  {
    keys: "End G",
    does: "last step; end of what is scrolled",
    matches: (i, k) => k.end || char("G")(i, k),
    wish: { to: "last" },
  },
  {
    keys: "PgDn Space",
    does: "a page further",
    matches: (i, k) => k.pageDown || char(" ")(i, k),
    wish: { to: "page", by: 1 },
  },
  { keys: "PgUp b", does: "a page back", matches: (i, k) => k.pageUp || char("b")(i, k), wish: { to: "page", by: -1 } },
  {
    keys: "→ ]",
    does: "output of the next host",
    brief: "host",
    matches: (i, k) => char("]")(i, k) || k.rightArrow,
    wish: { to: "host", by: 1 },
  },
  {
    keys: "← [",
    does: "output of the host before",
    matches: (i, k) => char("[")(i, k) || k.leftArrow,
    wish: { to: "host", by: -1 },
  },
  {
    keys: "Tab",
    does: "the next pane has the keys",
    brief: "pane",
    matches: (_, k) => k.tab && !k.shift,
    wish: { to: "pane", by: 1 },
  },
  { keys: "Shift-Tab", does: "the pane before", matches: (_, k) => k.tab && k.shift, wish: { to: "pane", by: -1 } },
  {
    keys: "o",
    does: "output on the whole screen",
    brief: "output",
    matches: char("o"),
    wish: { to: "mode", mode: "output" },
  },
  {
    keys: "O",
    does: "all that the step has printed on the host, in $PAGER",
    matches: char("O"),
    wish: { deed: "pager" },
  },
  {
    keys: "m",
    does: "every host and every step",
    brief: "matrix",
    matches: char("m"),
    wish: { to: "mode", mode: "matrix" },
  },
  {
    keys: "p",
    does: "what the step would do; when the run is not at work, with a look at its hosts",
    brief: "preview",
    matches: char("p"),
    wish: { to: "preview" },
  },
  {
    keys: "v",
    does: "view: only what stands as you say, or the hosts that you name",
    brief: "only",
    matches: char("v"),
    wish: "filter",
  },
  {
    keys: "l",
    does: "journal: what happens, as it does",
    brief: "journal",
    matches: char("l"),
    wish: { to: "mode", mode: "journal" },
  },
  { keys: "?", does: "all keys", brief: "keys", matches: char("?"), wish: { to: "mode", mode: "help" } },
  {
    keys: "r Enter",
    does: "start the run",
    brief: "start",
    matches: (i, k) => char("r")(i, k) || k.return,
    wish: { deed: "go-on" },
    when: ["ready"],
  },
  {
    keys: "e",
    does: "edit the guide at the step",
    brief: "edit",
    matches: char("e"),
    wish: { deed: "edit" },
    when: ["ready"],
  },
  {
    keys: "r",
    does: "go on: what failed runs again, and a checkpoint is passed",
    brief: "go on",
    matches: char("r"),
    wish: { deed: "go-on" },
    when: ["resting"],
  },
  {
    keys: "e",
    does: "edit the guide at the step, then go on with it as it is",
    brief: "edit",
    matches: char("e"),
    wish: { deed: "edit" },
    when: ["resting"],
  },
  {
    keys: "f",
    does: "run the fix of the step where it has failed, then the step again",
    brief: "fix",
    matches: char("f"),
    wish: { deed: "fix" },
    when: ["resting"],
    where: ({ isFixable }) => isFixable,
  },
  {
    keys: ".",
    does: "run one step, then rest",
    brief: "one step",
    matches: char("."),
    wish: { deed: "one-step" },
    when: ["ready", "resting"],
  },
  {
    keys: ".",
    does: "rest once the step at work is over",
    brief: "rest after it",
    matches: char("."),
    wish: { deed: "one-step" },
    when: ["running"],
    where: ({ isToRest }) => !isToRest,
  },
  {
    keys: ".",
    does: "do not rest after all",
    brief: "do not rest",
    matches: char("."),
    wish: { deed: "run-on" },
    when: ["running"],
    where: ({ isToRest }) => isToRest,
  },
  {
    keys: "u",
    does: "run up to the step under the cursor, then rest",
    brief: ({ ahead = 0 }) => `up to ${ahead}`,
    matches: char("u"),
    wish: { deed: "up-to" },
    when: ["ready", "resting"],
    where: ({ ahead }) => ahead !== undefined,
  },
  {
    keys: "u",
    does: "rest once the step under the cursor is over",
    brief: ({ ahead = 0 }) => `rest after ${ahead}`,
    matches: char("u"),
    wish: { deed: "up-to" },
    when: ["running"],
    where: ({ ahead }) => ahead !== undefined,
  },
  {
    keys: "x",
    does: "go on without the host that is shown, else those where the step has failed: they are set aside",
    brief: ({ hosts }) => `without ${countHosts(hosts)}`,
    matches: char("x"),
    wish: { deed: "set-aside" },
    when: ["resting"],
    where: ({ hosts }) => hosts.length > 0,
  },
  {
    keys: "s",
    does: "a shell where the step stands, on the host that is shown, else the first where it failed",
    brief: "shell",
    matches: char("s"),
    wish: { deed: "shell" },
    when: ["resting"],
  },
  {
    keys: "s",
    does: "a shell where the step stands, on the host that is shown, else the first",
    matches: char("s"),
    wish: { deed: "shell" },
    when: ["ready", "running", "watching"],
  },
  {
    keys: "S",
    does: "leave the step out where it has not passed",
    brief: "skip",
    matches: char("S"),
    wish: { deed: "skip" },
    when: ["resting"],
  },
  {
    keys: "D",
    does: "call the step done where it has not passed",
    brief: "done",
    matches: char("D"),
    wish: { deed: "done" },
    when: ["resting"],
  },
  {
    keys: "R",
    does: "run the step again on all its hosts",
    matches: char("R"),
    wish: { deed: "rerun" },
    when: ["resting"],
  },
  {
    keys: "F",
    does: "bring hosts that were set aside up to date",
    brief: "bring hosts back",
    matches: char("F"),
    wish: { deed: "retry-failed" },
    when: ["resting"],
    where: ({ isAnyAside }) => isAnyAside,
  },
  {
    keys: "q Ctrl-C",
    does: "let what is at work finish, and resume later; once more: cancel it",
    brief: "stop",
    matches: isLeaving,
    wish: { deed: "stop" },
    when: ["running"],
  },
  {
    keys: "q Ctrl-C",
    does: "close the screen",
    brief: "close",
    matches: isLeaving,
    wish: { deed: "close" },
    when: ["ready", "resting", "watching"],
  },
];

function isLeaving(input: string, key: Key): boolean {
  return char("q")(input, key) || (key.ctrl && input === "c");
}

/** What a key asks for; undefined where it means nothing. Escape leaves whatever covers the screen. */
export function wishOf(
  input: string,
  key: Key,
  mode: Mode,
  situation: Situation,
  under: UnderCursor = NOTHING_THERE,
): Binding["wish"] | undefined {
  if (key.escape) return mode === "main" ? undefined : { to: "mode", mode };
  return BINDINGS.find((binding) => isOffered(binding, situation, under) && binding.matches(input, key))?.wish;
}

export function isOffered({ when, where }: Binding, situation: Situation, under: UnderCursor): boolean {
  return when?.includes(situation) !== false && where?.(under) !== false;
}

/**
 * The keys that matter now, in one line: what can be done about the run first, and how to see the others last, wherever
 * there is room. While something is typed, letters are no keys.
 * @param mayLeave the question may be left unanswered
 */
export function footerLine(
  style: Style,
  width: number,
  situation: Situation,
  under: UnderCursor = NOTHING_THERE,
  question?: ScreenQuestion,
  mayLeave = false,
): TextLine {
  if (question?.kind === "text" || question?.kind === "secret") {
    return cutLine(style, hints(style, mayLeave ? [...TYPING, LEAVING] : TYPING), width);
  }
  const now = BINDINGS.filter((binding) => binding.brief !== undefined && isOffered(binding, situation, under));
  const ordered = [...now.filter(({ when }) => when !== undefined), ...now.filter(({ when }) => when === undefined)];
  const named = ordered.map(
    ({ keys, brief = "" }) => [keys, typeof brief === "string" ? brief : brief(under)] as const,
  );
  const line = hints(style, named);
  if (lineWidth(line) <= width) return line;
  const last = hints(style, [ALL_KEYS]);
  let room = width - lineWidth(last);
  // Those that there is room for, as a whole.
  const fitting = named.filter((one) => one[0] !== ALL_KEYS[0] && (room -= lineWidth(hints(style, [one]))) >= 0);
  return fitting.length === 0 ? cutLine(style, line, width) : [...hints(style, fitting), ...last];
}

const ALL_KEYS = ["?", "keys"] as const;
const TYPING = [
  ["Enter", "done"],
  ["Ctrl-U", "clear"],
] as const;
const LEAVING = ["Esc", "leave"] as const;

function hints(style: Style, named: readonly (readonly [keys: string, words: string])[]): TextLine {
  return named.flatMap(([keys, words]) => [span(` ${plainKeys(style, keys)}`, "bold"), span(` ${words} `)]);
}

/** Every key and what it does, what can be done about the run now first; in two columns where there is room for that. */
export function helpLines(style: Style, width: number, situation: Situation): readonly TextLine[] {
  const rank = ({ when }: Binding): number => (when === undefined ? 1 : when.includes(situation) ? 0 : 2);
  const bindings = BINDINGS.toSorted((one, other) => rank(one) - rank(other));
  if (width < TWO_COLUMNS) return keyLines(style, bindings, width).flat();
  const column = Math.floor((width - GAP) / 2);
  const all = keyLines(style, bindings, column);
  const rows = all.flat().length / 2;
  // What a key does is not torn apart.
  const split = all.findIndex((_, index) => all.slice(0, index).flat().length >= rows);
  const [left, right] = [all.slice(0, split).flat(), all.slice(split).flat()];
  return left.map((line, row) => [...fillLine(style, line, column + GAP), ...(right[row] ?? [])]);
}

const TWO_COLUMNS = 110;
const GAP = 3;

/** Of each key as many lines as what it does needs. */
function keyLines(style: Style, bindings: readonly Binding[], width: number): readonly (readonly TextLine[])[] {
  const keysOf = bindings.map(({ keys }) => plainKeys(style, keys));
  const beside = Math.max(...keysOf.map(({ length }) => length)) + 2;
  return bindings.map(({ does, when }, index) => {
    const words = [
      span(does),
      ...(when === undefined ? [] : [span(` (${when.map((each) => WHEN[each]).join("; ")})`, "dim")]),
    ];
    return wrapLine(words, width - beside).map((line, row): TextLine => [
      span((row === 0 ? (keysOf[index] ?? "") : "").padEnd(beside), "bold"),
      ...line,
    ]);
  });
}

const WHEN: Readonly<Record<Situation, string>> = {
  ready: "before it starts",
  watching: "where somebody else runs it",
  running: "while it runs",
  resting: "when it rests",
};

const ARROWS: Readonly<Record<string, string>> = { "↓": "Down", "↑": "Up", "→": "Right", "←": "Left" };

function plainKeys({ unicode }: Style, keys: string): string {
  return unicode ? keys : keys.replaceAll(/[↓↑→←]/g, (arrow) => ARROWS[arrow] ?? "");
}
