import { expect, it } from "vitest";
import { readInventoryFile } from "../../../src/inventory/inventory-file.ts";
import { blocksOf, page } from "./page.ts";

it("docs/cookbook.md has an inventory of Ansible's that means the same hosts as its hosts file", () => {
  const ini = blocksOf(page("docs/cookbook.md")).find(({ title }) => title === "inventory.ini");
  const around = { cwd: "/home/me", home: "/home/me" };
  const { inventory, diagnostics } = readInventoryFile("inventory.ini", ini?.code ?? "", around);
  expect(diagnostics).toEqual([]);
  expect(inventory?.hosts.map(({ name, groups }) => [name, groups])).toEqual([
    ["pi-master", ["master"]],
    ["pi-worker-1", ["worker"]],
    ["pi-worker-2", ["worker"]],
    ["pi-worker-3", ["worker"]],
  ]);
});
