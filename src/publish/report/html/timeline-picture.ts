import type { Element } from "hast";
import { s } from "hastscript";
import { formatDuration } from "../../../story/format-time.ts";
import type { Report } from "../report.ts";
import { type Doing, type Stretch, type Timeline, type TimelineRow } from "../timeline.ts";
import type { Break } from "../totals.ts";
import { line } from "./elements.ts";

/** Sizes in units of the picture; text is 11 of them. */
const LEFT = 150;
const WIDTH = 1000;
const TOP = 34;
/** Between what was before a break and after it, where there are few. */
const BREAK = 18;
/** All breaks together. */
const BREAKS = 300;
/** Up to so many hosts, each has a line with its name, and each stretch says what it is. */
const NAMED_ROWS = 60;
const NAMED_HEIGHT = 18;
const DENSE_HEIGHT = 5;
/** Rows between two names, where rows are dense. */
const NAMES_EVERY = 10;

const TICKS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400];

/** Hosts × steps over time as SVG; undefined where nothing was at work. */
export function timelinePicture(report: Report, timeline: Timeline): Element | undefined {
  const { rows, clock } = timeline;
  if (rows.length === 0 || clock.totalMs <= 0) return undefined;
  const named = rows.length <= NAMED_ROWS;
  const height = named ? NAMED_HEIGHT : DENSE_HEIGHT;
  const bottom = TOP + rows.length * height;
  const x = scaleOf(timeline);
  return s(
    "svg",
    {
      className: ["timeline"],
      viewBox: `0 0 ${LEFT + WIDTH + 10} ${bottom + 20}`,
      role: "img",
      ariaLabel: `When each of ${rows.length} hosts was at which step, from left to right. The list of steps has the numbers.`,
    },
    [
      s("defs", [hatching(), dots()]),
      ...bands(timeline, report.steps, x, bottom),
      ...ticks(timeline, x, bottom),
      ...gaps(timeline, report.steps, bottom),
      ...rows.map((row, index) => {
        const top = TOP + index * height;
        return named ? namedRow(report, row, x, top) : denseRow(row, x, top, index % NAMES_EVERY === 0);
      }),
    ],
  );
}

type Scale = (at: string) => number;

function scaleOf({ clock }: Timeline): Scale {
  const wide = breakWidth(clock);
  const room = WIDTH - clock.breaks.length * wide;
  return (at) => LEFT + (clock.position(at) / clock.totalMs) * room + clock.breaksBefore(at) * wide;
}

function breakWidth({ breaks }: Timeline["clock"]): number {
  return Math.min(BREAK, BREAKS / Math.max(1, breaks.length));
}

function bands({ bands: all }: Timeline, steps: Report["steps"], x: Scale, bottom: number): readonly Element[] {
  return all.flatMap(({ step, from, to }, index) => {
    const [left, right] = [x(from), x(to)];
    // As in the list: those that fix or undo have none.
    const number = steps[step]?.number;
    return [
      s("rect", {
        className: [index % 2 === 0 ? "band" : "band other"],
        x: round(left),
        y: TOP - 16,
        width: round(right - left),
        height: bottom - TOP + 16,
      }),
      ...(right - left < 14 || number === undefined ? [] : [label(`${number}`, (left + right) / 2, TOP - 6, "middle")]),
    ];
  });
}

function ticks({ clock }: Timeline, x: Scale, bottom: number): readonly Element[] {
  const every = (TICKS_S.find((seconds) => clock.totalMs / (seconds * 1000) <= 8) ?? 86_400) * 1000;
  const wide = breakWidth(clock);
  const room = WIDTH - clock.breaks.length * wide;
  const marks: Element[] = [];
  for (let ms = 0; ms <= clock.totalMs && marks.length < 40; ms += every) {
    const before = clock.breaks.filter(({ at }) => at < ms).length;
    const left = LEFT + (ms / clock.totalMs) * room + before * wide;
    marks.push(
      s("path", { className: ["tick"], d: `M${round(left)} ${TOP}V${bottom}` }),
      label(ms === 0 ? "0" : formatTick(ms), left, bottom + 14, "middle"),
    );
  }
  return marks;
}

function formatTick(ms: number): string {
  return formatDuration(ms)
    .replace(/\.0 s$/, " s")
    .replace(/ 00 (s|min)$/, "");
}

/** Where nobody worked on it the picture has a gap, of the same width however long that was. */
function gaps({ clock }: Timeline, steps: Report["steps"], bottom: number): readonly Element[] {
  const wide = breakWidth(clock);
  const room = WIDTH - clock.breaks.length * wide;
  return clock.breaks.map((one, index) => {
    const left = LEFT + (one.at / clock.totalMs) * room + index * wide;
    return s("g", [
      s("title", breakStory(one, steps)),
      s("rect", {
        className: [`does-${one.why}`],
        x: round(left),
        y: TOP - 16,
        width: round(wide),
        height: bottom - TOP + 16,
      }),
      ...(wide < BREAK ? [] : [mark(one.why, left)]),
    ]);
  });
}

function mark(why: Break["why"], left: number): Element {
  if (why === "asked") return label("?", left + BREAK / 2, TOP - 20, "middle");
  return s("path", {
    className: ["pause"],
    d: `M${round(left + 6)} ${TOP - 28}h2v8h-2zM${round(left + 10)} ${TOP - 28}h2v8h-2z`,
  });
}

function breakStory({ why, ms, questions }: Break, steps: Report["steps"]): string {
  const time = formatDuration(ms);
  if (why === "rest") return `the run rested ${time}`;
  const about = new Set(
    questions.map(({ about = "question" as const, step }) => {
      const known = steps.find(({ id }) => id === step);
      return [ABOUT[about], known === undefined ? "" : line(known.title)].filter(Boolean).join(" at: ");
    }),
  );
  return `waited ${time} for an answer: ${[...about].join("; ")}`;
}

const ABOUT = {
  checkpoint: "checkpoint",
  confirm: "confirmation",
  manual: "done by hand",
  fix: "fix offered",
  input: "input",
  question: "question",
} as const;

function namedRow(report: Report, { host, stretches }: TimelineRow, x: Scale, top: number): Element {
  const name = line(host);
  return s("g", [
    label(name.length > 22 ? `${name.slice(0, 21)}…` : name, LEFT - 8, top + 12, "end"),
    ...stretches.map((stretch) =>
      s("rect", { className: [`does-${stretch.doing}`], ...boxOf(stretch, x, top + 3, NAMED_HEIGHT - 6) }, [
        s("title", `${name}: ${storyOf(report, stretch)}`),
      ]),
    ),
  ]);
}

function storyOf({ steps }: Report, { doing, step, attempt, from, to }: Stretch): string {
  const time = formatDuration(Date.parse(to) - Date.parse(from));
  const title = line(steps[step]?.title ?? "");
  const words: Readonly<Record<Doing, string>> = {
    ok: "passed",
    failed: "failed",
    unknown: "outcome unknown",
    running: "at work",
    retry: "waits to try again",
    reboot: "waits until it is back from its reboot",
    others: "waits for the other hosts",
  };
  return `${title}, ${attempt === undefined ? "" : `attempt ${attempt} `}${words[doing]}, ${time}`;
}

/** All stretches of one kind are one path: a page with a thousand hosts stays light. */
function denseRow({ host, stretches }: TimelineRow, x: Scale, top: number, named: boolean): Element {
  const kinds = Map.groupBy(stretches, ({ doing }) => doing);
  return s("g", [
    s("title", line(host)),
    ...(named ? [label(line(host).slice(0, 22), LEFT - 8, top + 5, "end")] : []),
    ...[...kinds].map(([doing, alike]) => {
      const boxes = alike.map((stretch) => boxOf(stretch, x, top, DENSE_HEIGHT - 1));
      const path = boxes.map((box) => `M${box.x} ${box.y}h${box.width}v${box.height}h-${box.width}z`).join("");
      return s("path", { className: [`does-${doing}`], d: path });
    }),
  ]);
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function boxOf({ from, to }: Stretch, x: Scale, y: number, height: number): Box {
  const left = x(from);
  return { x: round(left), y, width: round(Math.max(0.8, x(to) - left)), height };
}

/** Waits are not only of another colour. */
function hatching(): Element {
  return s("pattern", { id: "hatching", width: 4, height: 4, patternUnits: "userSpaceOnUse" }, [
    s("path", { className: ["hatch"], d: "M-1 1l2 -2M0 4l4 -4M3 5l2 -2" }),
  ]);
}

function dots(): Element {
  return s("pattern", { id: "dots", width: 6, height: 6, patternUnits: "userSpaceOnUse" }, [
    s("circle", { className: ["dot"], cx: 3, cy: 3, r: 0.9 }),
  ]);
}

function label(text: string, x: number, y: number, anchor: "middle" | "end"): Element {
  return s("text", { x: round(x), y, textAnchor: anchor }, text);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
