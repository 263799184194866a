import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { type Place, block, eventsOf, expectCode, hostsFile, jsonLines, usePlace } from "./waymark.ts";

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
  for (let tries = 0; tries < 1000 && !(last > 0 && same >= 10); tries++) {
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

describe("what is judged, captured or secret", () => {
  const names = ["big", "long", "whole", "used", "mute", "binary"];
  const lab = useLoopbackLab({ names });
  const place = usePlace();
  const zeros = (bytes: number): string => `head -c ${bytes} /dev/zero | tr '\\0' x`;

  test("is so up to a size, and what is bigger is refused in so many words", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    const alone = (host: string, keys = ""): string => `bash {#${host} on=${host} max-failures=all ${keys}}`;
    const expected = (expression: string): string => `<!-- expect: ${expression} -->\n`;
    const guide = [
      "# Sizes",
      // One byte more than is kept of it, and all that is kept.
      block(alone("big"), zeros(8 * MIB + 1)),
      expected("stdout.endsWith('x')"),
      block(alone("whole"), zeros(8 * MIB), "echo the end >&2"),
      expected("size(stdout) == 8388608"),
      block(alone("long", "capture=LONG"), zeros(MIB + 1)),
      block(alone("used", "capture=USED"), zeros(MIB)),
      block("bash {#use on=used max-failures=all}", 'echo "$USED" | wc -c'),
      block(alone("mute", "secret"), zeros(64 * 1024 + 1)),
      block(alone("binary"), String.raw`printf 'caf\303\251 \377\376\n\0b'`),
      expected("lines[0] == 'café \uFFFD\uFFFD'"),
    ];
    await place().write("guide.md", guide.join("\n"));
    const { stdout } = expectCode(1, await place().waymark("run", "guide.md", "--json"));
    const ends = new Map(eventsOf(stdout, "task-finished").map((end) => [end.step, end]));
    const story = [...ends.values()].map(({ step, status, reason = "" }) => `${step} ${status} ${reason}`.trim());
    expect(story.slice(1)).toEqual([
      "whole ok",
      "long failed stdout has 1025 KiB; a variable may have 1024 KiB",
      "used ok",
      "use failed the value of USED has 1048582 bytes: no program can be given so much",
      "mute failed stdout has 65 KiB; a secret may have 64 KiB",
      "binary ok",
    ]);
    expect(story[0]).toMatch(/^big failed not true/);
    const [big] = ends.get("big")?.expectations.filter(({ passed }) => !passed) ?? [];
    expect(big?.explanation).toMatch(/more was printed than is kept/);
  });
});
