import { describe, expect, it } from "vitest";
import { unknownSecrets, withheld } from "../../../src/engine/unknown-secrets.ts";
import type { CheckFinished } from "../../../src/model/event.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { planOf, step } from "../ui/sample-run.ts";

const steps = [
  step(0, "login", "Log in", { capture: "KEY", secret: true }),
  step(1, "hush", "Say nothing", { secret: true }),
  step(2, "look", "Look", { verify: true }),
];
const variable = (name: string, secret: boolean, ...capturedBy: readonly string[]): Plan["variables"][number] => ({
  name,
  secret,
  capturedBy,
  hostVars: [],
});

describe("what a look at a host may print and nobody would hide", () => {
  const plan = planOf(steps, {
    variables: [variable("TOKEN", true), variable("NAME", false), variable("KEY", true, "login")],
  });

  it("are secret inputs that were not given, and what was captured or printed in secret and is gone", () => {
    expect(unknownSecrets(plan, {}, false)).toEqual(["TOKEN", "KEY", "#hush"]);
    expect(unknownSecrets(plan, { TOKEN: "t" }, false)).toEqual(["KEY", "#hush"]);
    expect(unknownSecrets(plan, {}, true)).toEqual(["TOKEN"]);
    expect(unknownSecrets(plan, { TOKEN: "t" }, true)).toEqual([]);
  });

  it("is kept out of the evidence, of which the rest stays", () => {
    const expectations = [
      { source: "exit == 0", line: 1, passed: true },
      { source: "output", line: 2, passed: false, explanation: "+ token=hunter2" },
    ];
    const check: CheckFinished = {
      type: "check-finished",
      step: "look",
      host: "a",
      status: "drifted",
      durationMs: 1,
      expectations,
    };
    const shown = withheld(check, ["TOKEN"]);
    expect(JSON.stringify(shown)).not.toContain("hunter2");
    expect(shown.expectations[1]).toMatchObject({ source: "output", line: 2, passed: false });
    expect(shown.expectations[1]?.explanation).toContain("TOKEN");
    expect(withheld(check, [])).toBe(check);
  });
});
