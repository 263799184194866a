import { describe, expect, it } from "vitest";
import { openWhenFree } from "../../../src/engine/holding.ts";
import { HostHeld, type Session } from "../../../src/engine/ports.ts";
import type { Holder } from "../../../src/model/event.ts";
import { FakeRun, planFor } from "./fake-run.ts";

const BY = { run: "r1", owner: "ops@laptop", state: "connected", takenMs: 60_000, renewedMs: 5000 } as const;

/** A run on hosts of which others have some. */
function runOn(held: Set<string>): FakeRun {
  const run = new FakeRun();
  const open = run.hosts.open.bind(run.hosts);
  run.hosts.open = async (host, signal) => {
    if (held.has(host.name)) throw new HostHeld(host.name, BY);
    return open(host, signal);
  };
  return run;
}

describe("a host that another run has", () => {
  const plan = planFor([
    { id: "s", hosts: ["a", "b"], maxFailures: "all" },
    { id: "t", hosts: ["a", "b"] },
  ]);

  it("rests the run before anything of it has run there, is not set aside, and is gone on with later", async () => {
    const held = new Set(["b"]);
    const run = runOn(held);
    const state = await run.start(plan);
    expect(state.ending).toEqual({ type: "paused", reason: "held", detail: "b" });
    expect(state.setAside.isEmpty()).toBe(true);
    expect(run.hosts.executed).toEqual(["s a"]);
    expect(run.events.filter(({ type }) => type === "task-deferred")).toMatchObject([
      {
        step: "s",
        host: "b",
        reason: "held",
        holder: { run: "r1", since: "2025-12-31T23:59:00.000Z", renewedMs: 5000 },
      },
    ]);
    expect(run.hosts.released).toEqual(["a"]);

    expect((await run.resume(plan)).ending).toMatchObject({ reason: "held" });
    held.clear();
    expect((await run.resume(plan)).ending).toEqual({ type: "finished", status: "passed" });
    expect(run.hosts.executed.toSorted()).toEqual(["s a", "s b", "t a", "t b"]);
  });

  it("is named where a step of this host runs there", async () => {
    const run = runOn(new Set(["b"]));
    await run.start(
      planFor([
        { id: "s", hosts: ["a"], at: "b" },
        { id: "t", hosts: ["b"] },
      ]),
    );
    expect(run.events.find(({ type }) => type === "task-deferred")).toMatchObject({ host: "a", where: "b" });
    expect(run.hosts.executed).toEqual([]);
  });
});

describe("waiting for a host", () => {
  /** @param frees after so many looks; a wait takes no time of ours */
  function waiting(frees: number, patienceMs: number, lookMs = 0) {
    let ms = 0;
    let looks = 0;
    const told: Holder[] = [];
    const interrupted = new AbortController();
    const session = {} as Session;
    const going = openWhenFree(
      async () => {
        ms += lookMs;
        if (++looks > frees) return session;
        throw new HostHeld("b", { ...BY, run: looks < 3 ? "r1" : "r2" });
      },
      {
        clock: {
          now: () => new Date(ms),
          sleep: async (wait, signal) => {
            await new Promise((resolve) => setImmediate(resolve));
            signal.throwIfAborted();
            ms += wait;
          },
        },
        patienceMs,
        interrupted: interrupted.signal,
        tell: async (holder) => void told.push(holder),
      },
      new AbortController().signal,
    );
    return { going, session, told, interrupted, looks: () => looks, elapsed: () => ms };
  }

  it("goes on once it is free, and tells of each run that has it meanwhile", async () => {
    const { going, session, told } = waiting(4, 60_000);
    expect(await going).toBe(session);
    expect(told.map(({ run }) => run)).toEqual(["r1", "r2"]);
  });

  it("is over when it was to be", async () => {
    const { going, elapsed } = waiting(Infinity, 12_000);
    await expect(going).rejects.toThrow(HostHeld);
    expect(elapsed()).toBe(12_000);
  });

  it("begins when it is known that it is held, however long it took to reach it", async () => {
    const { going, session, told } = waiting(1, 12_000, 30_000);
    expect(await going).toBe(session);
    expect(told).toHaveLength(1);
  });

  it("is over at Ctrl-C", async () => {
    const { going, interrupted, looks } = waiting(Infinity, 1e9);
    interrupted.abort(new Error("interrupted"));
    await expect(going).rejects.toThrow(HostHeld);
    expect(looks()).toBeLessThan(3);
  });

  it("is not begun where nobody asked for it", async () => {
    const { going, told } = waiting(1, 0);
    await expect(going).rejects.toThrow("b is held by run r1 of ops@laptop");
    expect(told).toEqual([]);
  });
});
