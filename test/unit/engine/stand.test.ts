import { describe, expect, it } from "vitest";
import type { JobEnd } from "../../../src/engine/ports.ts";
import { capturesFor, hostToStandOn, planShell, stepToStandAt } from "../../../src/engine/stand.ts";
import { EMPTY_STATE, type RunState } from "../../../src/engine/state.ts";
import { apply } from "../../../src/engine/apply.ts";
import { Values } from "../../../src/engine/values.ts";
import { createRedactor } from "../../../src/journal/redactor.ts";
import type { RunEvent } from "../../../src/model/event.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { foldRun } from "../../../src/story/run-fold.ts";
import { FakeRun, planFor } from "./fake-run.ts";

const LEFT = { type: "ended", end: "exited", exit: 0, durationMs: 5, left: { exports: "kept", dir: "/srv" } } as const;
const BAD = { type: "ended", end: "exited", exit: 1, durationMs: 5 } as const;

/** A run to its rest. @param ends by the code of a step, or by that and a host */
async function runOf(plan: Plan, ends: Readonly<Record<string, JobEnd>>, stdout = ""): Promise<RunState> {
  const run = new FakeRun();
  for (const [code, end] of Object.entries(ends)) run.hosts.behaviours.set(`${code}\n`, { end });
  if (stdout !== "") run.hosts.behaviours.set("key\n", { end: LEFT, stdout });
  return run.start(plan);
}

const valuesOf = (plan: Plan, state: RunState, inputs: Readonly<Record<string, string>> = {}): Values =>
  new Values(plan, inputs, () => state, createRedactor());

const step = (plan: Plan, id: string) => {
  const found = plan.steps.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no step ${id}`);
  return found;
};

/** Whose exports it takes up, by the step that left them, and where it begins. */
function taken(plan: Plan, state: RunState, id: string, login = "pi"): string {
  const { shell } = planShell(step(plan, id), "a", state, { values: valuesOf(plan, state), login });
  const { exports } = shell.carries ?? {};
  const from = [...state.tasks].find(([, hosts]) => hosts.get("a")?.task === exports?.task)?.[0];
  return `${shell.user ?? "-"} ${from ?? "-"} ${shell.dir ?? "-"}`;
}

describe("where a shell stands", () => {
  const plan = planFor(["one", "two", "three"].map((id) => ({ id, hosts: ["a", "b"] })));

  it("is the step that failed, on a host where it did", async () => {
    const state = await runOf(plan, { two: BAD });
    expect(stepToStandAt(plan, state)?.id).toBe("two");
    expect(hostToStandOn(step(plan, "two"), state)).toBe("a");
  });

  it("is the step that is next, where none has failed, and the last of a run that is through", async () => {
    const state = await runOf(plan, {});
    expect(stepToStandAt(plan, state)?.id).toBe("three");
    expect(stepToStandAt(plan, { ...state, steps: state.steps.remove("two") })?.id).toBe("two");
  });

  it("is on the first host that failed, not the first of all", async () => {
    const state = await runOf(plan, { two: BAD });
    const passed = state.tasks.get("one")?.get("a");
    if (passed === undefined) throw new Error("one has not run");
    const onB = { ...state, tasks: state.tasks.setIn(["two", "a"], passed) };
    expect(hostToStandOn(step(plan, "two"), onB)).toBe("b");
    expect(stepToStandAt(plan, onB, "a")?.id).toBe("three");
  });

  it("is nowhere where no step has a host", () => {
    expect(stepToStandAt(planFor([{ id: "one", hosts: [] }]), EMPTY_STATE)).toBeUndefined();
  });
});

describe("a shell where a step stands", () => {
  it("has what steps before have exported, and their directory, as the step would", async () => {
    const plan = planFor([{ id: "one" }, { id: "two" }, { id: "three", dir: "/opt" }, { id: "four", fresh: true }]);
    const state = await runOf(plan, { one: LEFT, two: BAD });
    expect(taken(plan, state, "two")).toBe("- one /srv");
    expect(taken(plan, state, "three")).toBe("- one /opt");
    expect(taken(plan, state, "four")).toBe("- - -");
  });

  it("has what a step that has passed began with, not what it and later ones have left", async () => {
    const plan = planFor([{ id: "one" }, { id: "two" }, { id: "three" }]);
    const later = { ...LEFT, left: { exports: "kept", dir: "/later" } } as const;
    const state = await runOf(plan, { one: LEFT, two: later, three: BAD });
    expect(taken(plan, state, "two")).toBe("- one /srv");
    expect(taken(plan, state, "three")).toBe("- two /later");
  });

  it("is the user's that the step has; the login user is nobody else", async () => {
    const plan = planFor([{ id: "one" }, { id: "two", user: "root" }, { id: "three", user: "pi" }]);
    const state = await runOf(plan, { one: LEFT, two: BAD });
    expect(taken(plan, state, "two")).toBe("root - /srv");
    expect(taken(plan, state, "three")).toBe("- one /srv");
  });

  it("is the guide's terminal at what is done by hand", async () => {
    const plan = planFor([{ id: "one" }, { id: "two", action: { kind: "manual", text: "", items: [] } }]);
    const state = await runOf(plan, { one: LEFT });
    expect(taken(plan, state, "two")).toBe("- one /srv");
  });

  it("has the variables that the step names, and no others; the rest is told", async () => {
    const plan = planFor(
      [
        { id: "key", capture: "KEY", secret: true },
        { id: "two", uses: ["COLOUR", "TOKEN", "KEY"], dir: "/srv/$COLOUR" },
      ],
      [
        { name: "COLOUR" },
        { name: "TOKEN", secret: true, capturedBy: ["never"] },
        { name: "KEY", secret: true, capturedBy: ["key"] },
        { name: "OTHER" },
      ],
    );
    const state = await runOf(plan, { two: BAD }, "made there\n");
    const values = valuesOf(plan, state, { COLOUR: "green", OTHER: "x" });
    const at = (): ReturnType<typeof planShell> =>
      planShell(step(plan, "two"), "a", state, { values, login: "pi", lost: new Map([["KEY", "it is gone"]]) });
    expect(at().shell).toMatchObject({
      env: { WAYMARK_HOST: "a", WAYMARK_STEP: "two", COLOUR: "green" },
      dir: "/srv/green",
    });
    expect(Object.keys(at().shell.env)).toHaveLength(3);
    expect(at().without).toEqual([
      "`TOKEN` is not set: step `never` would set it, and has not",
      "`KEY` cannot be had: it is gone",
    ]);
    const [secret] = capturesFor(step(plan, "two"), "a", state);
    expect(secret).toMatchObject({ name: "KEY", host: "a", captured: { secret: true } });
    values.addSecret("KEY", "a", "made there");
    expect(at().shell.env["KEY"]).toBe("made there");
    expect(at().without).toHaveLength(1);
  });
});

describe("what is written down of a shell", () => {
  it("changes nothing about the run, and is no time that it was worked on", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("two\n", { end: BAD });
    const state = await run.start(planFor([{ id: "one" }, { id: "two" }]));
    const last = run.events.at(-1);
    const event: RunEvent = {
      v: 1,
      seq: (last?.seq ?? 0) + 1,
      at: "2026-01-02T00:00:00.000Z",
      type: "operator-decided",
      decision: "shell",
      step: "two",
      hosts: ["a"],
    };
    expect(apply(state, event)).toEqual(state);
    expect(foldRun([...run.events, event])?.workedMs).toBe(foldRun(run.events)?.workedMs);
  });
});
