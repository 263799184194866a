import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/model/event.ts";
import { type StepTimes, StepTimer, TELL_TIMES } from "../../../src/story/step-times.ts";
import { Script } from "../ui/sample-run.ts";

const timesOf = (events: readonly RunEvent[]): StepTimes => {
  const timer = new StepTimer();
  // As from a journal, of which no more is read.
  for (const event of events) if (TELL_TIMES.has(event.type)) timer.add(event);
  return timer.times;
};

const seconds = ({ byId }: StepTimes): Readonly<Record<string, number>> =>
  Object.fromEntries([...byId].map(([id, ms]) => [id, Math.round(ms / 1000)]));

describe("how long steps took", () => {
  test("as long as any host was at work, on however many", () => {
    const script = new Script().started().step("a", ["x", "y"]).begin("a", "x").wait(10_000).begin("a", "y");
    script.wait(5000).finish("a", "x", "ok").wait(20_000).finish("a", "y", "ok").stepEnds("a");
    expect(seconds(timesOf(script.events))).toEqual({ a: 35 });
  });

  test("without what people took to answer, and the night that the run rested", () => {
    const script = new Script().started().step("a", ["x"]).passes("a", "x").stepEnds("a");
    script.event({ type: "checkpoint-reached", step: "a", text: "" }).wait(3_600_000);
    script.event({ type: "run-paused", reason: "checkpoint", step: "a", detail: "" }).wait(36_000_000).resumed();
    script.step("b", ["x"]).wait(60_000).begin("b", "x").wait(2000);
    script.event({ type: "run-paused", reason: "interrupted", detail: "" }).wait(36_000_000).resumed();
    script.wait(3000).finish("b", "x", "ok").stepEnds("b");
    expect(seconds(timesOf(script.events))).toEqual({ a: 0, b: 5 });
  });

  test("without the time after a crash", () => {
    const script = new Script().started().step("a", ["x", "y"]).begin("a", "y").begin("a", "x").wait(4000);
    script.finish("a", "y", "ok").wait(36_000_000).resumed().wait(1000).finish("a", "x", "ok").stepEnds("a");
    expect(seconds(timesOf(script.events))).toEqual({ a: 5 });
  });

  test("of steps that have passed, by their newest ids, and by what they do", () => {
    const script = new Script().started().step("a", ["x"]).passes("a", "x").stepEnds("a");
    script.step("b", ["x"]).begin("b", "x").finish("b", "x", "failed").stepEnds("b", "failed").ends("failed");
    script.event({
      type: "guide-changed",
      guide: { path: "/guide.md", digest: "f" },
      renamed: { a: "first" },
      added: [],
      removed: ["b"],
      changed: [],
    });
    const times = timesOf(script.resumed().events);
    expect(seconds(times)).toEqual({ first: 0 });
    expect([...times.byDigest.keys()]).toEqual(["e"]);
  });

  test("in the background until it was ready", () => {
    const script = new Script().started().step("a", ["x"]).begin("a", "x").wait(2000);
    script.event({
      type: "attempt-judged",
      step: "a",
      host: "x",
      attempt: 1,
      passed: true,
      expectations: [],
      durationMs: 2000,
    });
    script.stepEnds("a").wait(600_000).finish("a", "x", "ok").ends("passed");
    expect(seconds(timesOf(script.events))).toEqual({ a: 2 });
  });
});
