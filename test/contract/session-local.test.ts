import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { LOCAL } from "../../src/model/inventory.ts";
import type { Host } from "../../src/model/inventory.ts";
import { LocalConnection } from "../../src/transport/local-connection.ts";
import { sessionContract } from "./session.contract.ts";

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
afterAll(() => rmSync(scratch, { recursive: true }));

/** A directory in which `sh` is that program, or nothing where it is not installed. */
function shellDirectory(program: string): string | undefined {
  const { stdout } = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" });
  if (stdout.trim() === "") return undefined;
  const directory = mkdtempSync(join(scratch, `${program}-`));
  symlinkSync(stdout.trim(), join(directory, "sh"));
  return directory;
}

const sudo = spawnSync("sudo", ["-n", "-u", "nobody", "true"]).status === 0;

for (const shell of ["dash", "bash", "busybox"]) {
  const directory = shellDirectory(shell);
  if (directory === undefined) continue;
  const env = { ...process.env, PATH: `${directory}:${process.env["PATH"] ?? ""}` } as Record<string, string>;
  sessionContract(`A session on this machine, by ${shell}`, {
    connect: async () => new LocalConnection(host, env),
    cut: (connection) => connection.close(),
    login: false,
    ...(sudo && { other: "nobody" }),
  });
}
