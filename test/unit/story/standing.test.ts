import { describe, expect, it } from "vitest";
import { conditionOf } from "../../../src/model/run-condition.ts";
import { renderRun } from "../../../src/ui/render-run.ts";
import { foldRun } from "../../../src/story/run-fold.ts";
import { standingNow } from "../../../src/story/standing.ts";
import { Script, UTF8 } from "../ui/sample-run.ts";

describe("how a run stands", () => {
  it.each([
    ["running", true, "running"],
    ["running", false, "crashed"],
    ["paused", true, "running"],
    ["paused", false, "paused"],
    ["failed", true, "failed"],
    ["passed", false, "passed"],
  ] as const)("its journal says %s, somebody works on it: %s, so it is %s", (said, isHeld, stands) => {
    expect(conditionOf(said, isHeld)).toBe(stands);
  });

  it("rests where its journal could not be written any more, as soon as nobody works on it", () => {
    expect(conditionOf("running", false, true)).toBe("paused");
    expect(conditionOf("running", true, true)).toBe("running");
    expect(conditionOf("passed", false, true)).toBe("passed");
  });

  it("is told so by `waymark show`, with why it rests only while it does", () => {
    const script = new Script().started().begin("one", "a");
    const shown = (isHeld: boolean): string => {
      const view = foldRun(script.events);
      if (view === undefined) throw new Error("the script has no beginning");
      return renderRun(UTF8, { view: standingNow(view, isHeld), guide: "guide.md", outline: new Map(), logs: "/logs" });
    };
    expect(shown(true)).toContain("◐ running ·");
    expect(shown(false)).toContain("⚠ crashed ·");
    script.event({ type: "run-paused", reason: "checkpoint", step: "one", detail: "" });
    expect(shown(true)).toContain("◐ running ·");
    expect(shown(false)).toContain("⚠ rests at a checkpoint ·");
  });
});
