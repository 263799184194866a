import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Script, type ScriptedStep, World } from "./world.ts";

/*
 * Steps that have the terminal, and steps that go on beside others, against the model of the engine's surroundings: the
 * process killed at random moments, before and after an effect on a host; what goes on outlives it, or does not.
 */

const HOSTS = ["a", "b", "c"];
const outcome = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, 3) });
const script: fc.Arbitrary<Script> = fc.array(outcome, { minLength: 1, maxLength: 3 });
const step: fc.Arbitrary<ScriptedStep> = fc
  .record({
    kind: fc.constantFrom("plain", "background", "background", "interactive"),
    maxFailures: fc.constantFrom(0, 1, "all" as const),
    serial: fc.constantFrom(0, 0, 1, 2),
    checkpoint: fc.constantFrom(false, false, true),
    verify: fc.boolean(),
    on: fc.subarray(HOSTS, { minLength: 1 }),
    scripts: fc.tuple(script, script, script),
  })
  .map(({ kind, on, scripts, serial, verify, ...rest }) => ({
    ...rest,
    ...(serial > 0 && { serial }),
    ...(kind === "plain" ? { verify } : { [kind]: true }),
    hosts: Object.fromEntries(on.map((host) => [host, scripts[HOSTS.indexOf(host)] ?? [0]])),
  }));
const plan = fc.array(step, { minLength: 1, maxLength: 5 });
const parallel = fc.integer({ min: 1, max: 4 });
const seeds = fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 });

function picker(seeds: readonly number[]): (count: number) => number {
  let turn = 0;
  return (count) => (seeds[turn++ % seeds.length] ?? 0) % count;
}

const goesOn = (steps: readonly ScriptedStep[], id: string): boolean =>
  steps.some((each, index) => (each.id ?? `s${index}`) === id && each.background === true);

/** How often everything ran that does not go on. */
const executions = ({ executions: all }: World, steps: readonly ScriptedStep[]) =>
  new Map([...all].filter(([task]) => !goesOn(steps, task.split(" ")[0] ?? "")));

const statuses = ({ state }: World): unknown => ({
  ending: state.ending,
  tasks: state.tasks.map((hosts) => hosts.map(({ phase, status }) => ({ phase, status }))).toJS(),
});

function uncrashed(steps: readonly ScriptedStep[], atOnce: number): World {
  const world = new World(steps);
  world.start(atOnce);
  world.drain();
  return world;
}

/** Steps that come to be ready whenever they are started: only then does a killed run end as the one that never was. */
const steadfast = plan.map((steps) =>
  steps.map((each) =>
    each.background === true
      ? { ...each, hosts: Object.fromEntries(Object.keys(each.hosts).map((host): [string, Script] => [host, [0]])) }
      : each,
  ),
);

describe("a run with steps beside others", () => {
  it("leaves nothing alive, and never has two of a step on a host, however often it dies", () => {
    const deaths = fc.array(fc.record({ turns: fc.nat(8), lapses: fc.boolean(), acts: fc.boolean() }), {
      maxLength: 10,
    });
    fc.assert(
      fc.property(steadfast, parallel, seeds, deaths, (steps, atOnce, seed, crashes) => {
        const plain = uncrashed(steps, atOnce);
        const world = new World(steps);
        const pick = picker(seed);
        world.start(atOnce);
        for (const { turns, lapses, acts } of crashes) {
          for (let turn = 0; turn < turns && world.pending.length > 0; turn++)
            world.perform(pick(world.pending.length));
          if (world.pending.length === 0) break;
          // Nobody was there for them for a while.
          if (lapses) world.alive.clear();
          if (acts) world.perform(pick(world.pending.length), true);
          else world.crash();
        }
        world.drain(pick);
        expect(world.problems).toEqual([]);
        expect([...world.alive]).toEqual([]);
        expect([...world.state.backgrounds]).toEqual([]);
        expect(statuses(world)).toEqual(statuses(plain));
        expect(executions(world, steps)).toEqual(executions(plain, steps));
      }),
      { numRuns: 250 },
    );
  });

  it("leaves nothing alive at any rest, and comes to its end when it goes on", () => {
    fc.assert(
      fc.property(plan, parallel, seeds, fc.array(fc.boolean(), { minLength: 1 }), (steps, atOnce, seed, said) => {
        const world = new World(steps, (question) => said[question % (said.length + 1)] ?? true);
        const pick = picker(seed);
        world.start(atOnce);
        for (let rests = 0; rests < 25; rests++) {
          world.drain(pick);
          expect(world.problems).toEqual([]);
          expect([...world.alive]).toEqual([]);
          if (world.state.ending?.type === "finished" && world.state.ending.status === "passed") return;
          world.resume(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("ends what an edited guide has otherwise, or no longer", () => {
    const kept = fc.record({ drop: fc.constantFrom(false, false, true), edited: fc.boolean(), calm: fc.boolean() });
    const edits = fc.array(kept, { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(plan, parallel, seeds, fc.nat(60), edits, (steps, atOnce, seed, turns, edit) => {
        const world = new World(steps);
        const pick = picker(seed);
        world.start(atOnce);
        for (let turn = 0; turn < turns && world.pending.length > 0; turn++) world.perform(pick(world.pending.length));
        const lives = steps.flatMap((each, index) => {
          const { drop = false, edited = false, calm = false } = edit[index] ?? {};
          const { background, ...rest } = each;
          if (drop) return [];
          // It is no longer one that goes on, or still is.
          return [{ ...rest, id: `s${index}`, edited, ...(background === true && !calm && { background }) }];
        });
        if (lives.length === 0) return;
        world.edit(lives);
        for (let rests = 0; rests < 20; rests++) {
          world.drain(pick);
          expect(world.problems).toEqual([]);
          expect([...world.alive]).toEqual([]);
          if (world.state.ending?.type === "finished") return;
          world.resume();
        }
      }),
      { numRuns: 250 },
    );
  });
});
