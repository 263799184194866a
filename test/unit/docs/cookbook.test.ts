import { describe, expect, it } from "vitest";
import { readGuide } from "../../../src/document/read-guide.ts";
import { readHostsFile } from "../../../src/inventory/hosts-file.ts";
import { readInventoryFile } from "../../../src/inventory/inventory-file.ts";
import { compile } from "../../../src/plan/compile.ts";
import { recipes } from "./cookbook.ts";
import { blocksOf, page } from "./page.ts";

const surroundings = { cwd: "/home/me", home: "/home/me" };
const HOSTS = `
hosts:
  pi-master: { groups: [master] }
  "pi-worker-[1-3]": { groups: [worker], vars: { RACK: left } }
  mill: { groups: [worker, arch], vars: { RACK: right } }
`;

describe("docs/cookbook.md", () => {
  it.each(recipes())("$heading: can be planned as it is", ({ guide }) => {
    const { runbook, diagnostics } = readGuide("guide.md", new TextEncoder().encode(guide));
    const { inventory } = readHostsFile("hosts.yaml", HOSTS, surroundings);
    if (runbook === undefined || inventory === undefined) throw new Error("not a guide");
    const { inputs } = runbook.settings;
    const given = Object.fromEntries(
      inputs.map(({ name, default: preset }) => [name, preset ?? "given-by-the-reader"] as const),
    );
    const planned = compile({ runbook, digest: "", inventory, inputs: given });
    expect([...diagnostics, ...planned.diagnostics]).toEqual([]);
    expect(planned.plan.steps.length).toBeGreaterThan(0);
  });

  it("has an inventory of Ansible's that means the same hosts as its hosts file", () => {
    const ini = blocksOf(page("docs/cookbook.md")).find(({ title }) => title === "inventory.ini");
    const { inventory, diagnostics } = readInventoryFile("inventory.ini", ini?.code ?? "", surroundings);
    expect(diagnostics).toEqual([]);
    expect(inventory?.hosts.map(({ name, groups }) => [name, groups])).toEqual([
      ["pi-master", ["master"]],
      ["pi-worker-1", ["worker"]],
      ["pi-worker-2", ["worker"]],
      ["pi-worker-3", ["worker"]],
    ]);
  });
});
