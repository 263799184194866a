import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { gather, loadToRun } from "../../../src/cli/load.ts";
import { resolveHosts } from "../../../src/cli/ssh-config.ts";
import type { Surroundings } from "../../../src/cli/terminal.ts";
import { readHostsFile } from "../../../src/inventory/hosts-file.ts";
import type { Inventory } from "../../../src/model/inventory.ts";

const SSH = "/usr/bin/ssh";
let home = "";

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "waymark-ssh-config-"));
  await mkdir(join(home, "none"));
  await mkdir(join(home, "bin"));
  await mkdir(join(home, ".ssh/conf.d"), { recursive: true });
  // ssh looks for the user's home in the password file; this one has it look here.
  await writeFile(
    join(home, "bin/ssh"),
    `#!/bin/sh\necho "$*" >>${home}/asked\nexec ${SSH} -F ${home}/.ssh/config "$@"\n`,
  );
  await chmod(join(home, "bin/ssh"), 0o755);
});

beforeEach(() => rm(join(home, "asked"), { force: true }));

afterAll(() => rm(home, { recursive: true, force: true }));

const config = (text: string): Promise<void> => writeFile(join(home, ".ssh/config"), text);

function around(path: string): Surroundings {
  const { stdin, stdout, stderr } = process;
  return { cwd: home, env: { PATH: `${join(home, path)}:/bin`, HOME: home }, home, user: "ada", stdin, stdout, stderr };
}

function inventoryOf(text: string): Inventory {
  const { inventory } = readHostsFile("hosts.yaml", text, { home, cwd: home });
  return inventory ?? { hosts: [] };
}

const asked = async (): Promise<readonly string[]> =>
  (await readFile(join(home, "asked"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

/** Without a shell: there is no ssh in this PATH. */
const without = (): Surroundings => ({ ...around("none"), env: { PATH: join(home, "none"), HOME: home } });

const CONFIG = `
Include conf.d/*.conf
UserKnownHostsFile /known
Host pi-*
  Port 2222
  ProxyJump gate
Host *
  IdentityFile ~/.ssh/pi
`;

describe.each([
  ["with OpenSSH", () => around("bin"), existsSync(SSH)],
  ["without OpenSSH", without, true],
])("%s", (_, surroundings, present) => {
  test.runIf(present)("hosts need no entry beyond a name that ssh config knows", async () => {
    await config(CONFIG);
    await writeFile(
      join(home, ".ssh/conf.d/one.conf"),
      "Host pi-4\n  HostName 10.0.0.4\n  User pi\nHost gate\n  Port 23\n",
    );
    const { hosts, diagnostics } = await resolveHosts(
      surroundings(),
      inventoryOf("hosts: { pi-4: , pi-5: { port: 22 } }"),
    );
    expect(diagnostics).toEqual([]);
    const key = join(home, ".ssh/pi");
    // What stands behind an `Include` is not part of the last `Host` in it.
    const knownHosts = ["/known", "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
    expect(hosts).toMatchObject([
      { name: "pi-4", address: "10.0.0.4", user: "pi", port: 2222, jump: ["gate"], identity: [key], knownHosts },
      { name: "pi-5", address: "pi-5", port: 22, jump: ["gate"], identity: [key], knownHosts },
      { name: "gate", address: "gate", port: 23, jump: [], identity: [key], knownHosts },
    ]);
  });

  test.runIf(present)("an ssh config that cannot be read is an error", async () => {
    await config('Host "pi-4\n');
    const { diagnostics } = await resolveHosts(surroundings(), inventoryOf("hosts: { pi-4: }"));
    expect(diagnostics).toMatchObject([{ code: "WM2031", severity: "error", file: "hosts.yaml" }]);
  });
});

test.runIf(existsSync(SSH))("one process for each host without an address, none for the others", async () => {
  await config("");
  await resolveHosts(around("bin"), inventoryOf('hosts: { "n[1-200]": { address: "10.0.0.[1-200]" } }'));
  expect(await asked()).toEqual([]);
  await resolveHosts(around("bin"), inventoryOf("hosts: { a: { user: eve, port: 23 }, b: , c: { address: d } }"));
  expect((await asked()).toSorted()).toEqual(["-G -- b", "-G -l eve -p 23 -- a"]);
});

describe.runIf(existsSync(SSH))("commands of `Match exec`", () => {
  const ran = (): string => join(home, "ran");

  beforeEach(async () => {
    await rm(ran(), { force: true });
    await config(`Match exec "touch ${ran()}"\n  User eve\n`);
    await writeFile(join(home, "guide.md"), "---\nrunbook:\n  hosts: { a: }\n---\n\n```bash {on=all}\ntrue\n```\n");
  });

  test("run for a run, which connects to hosts", async () => {
    const { plan } = await loadToRun(around("bin"), "guide.md", {});
    expect(plan.hosts).toMatchObject([{ name: "a", user: "eve" }]);
    expect(existsSync(ran())).toBe(true);
  });

  test("do not run for a plan or a check, which connect to nothing", async () => {
    const { plan, diagnostics } = await gather(around("bin"), "guide.md", {}, "known");
    expect(diagnostics).toEqual([]);
    expect(plan?.hosts).toHaveLength(1);
    expect(existsSync(ran())).toBe(false);
    expect(await asked()).toEqual([]);
  });

  test("do not run for a guide that cannot be run", async () => {
    await writeFile(join(home, "guide.md"), "---\nrunbook:\n  hosts: { a: }\n---\n\n```bash {on=nobody}\ntrue\n```\n");
    await expect(loadToRun(around("bin"), "guide.md", {})).rejects.toMatchObject({ code: "WM8004" });
    expect(existsSync(ran())).toBe(false);
  });
});
