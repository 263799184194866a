import { describe, expect, it } from "vitest";
import { isOpen, isUnfinished, type RunCondition, type RunSummary } from "../../../src/journal/list-runs.ts";
import { runFolder } from "../../../src/journal/run-folder.ts";

const run = (condition: RunCondition, guide = "/a.md"): RunSummary => ({
  folder: runFolder("/state", "20261122-184100-abcd"),
  condition,
  guide,
});

describe("runs to go on with", () => {
  it.each([
    ["paused", true],
    ["crashed", true],
    ["failed", true],
    ["cancelled", true],
    ["running", true],
    ["passed", false],
    ["abandoned", false],
    ["unreadable", false],
  ] as const)("a %s one: %s, and so it is in the way of a new one", (condition, open) => {
    expect(isOpen(run(condition), [run(condition)])).toBe(open);
    expect(isUnfinished(run(condition))).toBe(open);
  });

  it("a partial one only while no newer run of its guide exists; it is never in the way", () => {
    const partial = run("partial");
    expect(isUnfinished(partial)).toBe(false);
    expect(isOpen(partial, [run("passed", "/b.md"), partial, run("passed")])).toBe(true);
    expect(isOpen(partial, [run("passed"), partial])).toBe(false);
    expect(isOpen(partial, [run("partial"), partial])).toBe(false);
  });
});
