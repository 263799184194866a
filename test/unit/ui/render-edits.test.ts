import fc from "fast-check";
import { expect, test } from "vitest";
import type { GuideChanged } from "../../../src/model/event.ts";
import type { PlannedStep } from "../../../src/model/plan.ts";
import { diffLines } from "../../../src/story/line-diff.ts";
import { renderEdits } from "../../../src/ui/render-edits.ts";
import { step, UTF8 } from "./sample-run.ts";

function running(planned: PlannedStep, code: string, more: Partial<PlannedStep> = {}): PlannedStep {
  const action = { kind: "command", language: "bash", interpreter: ["bash"], code } as const;
  return { ...planned, action, ...more };
}

function shown(
  change: Partial<GuideChanged>,
  before: readonly PlannedStep[],
  after: readonly PlannedStep[],
  again: readonly string[] = [],
): string {
  const event: GuideChanged = {
    type: "guide-changed",
    guide: { path: "/guide.md", digest: "2" },
    renamed: {},
    added: [],
    removed: [],
    changed: [],
    ...change,
  };
  const lines = renderEdits(UTF8, "guide.md", {
    event,
    before,
    after,
    stale: new Map([["swap-off", ["pi-w1", "pi-w2"]]]),
    rejudged: new Map([["nodes", ["pi-master"]]]),
    again: new Set(again),
  });
  return `\n${lines.join("\n")}\n`;
}

test("each edit is told with its place, and what was changed with how", () => {
  const before = [
    step(0, "gone", "Leave"),
    running(step(1, "x/1", "Turn swap off"), "swapoff -a\nsync\necho off\n"),
    step(2, "nodes", "Look at the nodes"),
    step(3, "late", "Move"),
  ];
  const after = [
    step(0, "late", "Move"),
    step(1, "new", "Come"),
    running(step(2, "swap-off", "Turn swap off"), "swapoff --all\nsync\necho off\n", { user: "root" }),
    step(3, "nodes", "Look at the nodes"),
  ];
  const change = {
    renamed: { "x/1": "swap-off", nodes: "nodes", late: "late" },
    added: ["new"],
    removed: ["gone"],
    changed: ["swap-off"],
    rejudged: ["nodes"],
    moved: ["late"],
  };
  expect(shown(change, before, after)).toBe(`
guide edited:
  added            Come  #new  guide.md:20
  removed          Leave  #gone
  moved            Move  #late  guide.md:10
  changed          Turn swap off  #swap-off  guide.md:30
    + sudo=root
    - swapoff -a
    + swapoff --all
      sync
    stays done on pi-w[1-2]; --rerun-changed runs it again
  judged otherwise Look at the nodes  #nodes  guide.md:40
    judged again by what it printed on pi-master
`);
});

test("what somebody wants run again is said to run again", () => {
  const steps = [running(step(0, "swap-off", "Turn swap off"), "swapoff -a\n")];
  const change = { renamed: { "swap-off": "swap-off" }, changed: ["swap-off"] };
  expect(shown(change, steps, steps, ["swap-off"])).toContain("    runs again on pi-w[1-2]\n");
});

test("prose alone makes no step another", () => {
  expect(shown({}, [], [])).toBe("\nguide edited: no step is another\n");
});

test("a difference between two texts has all lines of both, and no more changes than there have to be", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 8 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const changes = diffLines(before, after);
      expect(changes.filter(({ sign }) => sign !== "+").map((change) => change.text)).toEqual(before);
      expect(changes.filter(({ sign }) => sign !== "-").map((change) => change.text)).toEqual(after);
    }),
    { numRuns: 200 },
  );
  expect(diffLines(["a", "b", "c"], ["a", "x", "c"]).map(({ sign }) => sign)).toEqual([" ", "-", "+", " "]);
});
