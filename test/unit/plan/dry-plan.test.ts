import { describe, expect, it } from "vitest";
import { dryPlan } from "../../../src/plan/dry-plan.ts";
import { planFor } from "../engine/fake-run.ts";

describe("a plan for a dry run", () => {
  const plan = planFor(
    [
      { id: "ask", capture: "TOKEN", checkpoint: "", hosts: ["a"] },
      { id: "join", uses: ["TOKEN"], hosts: ["a", "b"] },
      {
        id: "maybe",
        when: [{ value: "vars.TOKEN != ''", span: planFor([{ id: "x" }]).steps[0]?.span ?? ({} as never) }],
      },
      { id: "late", uses: ["DISK"], asks: ["DISK"] },
      { id: "last", retry: 5, batch: true, confirm: "Sure?" },
      { id: "boot", reboot: "after", newLogin: true },
    ],
    [{ name: "TOKEN", capturedBy: ["ask"] }],
  );

  it("leaves out what depends on what has not run, and says on what", () => {
    const { steps, order } = dryPlan(plan);
    expect(steps.map(({ skip }) => skip)).toEqual([
      undefined,
      "needs TOKEN, which ask captures",
      "needs TOKEN, which ask captures",
      "needs DISK, which is asked for then",
      undefined,
      undefined,
    ]);
    expect(order.map(({ hosts }) => hosts)).toEqual([["a"], [], [], [], ["a"], ["a"]]);
  });

  it("knows what an earlier part of the run has captured", () => {
    expect(dryPlan(plan, new Set(["TOKEN"])).steps[1]?.skip).toBeUndefined();
  });

  it("asks, waits for and judges nothing", () => {
    const { steps } = dryPlan(plan);
    expect(steps[0]).not.toHaveProperty("capture");
    expect(steps[0]).not.toHaveProperty("checkpoint");
    expect(steps[4]).not.toHaveProperty("confirm");
    expect(steps[5]).not.toHaveProperty("reboot");
    expect(steps[5]).not.toHaveProperty("newLogin");
    expect(steps[4]).toMatchObject({ retry: 0, batch: false, maxFailures: "all" });
  });
});
