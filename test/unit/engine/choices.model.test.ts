import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/model/event.ts";
import { type Hindrance, outcomeOf, type Script, type ScriptedStep, World } from "./world.ts";

/*
 * What an operator may choose beside going on, against the model of the engine's surroundings: to rest after a step, to
 * go on without hosts, to have fixed what had failed; the process killed at random moments.
 */

const HOSTS = ["a", "b", "c"];
const drawn = fc.record({
  retry: fc.nat(1),
  batch: fc.boolean(),
  serial: fc.constantFrom(0, 0, 0, 1, 2),
  rolling: fc.constantFrom(0, 0, 1, 2),
  confirm: fc.constantFrom(false, false, false, true),
  checkpoint: fc.constantFrom(false, false, false, true),
  verify: fc.constantFrom(false, false, true),
  reboot: fc.constantFrom("", "", "", "during" as const, "after" as const),
  on: fc.subarray(HOSTS, { minLength: 1 }),
  failures: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)),
});

/** @param fails on each host it fails so many times before it passes */
function scripted({ on, failures, serial, rolling, reboot, ...rest }: Drawn, fails: boolean): ScriptedStep {
  const script = (host: string): Script => [...Array.from({ length: failures[HOSTS.indexOf(host)] ?? 0 }, () => 1), 0];
  return {
    ...rest,
    ...(reboot !== "" && !rest.verify && { reboot }),
    ...(serial > 0 && { serial }),
    ...(rolling > 0 && { rolling }),
    hosts: Object.fromEntries(on.map((host) => [host, fails ? script(host) : [0]])),
  };
}
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

const plan = fc.array(drawn, { minLength: 1, maxLength: 5 });
const parallel = fc.integer({ min: 1, max: 4 });
const seeds = fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 });
const deaths = fc.array(fc.record({ turns: fc.nat(12), acts: fc.boolean() }), { maxLength: 4 });

function picker(seeds: readonly number[]): (count: number) => number {
  let turn = 0;
  return (count) => (seeds[turn++ % seeds.length] ?? 0) % count;
}

function uncrashed(steps: readonly ScriptedStep[], atOnce: number): World {
  const world = new World(steps);
  world.start(atOnce);
  world.drain();
  return world;
}

/** To the next rest or end; killed on the way. */
function drained(world: World, pick: (count: number) => number, crashes: { turns: number; acts: boolean }[]): void {
  const { turns, acts } = crashes.shift() ?? {};
  for (let turn = 0; turn < (turns ?? 0) && world.pending.length > 0; turn++) world.perform(pick(world.pending.length));
  if (acts !== undefined && world.pending.length > 0) {
    if (acts) world.perform(pick(world.pending.length), true);
    else world.crash();
  }
  world.drain(pick);
}

/** Ids of the steps that anything was begun of, in order, since the last time that the run began to go on. */
function begun(journal: readonly RunEvent[]): readonly string[] {
  const from = journal.findLastIndex(({ type }) => type === "run-resumed" || type === "run-started");
  const steps = journal.slice(from).flatMap((event) => (event.type === "step-started" ? [event.step] : []));
  return steps.filter((step, index) => step !== steps[index - 1]);
}

const isAsked = ({ state }: World): boolean => state.ending?.type === "paused" && state.ending.reason === "asked";
const isFailed = ({ state }: World): boolean => state.ending?.type === "finished" && state.ending.status === "failed";

/** Step and host of what has failed, is unknown, or was never come to, where the run stopped. */
function stuck({ state, journal }: World): readonly string[] {
  const open = [...state.tasks.values()].flatMap((tasks) =>
    [...tasks].flatMap(([host, { phase, status }]) => (phase !== "finished" || status === "failed" ? [host] : [])),
  );
  const current = journal.findLast((event) => event.type === "step-started");
  const hosts = open.length > 0 ? open : (current?.hosts ?? []);
  return [...new Set(hosts)].filter((host) => !state.setAside.has(host)).toSorted();
}

describe("a run that is to rest after steps", () => {
  it("ends as the one that never rested, and begins one step at a time", () => {
    fc.assert(
      fc.property(plan, parallel, seeds, deaths, (all, atOnce, seed, crashes) => {
        const steps = all.map((each) => scripted(each, true));
        const plain = uncrashed(steps, atOnce);
        const world = new World(steps);
        const pick = picker(seed);
        const kills = [...crashes];
        world.start(atOnce);
        world.append({ type: "operator-decided", decision: "rest-after" });
        const before = world.journal.length;
        drained(world, pick, kills);
        for (let rests = 0; rests < 100 && isAsked(world); rests++) {
          const wasKilled = world.journal.slice(before).some(({ type }) => type === "run-resumed");
          if (rests > 0 || !wasKilled) expect(begun(world.journal).length).toBeLessThanOrEqual(1);
          world.resume();
          world.append({ type: "operator-decided", decision: "rest-after" });
          world.drain(pick);
        }
        expect(world.problems).toEqual([]);
        expect(outcomeOf(world)).toEqual(outcomeOf(plain));
        expect(world.executions).toEqual(plain.executions);
        expect(world.reboots).toEqual(plain.reboots);
      }),
      { numRuns: 150 },
    );
  });

  it("begins nothing after a step that it was told of at any moment, and goes on after that", () => {
    fc.assert(
      fc.property(plan, parallel, seeds, fc.nat(60), fc.nat(4), (all, atOnce, seed, turns, named) => {
        const steps = all.map((each) => scripted(each, false));
        const plain = uncrashed(steps, atOnce);
        const world = new World(steps);
        const pick = picker(seed);
        const step = `s${named}`;
        world.start(atOnce);
        for (let turn = 0; turn < turns && world.pending.length > 0; turn++) world.perform(pick(world.pending.length));
        if (world.state.ending !== undefined) return;
        const wasAtWork = world.state.current !== undefined;
        world.append({ type: "operator-decided", decision: "rest-after", step });
        const told = world.journal.length;
        world.drain(pick);
        const after = world.journal.slice(told);
        const ends = after.flatMap((event) => (event.type === "step-finished" ? [event.step] : []));
        const ended = ends.indexOf(step);
        // It rests after the first time that the step is over; if nothing is left of it, after the next that is.
        if (ended >= 0) expect(ended).toBe(ends.length - 1);
        else expect(ends.length).toBeLessThanOrEqual(1);
        const begins = after.filter(({ type }) => type === "step-started").length;
        expect(begins).toBeLessThanOrEqual(wasAtWork ? ends.length - 1 : ends.length);
        if (isAsked(world)) {
          expect(world.journal.at(-1)).toMatchObject({ type: "run-paused", reason: "asked", step: ends.at(-1) });
          world.resume();
          world.drain(pick);
        }
        expect(world.problems).toEqual([]);
        expect(outcomeOf(world)).toEqual(outcomeOf(plain));
        expect(world.executions).toEqual(plain.executions);
      }),
      { numRuns: 150 },
    );
  });
});

describe("a run that goes on without hosts", () => {
  it("does everything once, whatever they were at when they were set aside and brought back", () => {
    const hindrance = fc.constantFrom<Hindrance | undefined>(undefined, undefined, "held", "lost", "silent");
    const hindrances = fc.array(hindrance, { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(plan, parallel, seeds, hindrances, deaths, (all, atOnce, seed, hinders, crashes) => {
        const steps = all.map((each) => scripted(each, false));
        const plain = uncrashed(steps, atOnce);
        const world = new World(steps);
        // Each order comes through in the end.
        world.hinders = (order) => (order < 80 ? hinders[order % hinders.length] : undefined);
        const pick = picker(seed);
        const kills = [...crashes];
        world.start(atOnce);
        for (let rests = 0; rests < 40; rests++) {
          drained(world, pick, kills);
          if (world.state.ending?.type === "finished") break;
          const hosts = stuck(world);
          const [first] = hosts;
          if (first === undefined) world.resume();
          else world.choose({ decision: "set-aside", hosts: pick(2) === 0 ? hosts : [first] });
        }
        expect(world.problems).toEqual([]);
        expect(world.state.ending?.type).toBe("finished");
        for (let again = 0; again < 200 && world.state.ending?.type !== undefined; again++) {
          if (world.state.ending.type === "finished" && world.state.ending.status === "passed") break;
          world.resume(true);
          world.drain(pick);
        }
        expect(world.problems).toEqual([]);
        expect(world.state.ending).toEqual({ type: "finished", status: "passed" });
        expect(world.executions).toEqual(plain.executions);
        expect(world.reboots).toEqual(plain.reboots);
      }),
      { numRuns: 80 },
    );
  });

  it("comes to its end with the others, also where what failed goes on failing", () => {
    fc.assert(
      fc.property(plan, parallel, seeds, deaths, (all, atOnce, seed, crashes) => {
        const world = new World(all.map((each) => scripted(each, true)));
        const pick = picker(seed);
        const kills = [...crashes];
        world.start(atOnce);
        for (let rests = 0; rests < 10; rests++) {
          drained(world, pick, kills);
          const hosts = stuck(world);
          if (hosts.length === 0 || !isFailed(world)) break;
          world.choose({ decision: "set-aside", hosts });
        }
        expect(world.problems).toEqual([]);
        const { ending, setAside } = world.state;
        expect(ending).toEqual({ type: "finished", status: setAside.isEmpty() ? "passed" : "failed" });
      }),
      { numRuns: 150 },
    );
  });
});

describe("a fix that is chosen once the run has failed", () => {
  it("does what it would have done if it had been wanted at once", () => {
    fc.assert(
      fc.property(plan, parallel, seeds, deaths, fc.subarray([0, 1, 2, 3, 4]), (all, atOnce, seed, crashes, fixed) => {
        const steps = all.map((each) => scripted(each, true));
        const fixes = steps.flatMap(({ hosts }, index): ScriptedStep[] =>
          fixed.includes(index)
            ? [
                {
                  id: `f${index}`,
                  fixes: `s${index}`,
                  hosts: Object.fromEntries(Object.keys(hosts).map((h) => [h, [0]])),
                },
              ]
            : [],
        );
        const together = [...steps, ...fixes];
        const plain = uncrashed(together, atOnce);
        // Nobody wants it when it is offered.
        const world = new World(together, () => true);
        world.declines = true;
        const pick = picker(seed);
        const kills = [...crashes];
        world.start(atOnce);
        for (let fails = 0; fails < 60; fails++) {
          drained(world, pick, kills);
          if (!isFailed(world)) break;
          const step = world.journal.findLast((event) => event.type === "step-finished")?.step ?? "";
          const fix = fixes.find((each) => each.fixes === step)?.id;
          if (fix === undefined) break;
          const tasks = [...(world.state.tasks.get(step) ?? [])];
          const hosts = tasks.flatMap(([host, { status }]) => (status === "failed" ? [host] : []));
          world.choose({ decision: "fix", step, fix, hosts });
        }
        expect(world.problems).toEqual([]);
        expect(outcomeOf(world)).toEqual(outcomeOf(plain));
        expect(world.executions).toEqual(plain.executions);
      }),
      { numRuns: 200 },
    );
  });
});
