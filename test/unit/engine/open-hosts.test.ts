import { describe, expect, it } from "vitest";
import { openHosts, rerunHosts } from "../../../src/engine/open-hosts.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { FakeRun, planFor } from "./fake-run.ts";

const HOSTS = ["a", "b", "c", "d"];
const LOST = { end: { type: "unknown", reason: "the host lost power" } } as const;

/** Batches of two, one after the other. */
function rolling(): Plan {
  const plan = planFor(["s", "t"].map((id) => ({ id, hosts: HOSTS })));
  const batches = [HOSTS.slice(0, 2), HOSTS.slice(2)];
  return { ...plan, order: batches.flatMap((hosts) => [0, 1].map((step) => ({ step, hosts }))) };
}

async function stopped(plan: Plan, hostsOf = openHosts): Promise<(index: number) => readonly string[]> {
  const run = new FakeRun();
  run.hosts.always = ({ code, key }) => (code === "t\n" && key.host === "b" ? LOST : {});
  const state = await run.start(plan);
  expect(state.ending).toMatchObject({ type: "paused", reason: "unknown" });
  return (index) => {
    const step = plan.steps[index];
    return step === undefined ? [] : hostsOf(plan, step, state);
  };
}

describe("a step that is called done, or left out", () => {
  it("is so for the batch that stopped at it, not for those that have not come to it", async () => {
    const meant = await stopped(rolling());
    expect(meant(1)).toEqual(["a", "b"]);
  });

  it("is so for all where no batch has stopped at it, or none goes through it", async () => {
    const meant = await stopped(rolling());
    expect(meant(0)).toEqual(HOSTS);
    const together = await stopped(planFor(["s", "t"].map((id) => ({ id, hosts: HOSTS }))));
    expect(together(1)).toEqual(HOSTS);
  });
});

describe("a step that is to run again", () => {
  it("does so on all of its hosts", async () => {
    const meant = await stopped(rolling(), (_, step, state) => rerunHosts(step, state));
    expect(meant(0)).toEqual(HOSTS);
  });

  it("does so only where nobody knows its outcome, if there is such a host", async () => {
    const meant = await stopped(rolling(), (_, step, state) => rerunHosts(step, state));
    expect(meant(1)).toEqual(["b"]);
  });
});
