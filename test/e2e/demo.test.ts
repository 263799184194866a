import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { identify } from "../../src/lab/process-identity.ts";
import { labDown } from "../../src/lab/lab-down.ts";

/*
 * What a visitor does first: the demo, once more, and away with it. Its hosts are its own.
 */

const ROOT = join(import.meta.dirname, "../..");
const HOSTS = ["lab-1", "lab-2", "lab-3"];

describe("the demo", () => {
  let state = "";
  const lab = () => join(state, "lab");

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), "waymark-demo-"));
  });
  afterAll(async () => {
    await labDown({ dir: lab() });
    await rm(state, { recursive: true, force: true, maxRetries: 5 });
  });

  const node = (...args: readonly string[]) => {
    // Plain text with the signs of a UTF-8 terminal, as the README shows it.
    const env = {
      ...process.env,
      WAYMARK_STATE_DIR: state,
      LANG: "C.UTF-8",
      LC_ALL: "C.UTF-8",
      TERM: "xterm",
      NO_COLOR: "1",
    };
    return new Promise<{ readonly code: number; readonly stdout: string; readonly said: string }>((resolve) => {
      const child = execFile(execPath, [...args], { cwd: ROOT, env, timeout: 200_000 }, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, said: `${stdout}\n${stderr}` }),
      );
    });
  };

  /** The processes that stay: one a host. */
  const nodes = () =>
    Promise.all(
      HOSTS.map(async (name) => {
        const text = await readFile(join(lab(), "hosts", name, "home/first-cluster/node.pid"), "utf8");
        return Number(text);
      }),
    );

  const ended = async (pids: readonly number[]): Promise<boolean> => {
    for (let tries = 0; tries < 600; tries++) {
      if ((await Promise.all(pids.map(identify))).every((process) => process === undefined)) return true;
      await sleep(100);
    }
    return false;
  };

  test("runs, runs again, and leaves nothing once its lab is down", { timeout: 240_000 }, async () => {
    const first = await node("scripts/demo.ts", state);
    expect(first.code, first.said).toBe(0);
    const firstNodes = await nodes();
    for (const pid of firstNodes) expect(await identify(pid)).toBeDefined();

    const readme = await readFile(join(ROOT, "README.md"), "utf8");
    const picture = /^```text\n(.*?)^```$/ms.exec(readme)?.[1] ?? "";
    expect(picture).not.toBe("");
    expect(alike(first.stdout)).toContain(alike(picture));

    const second = await node("scripts/demo.ts", state);
    expect(second.code, second.said).toBe(0);
    const secondNodes = await nodes();
    expect(await ended(firstNodes)).toBe(true);

    const show = await node("dist/bin.js", "show", "--step", "join", "--host", "lab-2");
    expect(show.stdout).toContain("lab-2 has joined");

    const down = await node("dist/bin.js", "lab", "down");
    expect(down.code, down.said).toBe(0);
    expect(await ended(secondNodes)).toBe(true);
    expect(existsSync(lab())).toBe(false);
  });
});

/** Without what differs from run to run: durations, ages, and how often it had to be tried. */
function alike(text: string): string {
  return text
    .replaceAll(/\b\d+ attempts {2}/g, "")
    .replaceAll(/\b(?:\d+ min )?\d+(?:\.\d)? s\b/g, "0.0 s")
    .replaceAll(/\b\d+s$/gm, "0s");
}
