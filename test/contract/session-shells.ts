import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { LOCAL } from "../../src/model/inventory.ts";
import type { Host } from "../../src/model/inventory.ts";
import { LocalConnection } from "../../src/transport/local-connection.ts";
import { backgroundContract } from "./session-background.contract.ts";
import { carryContract } from "./session-carry.contract.ts";
import { copyContract } from "./session-copy.contract.ts";
import { sessionContract } from "./session.contract.ts";
import { shellContract } from "./session-shell.contract.ts";
import { terminalContract } from "./session-terminal.contract.ts";
import type { HostUnderTest } from "./session-world.ts";

const host: Host = {
  name: LOCAL,
  address: "",
  port: 0,
  identity: [],
  knownHosts: [],
  jump: [],
  groups: [],
  vars: {},
  transport: "local",
};

const scratch = mkdtempSync(join(tmpdir(), "waymark-sh-"));
afterAll(() => rmSync(scratch, { recursive: true, maxRetries: 5 }));

/**
 * A directory in which `sh` is that program, or nothing where it is not installed. With busybox everything else is, too,
 * that it can be.
 */
export function shellDirectory(program: string): string | undefined {
  const path = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).stdout.trim();
  if (path === "") return undefined;
  const directory = mkdtempSync(join(scratch, `${program}-`));
  const applets = program === "busybox" ? spawnSync(path, ["--list"], { encoding: "utf8" }).stdout.split("\n") : [];
  for (const name of new Set(["sh", ...applets])) {
    if (/^[a-z0-9]+$/.test(name)) symlinkSync(path, join(directory, name));
  }
  return directory;
}

const sudo = spawnSync("sudo", ["-n", "-u", "nobody", "true"]).status === 0;

/** The contract on this machine, whose `sh` is that program. A file each, so that they run side by side. */
export function localContract(shell: "dash" | "bash" | "busybox"): void {
  const directory = shellDirectory(shell);
  const env = { ...process.env, PATH: `${directory ?? ""}:${process.env["PATH"] ?? ""}` } as Record<string, string>;
  describe.skipIf(directory === undefined)(`${shell} for sh`, () => {
    const here: HostUnderTest = {
      connect: async () => new LocalConnection(host, env),
      cut: (connection) => connection.close(),
      login: false,
      ...(sudo && { other: "nobody" }),
    };
    sessionContract("A session on this machine", here);
    carryContract("A session on this machine", here);
    copyContract("A session on this machine", here);
    terminalContract("A session on this machine", here);
    shellContract("A session on this machine", here);
    backgroundContract("A session on this machine", here);
  });
}
