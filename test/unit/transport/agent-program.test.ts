import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { agentProgram } from "../../../src/transport/agent-program.ts";
import { AGENT_COMMAND, agentStart } from "../../../src/transport/agent-protocol.ts";
import { runRequest } from "../../../src/transport/job-request.ts";

const shells = [["dash"], ["bash", "--posix"], ["busybox", "sh"], ["mksh"]].filter(
  ([name = ""]) => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0,
);

describe("the agent", () => {
  test.each(shells)("is a program for %s", (...shell) => {
    const [program = "", ...options] = shell;
    const { status, stderr } = spawnSync(program, [...options, "-n"], {
      input: agentProgram,
      encoding: "utf8",
      // They warn of a locale that is not there.
      env: { ...process.env, LC_ALL: "C" },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("keeps to names of its own, for exported variables are the jobs'", () => {
    const shell = agentProgram.replaceAll(/\bdd [^;|]*|-o [a-z]+=|\balias \w+=/g, "");
    const assigned = [...shell.matchAll(/(?:^|[ ;("])([A-Za-z_]+)=/gm)].map(([, name]) => name ?? "");
    const others = new Set(assigned.filter((name) => !name.startsWith("wm_")));
    expect(others).toEqual(new Set(["LC_ALL", "LANG", "COLUMNS", "IFS", "PATH", "PWD"]));
    const functions = [...agentProgram.matchAll(/^([A-Za-z_]+)\(\)/gm)].map(([, name]) => name ?? "");
    expect(functions.filter((name) => !name.startsWith("wm_"))).toEqual([]);
  });

  test("is sent without its comments", () => {
    expect(agentProgram).not.toMatch(/^\s*# /m);
    expect(agentProgram.length).toBeLessThan(25_000);
  });
});

describe("a request", () => {
  const NONCE = "0123456789abcdef0123456789abcdef";
  const job = {
    key: { token: "t", host: "h", task: "0".repeat(32), attempt: 1 },
    interpreter: ["sh"],
    code: "echo ran\n",
    env: {},
    timeoutMs: 20_000,
  };
  let place: string;
  beforeEach(() => (place = mkdtempSync(join(tmpdir(), "waymark-agent-"))));
  afterEach(() => rmSync(place, { recursive: true, maxRetries: 5 }));

  /** Starts an agent, sends it that and then nothing more. */
  const ask = (request: Uint8Array): string =>
    spawnSync("sh", ["-c", AGENT_COMMAND], {
      input: Buffer.concat([agentStart({ nonce: NONCE, name: "waymark-t-h" }), request]),
      env: { ...process.env, WAYMARK_TMPDIR: place },
      encoding: "utf8",
      timeout: 60_000,
    }).stdout;
  const records = (): readonly string[] =>
    readdirSync(join(place, "waymark-t-h")).filter((name) => !name.startsWith("u"));

  test("that arrives is done", () => {
    expect(ask(runRequest(job))).toMatch(/o\nran\n[0-9a-f]{32}r ended exited 0 [0-9]+\n$/);
    expect(records()).toEqual([`${"0".repeat(32)}.1`]);
  });

  test.each(["short", `long ${"x".repeat(9000)}`])("of which only a part arrives does nothing (%.5s)", (text) => {
    const whole = runRequest({ ...job, code: `: ${text}\necho ran\n` });
    for (const part of [1, whole.length >> 1, whole.length - 2, whole.length - 1]) {
      expect(ask(whole.subarray(0, part))).toMatch(/^[0-9a-f]{32}r ready [^\n]*\n$/);
      expect(records()).toEqual([]);
    }
  });

  test("whose script is not as long as it should be is refused", () => {
    const changed = runRequest(job).toString().replace("echo ran", "echo rn");
    expect(ask(Buffer.from(changed))).toContain("r refused the script did not arrive as it was sent\n");
    expect(records()).toEqual([]);
  });
});
