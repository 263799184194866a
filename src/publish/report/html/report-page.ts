import type { Element } from "hast";
import { h } from "hastscript";
import type { Highlighter } from "../../../highlight/highlighter.ts";
import { htmlPage } from "../../html/page.ts";
import type { Report } from "../report.ts";
import {
  countWords,
  goOn,
  hostWords,
  progressWords,
  standing,
  timeWords,
  titleOf,
  utcMoment,
} from "../report-words.ts";
import { type Doing, type Timeline, timelineOf } from "../timeline.ts";
import { type Break, workClock } from "../totals.ts";
import { code, type Content, line, sign } from "./elements.ts";
import { failuresSection } from "./failures.ts";
import { filesSection } from "./files.ts";
import { guideSection } from "./guide.ts";
import { REPORT_SCRIPT } from "./report-script.ts";
import { REPORT_STYLE } from "./report-style.ts";
import { stepsSection } from "./steps.ts";
import { hostsSection, momentsSection, slowestSteps, variablesSection } from "./tables.ts";
import { timelinePicture } from "./timeline-picture.ts";

/** The languages of all code that a report shows. */
export function languagesIn({ steps }: Report): readonly string[] {
  return ["markdown", ...steps.flatMap((step) => step.code?.language ?? [])];
}

/**
 * A run as one HTML page that needs nothing else: no file, no network, and no script but for its search.
 * @param highlight for {@link languagesIn}
 */
export function reportPage(report: Report, highlight: Highlighter): string {
  const clock = workClock(report);
  const timeline = timelineOf(report);
  const picture = timelinePicture(report, timeline);
  const sections: readonly (Element | undefined)[] = [
    failuresSection(report),
    h("section", { id: "timeline", ariaLabelledBy: "timeline-title" }, [
      h("h2", { id: "timeline-title" }, "Where the time went"),
      ...(picture === undefined ? [] : [pictureBox(picture), legend(timeline)]),
      slowestSteps(report, clock),
    ]),
    stepsSection({ report, clock, highlight }),
    filesSection(report),
    variablesSection(report),
    hostsSection(report),
    guideSection(report, highlight),
    momentsSection(report),
  ];
  const told = sections.filter((section) => section !== undefined);
  return htmlPage({
    title: `${line(titleOf(report))}: ${line(standing(report))}`,
    description: `Report of ${kindOf(report)} ${line(report.run)}`,
    styles: [{ text: REPORT_STYLE }],
    scripts: [{ text: REPORT_SCRIPT }],
    body: [
      h("a", { className: ["skip"], href: "#main" }, "Skip to what happened"),
      header(report),
      bar(told),
      h("main", { id: "main" }, told),
      h("footer", `Made by Waymark ${line(report.waymark.at(-1) ?? "")}, ${utcMoment(report.made)}.`),
    ],
  });
}

function kindOf({ verify }: Report): "run" | "verify" {
  return verify === true ? "verify" : "run";
}

function header(report: Report): Element {
  const { status, run, guide, started, updated, steps } = report;
  const next = goOn(report);
  const facts: readonly (readonly [string, Content | Content[]])[] = [
    ["steps", progressWords(report)],
    ["tasks", countWords(steps) || "none"],
    ["hosts", hostWords(report)],
    ["time", timeWords(report)],
    ["started", h("time", { dateTime: started }, utcMoment(started))],
    [
      status === "running" ? "as of" : status === "crashed" ? "last seen" : status === "paused" ? "paused" : "ended",
      h("time", { dateTime: updated }, utcMoment(updated)),
    ],
    ["guide", code(guide.path)],
    [kindOf(report), code(run)],
    ...(next === undefined ? [] : ([["go on with", code(next)]] as const)),
  ];
  return h("header", [
    h("p", { className: ["state"] }, [sign(status, line(standing(report)))]),
    h("h1", line(titleOf(report))),
    h(
      "dl",
      facts.map(([name, fact]) => h("div", [h("dt", name), h("dd", fact)])),
    ),
  ]);
}

const NAMES: Readonly<Record<string, string>> = {
  failures: "What went wrong",
  timeline: "Time",
  steps: "Steps",
  files: "Files",
  variables: "Variables",
  hosts: "Hosts",
  guide: "Guide",
  moments: "What happened",
};

/** Where to go, and what to look for. The search is shown by the script that does it. */
function bar(sections: readonly Element[]): Element {
  const links = sections.map(({ properties }) => {
    const id = String(properties["id"]);
    return h("a", { href: `#${id}` }, NAMES[id] ?? id);
  });
  return h("div", { className: ["bar-of-page"] }, [
    h("nav", { ariaLabel: "Parts of this report" }, links),
    h("search", { hidden: true }, [
      h("label", [
        h("span", { className: ["unseen"] }, "Search "),
        h("input", { type: "search", placeholder: "Search" }),
      ]),
      h("output"),
    ]),
  ]);
}

function pictureBox(picture: Element): Element {
  return h(
    "div",
    { className: ["scrolls", "picture"], tabIndex: 0, role: "group", ariaLabel: "Timeline of hosts and steps" },
    [picture],
  );
}

/** Of what there is in the picture. */
function legend({ rows, clock }: Timeline): Element {
  const shown = new Set<string>([
    ...rows.flatMap(({ stretches }) => stretches.map(({ doing }) => doing)),
    ...clock.breaks.map(({ why }) => why),
  ]);
  const words: Readonly<Record<Doing | Break["why"], string>> = {
    ok: "passed",
    failed: "failed",
    unknown: "outcome unknown",
    running: "at work",
    retry: "waits to try again",
    reboot: "reboots",
    others: "waits for other hosts",
    asked: "waited for an answer",
    rest: "the run rested",
  };
  return h(
    "ul",
    { className: ["legend"] },
    Object.entries(words)
      .filter(([doing]) => shown.has(doing))
      .map(([doing, word]) => h("li", [h("span", { className: [`box-${doing}`] }), word])),
  );
}
