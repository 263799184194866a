import { describe, expect, test } from "vitest";
import type { StepTimes } from "../../../../src/story/step-times.ts";
import { RunFold } from "../../../../src/story/run-fold.ts";
import { expectedLeft, expectedStep } from "../../../../src/ui/screen/expected-time.ts";
import { headerLine } from "../../../../src/ui/screen/header.ts";
import { paintLine } from "../../../../src/ui/screen/text-line.ts";
import { planOf, Script, step, UTF8 } from "../sample-run.ts";

const took = (byId: Readonly<Record<string, number>>, byDigest: Readonly<Record<string, number>> = {}): StepTimes => ({
  byId: new Map(Object.entries(byId)),
  byDigest: new Map(Object.entries(byDigest)),
});

const PLAN = planOf([
  step(0, "a", "A", { effectDigest: "1" }),
  step(1, "b", "B", { effectDigest: "2" }),
  step(2, "c", "C", { effectDigest: "3" }),
  step(3, "by-hand", "D", { action: { kind: "manual", text: "", items: [] } }),
  step(4, "mend", "E", { role: "fix", of: "a" }),
]);

/** The first step has passed, the second is at work for three seconds. */
function underWay(): Script {
  return new Script()
    .started()
    .step("a", ["x"])
    .passes("a", "x")
    .stepEnds("a")
    .step("b", ["x"])
    .begin("b", "x")
    .wait(2900);
}

const left = (script: Script, earlier: readonly StepTimes[]): number | undefined => {
  const fold = new RunFold();
  for (const event of script.events) fold.add(event);
  return expectedLeft(PLAN, fold.view, earlier, script.now);
};

describe("what a step takes", () => {
  test("is the middle of what it took, by its id or by what it does", () => {
    const earlier = [took({ a: 9000 }), took({ a: 1000 }), took({ old: 2000 }, { "1": 2000 })];
    expect(expectedStep({ id: "a", effectDigest: "1" }, earlier)).toBe(2000);
    expect(expectedStep({ id: "a", effectDigest: "9" }, earlier)).toBe(1000);
    expect(expectedStep({ id: "z", effectDigest: "9" }, earlier)).toBeUndefined();
  });
});

describe("what is left", () => {
  test("is what the steps ahead took, without what the one at work has had, and without people", () => {
    expect(left(underWay(), [took({ a: 60_000, b: 10_000, c: 20_000, "by-hand": 600_000 })])).toBe(27_100);
    expect(left(new Script(), [took({ a: 60_000, b: 10_000, c: 20_000 })])).toBe(90_000);
  });

  test("is not less than nothing for a step that takes longer than ever", () => {
    expect(left(underWay().wait(60_000), [took({ b: 10_000, c: 20_000 })])).toBe(20_000);
  });

  test("counts a step anew that was at work when the run was left", () => {
    const script = underWay().event({ type: "run-paused", reason: "interrupted", detail: "" }).wait(36_000_000);
    expect(left(script, [took({ b: 10_000, c: 20_000 })])).toBe(30_000);
    expect(left(script.resumed().wait(4000), [took({ b: 10_000, c: 20_000 })])).toBe(26_000);
  });

  test("is not told where less than most of it is known, or nothing is left", () => {
    expect(left(underWay(), [])).toBeUndefined();
    expect(left(underWay(), [took({ a: 60_000, c: 20_000 })])).toBeUndefined();
    expect(left(underWay().ends("passed"), [took({ b: 10_000, c: 20_000 })])).toBeUndefined();
  });
});

describe("the header", () => {
  const header = (leftMs: number | undefined, script = underWay(), steps = PLAN.steps, width = 120): string => {
    const fold = new RunFold();
    for (const event of script.events) fold.add(event);
    const line = headerLine(
      UTF8,
      { plan: { ...PLAN, steps }, view: fold.view, live: true, workedMs: 372_000, leftMs, waits: undefined },
      width,
    );
    return paintLine(UTF8, line).trimEnd();
  };

  test.each([
    [undefined, "00:06:12"],
    [0, "00:06:12"],
    [12_000, "00:06:12, ~20 s left"],
    [59_000, "00:06:12, ~1 min left"],
    [672_000, "00:06:12, ~11 min left"],
    [7_500_000, "00:06:12, ~2 h 05 min left"],
  ])("with %s ms left says %s", (leftMs, end) => {
    expect(header(leftMs)).toMatch(new RegExp(`1/4 steps · ${end}$`));
  });

  test("counts steps as `waymark plan` does: not those that have nothing to do", () => {
    const steps = PLAN.steps.map((each) => (each.id === "by-hand" ? { ...each, skip: "no host matches" } : each));
    const script = underWay().stepEnds("by-hand", "skipped");
    expect(header(undefined, script, steps)).toContain(" 1/3 steps, 1 left out ");
    expect(header(undefined, script, steps, 60)).toMatch(/◐ running · 1\/3 steps, 1 left out · 00:06:12$/);
    expect(header(undefined, script, steps, 48)).toMatch(/^ Raspberry.*… +◐ running · 1\/3 steps · 00:06:12$/);
  });

  test("says that it starts before anything has happened", () => {
    expect(header(undefined, new Script())).toMatch(/· starting · 0\/4 steps/);
  });

  test("names hosts that are set aside, or says how many", () => {
    const without = (...hosts: readonly string[]): string => {
      const script = underWay();
      for (const host of hosts) script.event({ type: "host-set-aside", step: "a", host, reason: "unreachable" });
      return header(undefined, script);
    };
    expect(without()).not.toContain("without");
    expect(without("pi-w2")).toContain(" 1/4 steps without pi-w2 · ");
    expect(without("n1", "n2", "n3", "n4")).toContain(" 1/4 steps without 4 hosts · ");
  });
});
