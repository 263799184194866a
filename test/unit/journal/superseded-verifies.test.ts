import { describe, expect, it } from "vitest";
import type { RunCondition, RunSummary } from "../../../src/journal/list-runs.ts";
import { runFolder } from "../../../src/journal/run-folder.ts";
import { supersededVerifies } from "../../../src/journal/superseded-verifies.ts";

/** The days on which what was seen is not kept. @param ends newest first: how it ended on day 29, 28, … */
function gone(...ends: readonly (RunCondition | readonly [RunCondition, guide: string])[]): readonly number[] {
  const verifies = ends.map((end, index): RunSummary => {
    const [condition, guide] = typeof end === "string" ? [end, "/a.md"] : end;
    return { folder: runFolder("/s", `202611${29 - index}-000000-0000`, "verify"), condition, guide, verify: true };
  });
  return supersededVerifies(verifies, "/a.md").map(({ folder: { id } }) => Number(id.slice(6, 8)));
}

describe("of what `waymark verify` saw of a guide", () => {
  it("the newest of each end is kept: what passed last, and what was wrong since", () => {
    expect(gone("passed", "passed", "failed", "passed", "failed")).toEqual([28, 26, 25]);
    expect(gone("partial", "partial", "failed", "passed")).toEqual([28]);
  });

  it("what was cut short is worth nothing, and in nobody's place", () => {
    expect(gone("cancelled", "crashed", "passed")).toEqual([29, 28]);
  });

  it("another that is at work, and what was seen of other guides, is left alone", () => {
    expect(gone("running", "passed", ["passed", "/b.md"], "passed")).toEqual([26]);
  });
});
