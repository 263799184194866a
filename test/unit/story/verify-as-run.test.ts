import { describe, expect, it } from "vitest";
import type { CheckFinished, EventBody } from "../../../src/model/event.ts";
import { foldRun } from "../../../src/story/run-fold.ts";
import { verifyAsRun } from "../../../src/story/verify-as-run.ts";
import { broken, Script } from "../ui/sample-run.ts";

const check = (step: string, host: string, status: CheckFinished["status"], reason?: string): EventBody => ({
  type: "check-finished",
  step,
  host,
  status,
  durationMs: 50,
  expectations: status === "drifted" ? [broken("output", 3, "- good\n+ bad")] : [],
  ...(reason !== undefined && { reason }),
});

describe("what `waymark verify` saw", () => {
  it("is told as a run of its checks: what drifted failed, what could not be looked at was skipped", () => {
    const script = new Script()
      .started({}, [], true)
      .event({ type: "check-started", step: "one", hosts: ["a", "b"] })
      .event(check("one", "a", "ok"))
      .event(check("one", "b", "drifted", "the output is not what the guide shows"))
      .event({ type: "check-started", step: "two", hosts: ["a", "b"] })
      .event(check("two", "a", "ok"))
      .event(check("two", "b", "unverifiable", "b cannot be reached"))
      .ends("failed");
    const view = foldRun(verifyAsRun(script.events));
    expect(view).toMatchObject({ verify: true, status: "failed" });
    const told = [...(view?.steps.values() ?? [])].map(({ id, status, tasks }) => [
      id,
      status,
      ...[...tasks.values()].map(({ host, status, reason }) => [host, status, reason].filter(Boolean).join(": ")),
    ]);
    expect(told).toEqual([
      ["one", "failed", "a: ok", "b: failed: the output is not what the guide shows"],
      ["two", "ok", "a: ok", "b: skipped: b cannot be reached"],
    ]);
    expect(view?.steps.get("one")?.tasks.get("b")?.broken).toMatchObject([{ source: "output" }]);
  });

  it("and a run are two things: checks before a run goes on are no tasks", () => {
    const { events } = new Script()
      .started()
      .passes("one", "a")
      .event(check("one", "a", "drifted"));
    expect(verifyAsRun(events)).toBe(events);
  });
});
