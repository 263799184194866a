import type { Plan } from "../../model/plan.ts";
import { pauseWords, waitWords } from "../render-pause.ts";
import { outlineOf, RUN_SIGN, stepCounts } from "../render-summary.ts";
import type { RunView } from "../../story/run-fold.ts";
import { shape, type Style } from "../style.ts";
import { plural } from "../../story/plural.ts";
import { oneLine } from "../../story/terminal-text.ts";
import { namedExceptions } from "./exceptions.ts";
import { leftWords } from "./expected-time.ts";
import { signSpan } from "./outline.ts";
import { fillLine, lineWidth, span, type TextLine } from "./text-line.ts";

interface Headed {
  readonly plan: Plan;
  readonly view: RunView;
  /** Somebody works on it. */
  readonly live: boolean;
  readonly workedMs: number;
  /** How much longer it will take, as far as that is known. */
  readonly leftMs: number | undefined;
  /** What it waits for somebody for, while it is at work. */
  readonly waits: Parameters<typeof waitWords>[0] | undefined;
}

/** What runs, how far it has come and for how long: the first line of the screen. */
export function headerLine(
  style: Style,
  { plan, view, live, workedMs, leftMs, waits }: Headed,
  width: number,
): TextLine {
  const { status, pause, stopping, restAfter, undone, run, setAside } = view;
  const standing = run === "" ? (live ? "starting" : "not started") : undone === true ? `undone: ${status}` : status;
  const rest = restAfter === undefined ? "" : `, rests after ${restAfter.step ?? "one step"}`;
  const isWaiting = waits !== undefined && status === "running" && stopping === undefined;
  const now = isWaiting ? waitWords(waits) : standing;
  const words = stopping !== undefined ? STOPPING[stopping] : pause === undefined ? `${now}${rest}` : pauseWords(pause);
  const left = leftWords(leftMs);
  const names = namedExceptions(new Set(setAside.keys()));
  const without = oneLine(names || plural(setAside.size, "host"));
  const between = ` ${shape(style, "between")} `;
  const aside = setAside.size === 0 ? "" : ` without ${without}`;
  const counts = stepCounts(view, outlineOf(plan));
  const facts = (words: string, steps: string): TextLine => [
    signSpan(style, isWaiting ? "question" : run === "" ? "pending" : RUN_SIGN[status]),
    span(` ${words}${between}${steps}${aside}${between}${clock(workedMs)}${left === "" ? "" : `, ~${left} left`} `),
  ];
  const title = span(` ${oneLine(plan.guide.title ?? plan.guide.path)}`, "bold");
  // How it stands is worth more than what it is called, and than what is not to be done.
  const some = counts.replace(/,.*/, "");
  const all = facts(words, counts);
  const forms = [run === "" ? all : [span(`run ${run}${between}`, "dim"), ...all], all];
  const whole = forms.find((form) => lineWidth(form) <= width - 12) ?? facts(words, some);
  // What it waits for stands above the keys.
  const short = isWaiting && lineWidth(whole) >= width ? facts("waits for you", some) : whole;
  const room = Math.max(0, width - lineWidth(short) - 1);
  return [...fillLine(style, [title], room), span(" "), ...fillLine(style, short, width - room - 1)];
}

const STOPPING = { interrupt: "stops once what is at work has finished", cancel: "cancels what is at work" } as const;

/** `00:06:12`: it does not jump about while it counts. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return [seconds / 3600, (seconds / 60) % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, "0"))
    .join(":");
}
