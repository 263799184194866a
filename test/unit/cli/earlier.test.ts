import { describe, expect, it } from "vitest";
import { changedInputs, earlierOf, sameInputs } from "../../../src/cli/earlier.ts";
import { recall } from "../../../src/engine/advance.ts";
import type { EventBody, RunEvent, RunStarted } from "../../../src/model/event.ts";

const started: RunStarted = {
  type: "run-started",
  run: "20261122-1841",
  token: "0123456789abcdef",
  waymark: "0.1.0",
  guide: { path: "/guide.md", digest: "d" },
  inventory: { hosts: [] },
  inputs: { CIDR: "10.244.0.0/16", NETWORK: "flannel" },
  secretInputs: [],
  parallel: 100,
};
const resumed = { type: "run-resumed", waymark: "0.1.0", retryFailed: false, parallel: 100 } as const;
const input = (name: string, value?: string): EventBody => ({
  type: "operator-decided",
  decision: "input",
  step: "s",
  name,
  ...(value !== undefined && { value }),
});

function inputsAfter(...bodies: readonly EventBody[]): Readonly<Record<string, string>> {
  const events = [started, ...bodies].map((body, index): RunEvent => ({ v: 1, seq: index + 1, at: "", ...body }));
  return earlierOf(started, events, recall(events).state).inputs;
}

describe("the inputs a run goes on with", () => {
  it("are those it was started with", () => {
    expect(inputsAfter(resumed)).toEqual(started.inputs);
  });

  it("are those it was resumed with last, where they had changed", () => {
    const changed = { ...resumed, inputs: { CIDR: "10.1.0.0/16", NETWORK: "flannel" } };
    expect(inputsAfter(changed, resumed)).toEqual(changed.inputs);
  });

  it("have those among them that were asked for late, but no secrets", () => {
    expect(inputsAfter(input("DISK", "sdb"), input("KEY"))).toEqual({ ...started.inputs, DISK: "sdb" });
  });
});

describe("inputs that are given anew", () => {
  it("are reported with what they were, unless they are what they were, or new", () => {
    const now = { CIDR: "10.1.0.0/16", NETWORK: "flannel", ADDED: "x" };
    expect(changedInputs(started.inputs, now)).toEqual([
      "CIDR: 10.1.0.0/16, was 10.244.0.0/16; steps done already keep the old value",
    ]);
  });

  it("are written down when any is different, new or gone", () => {
    const { inputs } = started;
    expect(sameInputs(inputs, { NETWORK: "flannel", CIDR: "10.244.0.0/16" })).toBe(true);
    expect(sameInputs(inputs, { ...inputs, CIDR: "" })).toBe(false);
    expect(sameInputs(inputs, { ...inputs, ADDED: "" })).toBe(false);
    expect(sameInputs(inputs, { CIDR: "10.244.0.0/16" })).toBe(false);
  });
});
