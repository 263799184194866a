import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { type Place, block, expectCode, hostsFile, jsonLines, usePlace } from "./waymark.ts";

/*
 * Hosts that print more than anybody can take. What is shown, kept and judged is right, or it is said that it is not;
 * memory stays within bounds whatever they print.
 */

const MIB = 2 ** 20;
/** Of Node.js itself and Waymark's code: a hundred. */
const MEMORY = 500 * MIB;

describe("a host that floods", () => {
  const lab = useLoopbackLab({ names: ["alpha"] });
  const place = usePlace();

  test("a reader that does not keep up has it printed as fast as it reads, all of it, in bounded memory", async () => {
    const bytes = 24 * MIB;
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    const flood = block("bash {#flood on=all}", `head -c ${bytes} /dev/zero | tr '\\0' x`);
    await place().write("guide.md", ["# Flood", flood].join("\n"));

    // Nobody reads for now: what is printed fills the pipe, and then has to stay on its host.
    const running = place().start(["run", "guide.md", "--json"], { unread: true });
    const log = (): Promise<number> => logSize(place(), "flood", "alpha");
    const behind = await settled(log);
    expect(behind).toBeGreaterThan(0);
    expect(behind).toBeLessThan(bytes / 2);
    expect(await peakMemory(running.pid)).toBeLessThan(MEMORY);

    running.read();
    const { stdout } = expectCode(0, await running.ended);
    const printed = jsonLines(stdout).map((line) => (line.type === "task-output" ? line.text.length : 0));
    expect(printed.reduce((sum, length) => sum + length)).toBe(bytes);
    expect(await log()).toBe(bytes);
  });
});

/** Bytes in the log of a task; none, if there is no log. */
async function logSize(place: Place, step: string, host: string): Promise<number> {
  const run = await place.lastRun().catch(() => undefined);
  if (run === undefined) return 0;
  const path = join(place.state, "runs", run, "output", step, `${host}.log`);
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** A number that grows, once it has not done so for a second. */
async function settled(grows: () => Promise<number>): Promise<number> {
  let last = 0;
  let same = 0;
  for (let tries = 0; tries < 200 && !(last > 0 && same >= 10); tries++) {
    await sleep(100);
    const now = await grows();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return last;
}

/** The most memory a process had so far, in bytes: `VmHWM` of proc(5). */
async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
