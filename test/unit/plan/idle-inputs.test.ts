import { describe, expect, test } from "vitest";
import { compileParts, type GuideParts } from "./guide.ts";

const host = { port: 22, user: "pi", identity: [], knownHosts: [], jump: [], groups: [], vars: {} };
const inventory = { hosts: [{ ...host, name: "pi-1", address: "pi-1", transport: "ssh" as const }] };

const idle = (parts: Omit<GuideParts, "inventory">): readonly string[] => [
  ...compileParts({ inventory, ...parts }).idle,
];

const inputs = { NETWORK: {}, VERSION: {}, DISK: { ask: "late" as const }, KEY: { secret: true }, SPARE: {} };
const steps: GuideParts["steps"] = [
  { id: "calico", code: "echo $VERSION\n", when: "vars.NETWORK == 'calico'" },
  { id: "format", code: "echo $DISK $KEY\n" },
];

describe("inputs that nobody needs", () => {
  test("are none while the choice is open", () => {
    expect(idle({ inputs, steps })).toEqual([]);
  });

  test("are those of steps that are not chosen; what no step uses is not among them", () => {
    expect(idle({ inputs, steps, values: { NETWORK: "flannel" } })).toEqual(["VERSION", "NETWORK"]);
  });

  test("are late ones of steps that are over, but not other secrets, by which output is redacted", () => {
    expect(idle({ inputs, steps, over: ["format"] })).toEqual(["DISK"]);
  });

  test("are all of steps that are left alone", () => {
    expect(idle({ inputs, steps, aside: ["format"] })).toEqual(["DISK", "KEY"]);
  });

  test("are none where an expression may name any", () => {
    const any = { id: "any", expect: ["vars[stdout] == ''"] };
    expect(idle({ inputs, steps: [...steps, any], values: { NETWORK: "flannel" } })).toEqual([]);
  });
});
