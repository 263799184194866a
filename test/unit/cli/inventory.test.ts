import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readInventory } from "../../../src/cli/inventory.ts";
import type { Surroundings } from "../../../src/cli/terminal.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waymark-inventory-"));
  await mkdir(join(folder, "site/host_vars"), { recursive: true });
  await writeFile(join(folder, "site/inventory.ini"), "[web]\nweb[1:2] ansible_ssh_private_key_file=key\n");
  await writeFile(join(folder, "site/hosts.yaml"), "hosts: { ours: }\n");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function around(): Surroundings {
  const { stdin, stdout, stderr } = process;
  return { cwd: folder, env: {}, home: folder, user: "ada", stdin, stdout, stderr };
}

const guide = () => ({ path: join(folder, "site/guide.md") });

test("-i reads an inventory of Ansible's, and says which variables it does not", async () => {
  const { inventory, source, diagnostics } = await readInventory(around(), guide(), {
    inventory: "site/inventory.ini",
  });
  expect(inventory.hosts).toMatchObject([
    { name: "web1", groups: ["web"], identity: [join(folder, "site/key")] },
    { name: "web2" },
  ]);
  expect(source).toEqual({ hosts: [], file: join(folder, "site/inventory.ini") });
  expect(diagnostics).toMatchObject([
    {
      code: "WM2048",
      severity: "warning",
      message: "The variables in `host_vars` beside it are not read",
      file: "site/inventory.ini",
    },
  ]);
});

test("a hosts file of ours may stand beside them without a word", async () => {
  const { inventory, diagnostics } = await readInventory(around(), guide(), {});
  expect(inventory.hosts).toMatchObject([{ name: "ours" }]);
  expect(diagnostics).toEqual([]);
});

test("hosts of the command line join an inventory of Ansible's", async () => {
  const flags = { inventory: "site/inventory.ini", host: ["db=web2,10.0.0.9"] };
  const { inventory } = await readInventory(around(), guide(), flags);
  expect(inventory.hosts.map(({ name, groups }) => [name, ...groups])).toEqual([
    ["web1", "web"],
    ["web2", "web", "db"],
    ["10.0.0.9", "db"],
  ]);
});
