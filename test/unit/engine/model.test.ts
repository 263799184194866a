import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Hindrance, type Script, type ScriptedStep, World, outcomeOf } from "./world.ts";

/*
 * The engine against a model of its surroundings: random plans, actions performed in random order, the process
 * killed at random moments, before and after an effect on a host.
 */

const HOSTS = ["a", "b", "c", "d"];

const outcome = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constantFrom("timeout" as const, "skip" as const, "unreachable" as const) },
);
const script: fc.Arbitrary<Script> = fc.array(outcome, { minLength: 1, maxLength: 3 });
const step: fc.Arbitrary<ScriptedStep> = fc
  .record({
    retry: fc.nat(2),
    maxFailures: fc.constantFrom(0, 0, 1, 4, "all" as const),
    batch: fc.boolean(),
    batchPasses: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
    capture: fc.constantFrom("X", ""),
    serial: fc.constantFrom(0, 0, 0, 1, 2),
    rolling: fc.constantFrom(0, 0, 0, 1, 2),
    confirm: fc.constantFrom(false, false, false, true),
    checkpoint: fc.constantFrom(false, false, false, true),
    verify: fc.constantFrom(false, false, true),
    manual: fc.constantFrom(false, false, false, false, true),
    reboot: fc.constantFrom("", "", "", "during" as const, "after" as const),
    on: fc.subarray(HOSTS, { minLength: 1 }),
    scripts: fc.tuple(script, script, script, script),
  })
  .map(({ on, scripts, capture, serial, rolling, reboot, ...rest }) => ({
    ...rest,
    ...(reboot !== "" && !rest.manual && !rest.verify && { reboot }),
    ...(serial > 0 && { serial }),
    ...(rolling > 0 && { rolling }),
    ...(capture !== "" && { capture }),
    hosts: Object.fromEntries(on.map((host) => [host, scripts[HOSTS.indexOf(host)] ?? [0]])),
  }));
const plan = fc.array(step, { minLength: 1, maxLength: 5 });
const parallel = fc.integer({ min: 1, max: 5 });
const seeds = fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 });

function picker(seeds: readonly number[]): (count: number) => number {
  let turn = 0;
  return (count) => (seeds[turn++ % seeds.length] ?? 0) % count;
}

function executed({ executions }: World): number {
  return [...executions.values()].reduce((sum, times) => sum + times, 0);
}

/** Questions that nobody answers pause the run; whoever resumes it is asked again, or has passed the checkpoint. */
function patiently(world: World, pick: (count: number) => number): void {
  for (let pauses = 0; pauses < 100; pauses++) {
    world.drain(pick);
    const { ending } = world.state;
    if (ending?.type !== "paused" || ending.reason === "unknown" || ending.reason === "interrupted") return;
    world.resume();
  }
  throw new Error("the run pauses for ever");
}

function endingOf({ state }: World): string | undefined {
  return state.ending?.type;
}

function isUnknown({ state }: World): boolean {
  return state.ending?.type === "paused" && state.ending.reason === "unknown";
}

/** Step and host of everything of which nobody knows what became. */
function unknownTasks({ state }: World): readonly (readonly [string, string])[] {
  return [...state.tasks].flatMap(([step, hosts]) =>
    [...hosts].flatMap(([host, { phase }]) => (phase === "unknown" ? [[step, host] as const] : [])),
  );
}

function uncrashed(steps: readonly ScriptedStep[], atOnce: number): World {
  const world = new World(steps);
  world.start(atOnce);
  world.drain();
  return world;
}

describe("a run that is killed and resumed", () => {
  it("ends as the one that never was, whichever event it dies after", () => {
    fc.assert(
      fc.property(plan, parallel, seeds, (steps, atOnce, seed) => {
        const plain = uncrashed(steps, atOnce);
        for (let at = 1; at < plain.journal.length; at++) {
          const world = new World(steps);
          const pick = picker(seed);
          world.start(atOnce);
          while (world.journal.length < at && world.pending.length > 0) world.perform(pick(world.pending.length));
          if (world.state.ending !== undefined) break;
          world.crash();
          world.drain(pick);
          expect(world.problems).toEqual([]);
          expect(outcomeOf(world)).toEqual(outcomeOf(plain));
          expect(world.executions).toEqual(plain.executions);
          expect(world.reboots).toEqual(plain.reboots);
        }
      }),
      { numRuns: 50 },
    );
  }, 120_000);

  it("does nothing twice, however often it dies between an effect and its event", () => {
    fc.assert(
      fc.property(plan, parallel, seeds, fc.array(fc.nat(6), { maxLength: 12 }), (steps, atOnce, seed, crashes) => {
        const plain = uncrashed(steps, atOnce);
        const world = new World(steps);
        const pick = picker(seed);
        world.start(atOnce);
        for (const turns of crashes) {
          for (let turn = 0; turn < turns && world.pending.length > 0; turn++)
            world.perform(pick(world.pending.length));
          if (world.pending.length === 0) break;
          world.perform(pick(world.pending.length), true);
        }
        world.drain(pick);
        expect(world.problems).toEqual([]);
        expect(outcomeOf(world)).toEqual(outcomeOf(plain));
        expect(world.executions).toEqual(plain.executions);
        expect(world.reboots).toEqual(plain.reboots);
      }),
      { numRuns: 200 },
    );
  });

  it("comes to the same end when every question but the odd one is left open", () => {
    fc.assert(
      fc.property(
        plan,
        parallel,
        seeds,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
        (steps, atOnce, seed, said) => {
          const plain = uncrashed(steps, atOnce);
          // Each question is answered in the end.
          const world = new World(steps, (question) => said[question % (said.length + 1)] ?? true);
          world.start(atOnce);
          patiently(world, picker(seed));
          expect(world.problems).toEqual([]);
          expect(outcomeOf(world)).toEqual(outcomeOf(plain));
          expect(world.executions).toEqual(plain.executions);
          expect(world.reboots).toEqual(plain.reboots);
          expect(world.reboots).toEqual(plain.reboots);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("reboots every host once, however long each stays away", () => {
    fc.assert(
      fc.property(
        plan,
        parallel,
        seeds,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
        (drawn, atOnce, seed, away) => {
          // What fails beside a host that stays away is run again with it.
          const steps = drawn.map(({ hosts, ...each }) => ({
            ...each,
            batchPasses: [true],
            hosts: Object.fromEntries(Object.keys(hosts).map((host) => [host, [0]])),
          }));
          const plain = uncrashed(steps, atOnce);
          const world = new World(steps);
          // Each comes back in the end.
          world.staysAway = (wait) => away[wait % (away.length + 1)] ?? false;
          const pick = picker(seed);
          world.start(atOnce);
          world.drain(pick);
          for (let waits = 0; waits < 100 && isUnknown(world); waits++) {
            world.resume();
            world.drain(pick);
          }
          expect(world.problems).toEqual([]);
          expect(outcomeOf(world)).toEqual(outcomeOf(plain));
          expect(world.executions).toEqual(plain.executions);
          expect(world.reboots).toEqual(plain.reboots);
        },
      ),
      { numRuns: 150 },
    );
  });

  /** What fails beside a host that is unknown is run again with it: here nothing does. */
  const sound = plan.map((steps) =>
    steps.map(({ hosts, ...each }) => ({
      ...each,
      batchPasses: [true],
      hosts: Object.fromEntries(Object.keys(hosts).map((host): [string, Script] => [host, [0]])),
    })),
  );
  const often = (...kinds: readonly Hindrance[]) =>
    fc.array(fc.constantFrom(undefined, undefined, ...kinds), { minLength: 1, maxLength: 25 });

  it("does everything once, whoever has a host and whenever a connection goes", () => {
    fc.assert(
      fc.property(sound, parallel, seeds, often("held", "lost", "silent"), (steps, atOnce, seed, hindrances) => {
        const plain = uncrashed(steps, atOnce);
        const world = new World(steps);
        // Each order comes through in the end.
        world.hinders = (order) => hindrances[order % (hindrances.length + 1)];
        const pick = picker(seed);
        world.start(atOnce);
        world.drain(pick);
        for (let rests = 0; rests < 200 && endingOf(world) === "paused"; rests++) {
          world.resume();
          world.drain(pick);
        }
        expect(world.problems).toEqual([]);
        expect(outcomeOf(world)).toEqual(outcomeOf(plain));
        expect(world.executions).toEqual(plain.executions);
        expect(world.reboots).toEqual(plain.reboots);
      }),
      { numRuns: 200 },
    );
  });

  it("never runs again by itself what a host has forgotten, and once more for each time somebody wants it", () => {
    const decisions = fc.array(fc.constantFrom("rerun" as const, "done" as const, "skip" as const), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(sound, parallel, seeds, often("forgotten"), decisions, (steps, atOnce, seed, hindrances, said) => {
        const world = new World(steps);
        // In the end hosts stay up.
        world.hinders = (order) => (order < 60 ? hindrances[order % (hindrances.length + 1)] : undefined);
        const pick = picker(seed);
        const wanted = new Map<string, number>();
        world.start(atOnce);
        world.drain(pick);
        for (let rests = 0; rests < 100 && isUnknown(world); rests++) {
          const before = new Map(world.executions);
          world.resume();
          world.drain(pick);
          expect(world.executions).toEqual(before);
          if (!isUnknown(world)) break;
          const decision = said[rests % said.length] ?? "done";
          // All that is unknown is of one step.
          const tasks = unknownTasks(world);
          const hosts = tasks.map(([, host]) => host);
          const [[step] = [""]] = tasks;
          const tasksAgain = decision === "rerun" ? hosts.map((host) => `${step} ${host}`) : [];
          for (const task of tasksAgain) wanted.set(task, (wanted.get(task) ?? 0) + 1);
          world.decide(step, decision, hosts);
          world.drain(pick);
        }
        expect(world.problems).toEqual([]);
        expect(endingOf(world)).toBe("finished");
        for (const [task, times] of world.executions)
          expect(times, task).toBeLessThanOrEqual(1 + (wanted.get(task) ?? 0));
      }),
      { numRuns: 200 },
    );
  });

  it("never repeats what had passed when the guide is edited between the crash and the resume", () => {
    const kept = fc.record({
      drop: fc.constantFrom(false, false, false, true),
      edited: fc.boolean(),
      moved: fc.boolean(),
    });
    const edits = fc.array(kept, { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(plan, parallel, seeds, fc.nat(60), edits, step, (steps, atOnce, seed, turns, edit, added) => {
        const world = new World(steps);
        const pick = picker(seed);
        world.start(atOnce);
        for (let turn = 0; turn < turns && world.pending.length > 0; turn++) world.perform(pick(world.pending.length));
        if (world.state.ending?.type === "finished" && world.state.ending.status === "passed") return;
        const named = steps.map((each, index) => ({ ...each, id: `s${index}` }));
        const lives = named.flatMap((each, index) => {
          const { drop = false, edited = false, moved = false } = edit[index] ?? {};
          return drop ? [] : [{ ...each, edited, moved }];
        });
        const inOrder = [...lives.filter(({ moved }) => moved), ...lives.filter(({ moved }) => !moved)];
        const finished = new Set(
          [...world.state.tasks].flatMap(([id, tasks]) =>
            [...tasks].filter(([, { status }]) => status === "ok").map(([host]) => `${id} ${host}`),
          ),
        );
        const before = new Map(world.executions);
        world.edit([{ ...added, id: "added" }, ...inOrder]);
        patiently(world, pick);
        expect(world.problems).toEqual([]);
        expect(world.state.ending?.type).toBe("finished");
        for (const task of finished) expect(world.executions.get(task)).toBe(before.get(task));
      }),
      { numRuns: 200 },
    );
  });

  it("repeats on resume only what had not passed, until everything has", () => {
    fc.assert(
      fc.property(plan, parallel, seeds, (steps, atOnce, seed) => {
        const world = uncrashed(steps, atOnce);
        for (let resumes = 0; resumes < 40 && world.state.ending?.type === "finished"; resumes++) {
          if (world.state.ending.status === "passed") break;
          world.resume(true);
          world.drain(picker(seed));
        }
        expect(world.problems).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("stops between tasks when interrupted, and ends all the same", () => {
    fc.assert(
      fc.property(plan, parallel, seeds, fc.nat(40), (steps, atOnce, seed, turns) => {
        const plain = uncrashed(steps, atOnce);
        const world = new World(steps);
        const pick = picker(seed);
        world.start(atOnce);
        for (let turn = 0; turn < turns && world.pending.length > 0; turn++) world.perform(pick(world.pending.length));
        if (world.state.ending !== undefined) return;
        world.append({ type: "operator-decided", decision: "interrupt" });
        const started = executed(world);
        const inFlight = world.pending.length;
        world.pending = world.pending.filter(({ type }) => type !== "wait-until");
        world.drain(pick);
        expect(executed(world) - started).toBeLessThanOrEqual(inFlight);
        expect(world.state.ending).toBeDefined();
        if (endingOf(world) === "paused") {
          world.resume();
          world.drain(pick);
        }
        expect(world.problems).toEqual([]);
        expect(outcomeOf(world)).toEqual(outcomeOf(plain));
      }),
      { numRuns: 150 },
    );
  });
});
