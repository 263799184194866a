import { describe, expect, it } from "vitest";
import { foldRun } from "../../../src/story/run-fold.ts";
import { StepTimer } from "../../../src/story/step-times.ts";
import { Script } from "../ui/sample-run.ts";

const asked = (script: Script): string[] =>
  (foldRun(script.events)?.asked ?? []).map(
    ({ about = "?", step = "", from, to }) => `${about} ${step} ${(Date.parse(to) - Date.parse(from)) / 1000}`,
  );

const worked = (script: Script): number => foldRun(script.events)?.workedMs ?? 0;

describe("the time in which a run waits for an answer", () => {
  it("is that of checkpoints, confirmations, lists, fixes and late inputs, and no work", () => {
    const script = new Script().started().passes("look", "a");
    script.event({ type: "checkpoint-reached", step: "look", text: "?" }).wait(60_000);
    script.event({ type: "operator-decided", decision: "continue", step: "look" }).stepEnds("look");
    script
      .wait(10_000)
      .event({ type: "operator-decided", decision: "input", step: "format", name: "DISK", value: "b" });
    script.step("format", ["a"]);
    script.event({ type: "task-started", step: "format", host: "a", task: "t", effectDigest: "e" }).wait(30_000);
    script.event({ type: "operator-decided", decision: "confirm", step: "format", hosts: ["a"] });
    const before = worked(script);
    script.wait(20_000).event({ type: "operator-decided", decision: "tick", step: "by-hand", item: "x" });
    script
      .wait(40_000)
      .event({ type: "operator-decided", decision: "no-fix", step: "by-hand", fix: "f", hosts: ["a"] });
    expect(asked(script)).toEqual([
      "checkpoint look 60.1",
      "input format 10.1",
      "confirm format 30.1",
      "manual by-hand 20.1",
      "fix by-hand 40.1",
    ]);
    expect(worked(script)).toBe(before);
    expect(worked(script)).toBeLessThan(3000);
  });

  it("is none where the answer was given beforehand", () => {
    const script = new Script().started().passes("look", "a");
    script.event({ type: "checkpoint-reached", step: "look", text: "?" });
    script.event({ type: "operator-decided", decision: "continue", step: "look" });
    expect(asked(script)).toEqual([]);
  });

  it("goes on while connections are lost and somebody wishes to rest later", () => {
    const script = new Script().started().passes("look", "a");
    script.event({ type: "checkpoint-reached", step: "look", text: "?" }).wait(5000);
    script.event({ type: "host-lost", host: "a", reason: "timeout" }).wait(5000);
    script.event({ type: "operator-decided", decision: "rest-after" }).wait(5000);
    script.event({ type: "operator-decided", decision: "continue", step: "look" });
    expect(asked(script)).toEqual(["checkpoint look 15.3"]);
  });

  it("ends where the question is taken back, and where nobody answers", () => {
    const taken = new Script().started().passes("look", "a").wait(7000);
    taken.event({ type: "operator-decided", decision: "interrupt" });
    taken.event({ type: "run-paused", reason: "interrupted", step: "format", detail: "" });
    expect(asked(taken)).toEqual(["? format 7.2"]);
    const left = new Script().started().passes("look", "a").wait(7000);
    left.event({ type: "run-paused", reason: "manual", step: "format", detail: "" });
    expect(asked(left)).toEqual(["manual format 7.1"]);
    // Interrupted at work: nobody was asked anything.
    const working = new Script().started().begin("look", "a").wait(7000);
    working.event({ type: "operator-decided", decision: "interrupt" });
    working.event({ type: "run-paused", reason: "interrupted", detail: "" });
    expect(asked(working)).toEqual([]);
  });

  it("is none of what is decided between two sittings, whether the first rested or was killed", () => {
    for (const end of ["paused", "killed"]) {
      const script = new Script().started().passes("look", "a");
      if (end === "paused") script.event({ type: "run-paused", reason: "unknown", step: "look", detail: "a" });
      script.wait(3_600_000).event({ type: "operator-decided", decision: "done", step: "look", hosts: ["a"] });
      if (end === "paused") expect(asked(script)).toEqual([]);
      script.resumed();
      expect(asked(script)).toEqual([]);
      expect(worked(script)).toBeLessThan(3000);
    }
  });

  it("keeps to its step when an edited guide calls that otherwise", () => {
    const script = new Script().started().passes("look", "a");
    script.event({ type: "checkpoint-reached", step: "look", text: "?" }).wait(5000);
    script.event({ type: "operator-decided", decision: "continue", step: "look" }).ends("failed");
    const guide = { path: "/g.md", digest: "d2" };
    script.event({ type: "guide-changed", guide, renamed: { look: "see" }, added: [], removed: [], changed: [] });
    expect(asked(script)).toEqual(["checkpoint see 5.1"]);
  });

  it("is none of what a step takes", () => {
    const script = new Script().started().step("format", ["a"]);
    script.event({ type: "task-started", step: "format", host: "a", task: "t", effectDigest: "e" }).wait(30_000);
    script.event({ type: "operator-decided", decision: "confirm", step: "format", hosts: ["a"] });
    script.event({ type: "attempt-started", step: "format", host: "a", task: "t", attempt: 1 }).wait(1000);
    script.finish("format", "a", "ok", { exit: 0 }).stepEnds("format");
    const timer = new StepTimer();
    for (const event of script.events) timer.add(event);
    expect(timer.times.byId.get("format")).toBeLessThan(2000);
    expect(timer.times.byDigest.get("e")).toBe(timer.times.byId.get("format"));
    const since = foldRun(script.events)?.steps.get("format")?.tasks.get("a")?.since;
    expect(since).toBe(script.events.find(({ type }) => type === "attempt-started")?.at);
  });
});
