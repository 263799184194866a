import { describe, expect, it } from "vitest";
import { choices, restWish } from "../../../src/cli/choices.ts";
import { WaymarkError } from "../../../src/model/errors.ts";
import type { OperatorDecided } from "../../../src/model/event.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { World } from "../engine/world.ts";
import { hostOf } from "../host-of.ts";

const ALL = { a: [0], b: [1, 0], c: [0] };

/** A run that has passed its first step, and failed on b at its second, where nobody wanted it to be fixed. */
function failedRun(): { readonly world: World; readonly plan: Plan } {
  const world = new World([
    { id: "one", hosts: { a: [0], b: [0], c: [0] } },
    { id: "two", hosts: ALL },
    { id: "mend", fixes: "two", hosts: { a: [0], b: [0], c: [0] } },
    { id: "three", hosts: ALL },
  ]);
  world.declines = true;
  world.start(5);
  world.drain();
  const hosts = ["a", "b", "c"].map((name) => hostOf(name, { groups: name === "a" ? ["first"] : ["others"] }));
  return { world, plan: { ...world.plan, hosts } };
}

const rerun: OperatorDecided = { type: "operator-decided", decision: "rerun", step: "one", hosts: ["a"] };

describe("what is wanted of a run that rests", () => {
  it("names the hosts to go on without, and where it stopped", () => {
    const { world, plan } = failedRun();
    expect(choices(plan, { setAside: ["others,!c"] }, world.state)).toEqual([
      { type: "operator-decided", decision: "set-aside", step: "two", hosts: ["b"] },
    ]);
  });

  it("has nothing to say of hosts that are set aside already", () => {
    const { world, plan } = failedRun();
    world.choose({ decision: "set-aside", hosts: ["b"] });
    expect(choices(plan, { setAside: ["b"] }, world.state)).toEqual([]);
  });

  it("fixes a step on the hosts where it has failed", () => {
    const { world, plan } = failedRun();
    expect(choices(plan, { fix: ["#two"] }, world.state)).toEqual([
      { type: "operator-decided", decision: "fix", step: "two", fix: "mend", hosts: ["b"] },
    ]);
  });

  it("fixes nothing on hosts that are set aside, unless they are to be brought back", () => {
    const { world, plan } = failedRun();
    world.choose({ decision: "set-aside", hosts: ["b"] });
    world.drain();
    expect(() => choices(plan, { fix: ["two"] }, world.state)).toThrow("nothing of this step has failed");
    expect(choices(plan, { fix: ["two"], retryFailed: true }, world.state)).toMatchObject([{ hosts: ["b"] }]);
  });

  it("rests after a step that is to come, or after one step", () => {
    const { world, plan } = failedRun();
    const common = { type: "operator-decided", decision: "rest-after" };
    expect(restWish(plan, { restAfter: "three" }, world.state)).toEqual([{ ...common, step: "three" }]);
    expect(restWish(plan, { restAfter: true }, world.state)).toEqual([common]);
    expect(restWish(plan, {}, world.state)).toEqual([]);
  });

  it("rests after no step that is over, unless that is to run again", () => {
    const { world, plan } = failedRun();
    const wish = (more: readonly OperatorDecided[]) => restWish(plan, { restAfter: "one" }, world.state, more);
    expect(() => wish([])).toThrow(WaymarkError);
    expect(() => wish([])).toThrow("--rest-after one: this step is over already");
    expect(wish([rerun])).toMatchObject([{ step: "one" }]);
  });
});
