import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, open as openFile, readFile, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../contract/session-processes.ts";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, eventsOf, expectCode, hostsFile, type Running, usePlace } from "./waymark.ts";

/*
 * Copies that are cut off, killed, stopped and timed out on their way: the old file stays until the new one is whole.
 */

const MEGABYTE = 1024 * 1024;
const SIZE = 64 * MEGABYTE;
/** After so much of it the host stops reading, until the gate is open: as long as a test needs to catch it on its way. */
const HALF = SIZE / 2;
const BIG = 192 * MEGABYTE;

describe("a big file that is copied from host to host", () => {
  const lab = useLoopbackLab({ names: ["from", "to"] });
  const place = usePlace();
  const source = (): string => join(lab().home("from"), "big");
  const target = (): string => join(lab().home("to"), "big");

  const guide = (info: string): string => block(`sh {#copy on=to copy ${info}}`, "scp from:big to:");
  const start = (...args: readonly string[]): Running => place().start([...args, "guide.md", "--json"]);

  /** Some of it is there, and not all. */
  const underWay = (): Promise<unknown> =>
    eventually(
      "some of it has come",
      async () => {
        const folder = (await readdir(lab().home("to"))).find((name) => name.startsWith(".waymark-"));
        if (folder === undefined) return false;
        const { size } = await stat(join(lab().home("to"), folder, "f")).catch(() => ({ size: 0 }));
        return size > MEGABYTE;
      },
      60_000,
    );
  const open = (): Promise<void> => writeFile(join(lab().home("from"), "gate"), "");
  const untouched = async (): Promise<void> => expect(await readFile(target(), "utf8")).toBe("old");
  const nothingLeft = (): Promise<unknown> =>
    eventually(
      "no half file is left",
      async () => (await readdir(lab().home("to"))).every((name) => !name.startsWith(".waymark-")),
      60_000,
    );
  const whole = async (): Promise<void> => expect(await digestOf(target())).toBe(await digestOf(source()));

  beforeEach(async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", guide(""));
    // Mostly holes, which nobody skips on the way.
    const file = await openFile(source(), "w");
    await file.write("the beginning");
    await file.write("the end", SIZE - 7);
    await file.close();
    await writeFile(target(), "old");
    await rm(join(lab().home("from"), "gate"), { force: true });
    await mkdir(join(lab().home("from"), "bin"), { recursive: true });
    await writeFile(join(lab().home("from"), "bin/cat"), CAT, { mode: 0o755 });
    await writeFile(join(lab().home("from"), ".profile"), 'PATH="$HOME/bin:$PATH"\n');
  });

  test("is never in memory as a whole", async () => {
    await truncate(source(), BIG);
    await open();
    const running = start("run");
    let peak = 0;
    const watch = eventually(
      "it is over",
      async () => {
        const status = await readFile(`/proc/${running.pid}/status`, "utf8").catch(() => "");
        const kilobytes = /^VmHWM:\s*(\d+)/m.exec(status)?.[1];
        peak = Math.max(peak, Number(kilobytes ?? 0) / 1024);
        return kilobytes === undefined;
      },
      150_000,
    );
    expectCode(0, await running.ended);
    await watch;
    await whole();
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(256);
    process.stdout.write(`copy.test.ts: ${BIG / MEGABYTE} MiB through at most ${Math.round(peak)} MiB\n`);
  });

  test.each(["from", "to"])("comes whole when the connection to `%s` is cut", async (name) => {
    const running = start("run");
    await underWay();
    await lab().cutConnections(name);
    await untouched();
    await open();
    const { stdout } = expectCode(0, await running.ended);
    await whole();
    await nothingLeft();
    expect(eventsOf(stdout, "host-lost").map(({ host }) => host)).toEqual([name]);
    expect(eventsOf(stdout, "task-finished")).toMatchObject([{ status: "ok", attempts: 1 }]);
  });

  test("comes whole after Waymark was killed", async () => {
    const running = start("run");
    await underWay();
    running.kill("SIGKILL");
    await running.ended;
    await nothingLeft();
    await untouched();
    await open();
    const { stdout } = expectCode(0, await start("resume").ended);
    await whole();
    expect(eventsOf(stdout, "task-unknown")).toEqual([]);
    expect(eventsOf(stdout, "task-finished")).toMatchObject([{ status: "ok", attempts: 1 }]);
  });

  test("leaves nothing behind when it is stopped, and comes whole afterwards", async () => {
    const running = start("run");
    await underWay();
    running.kill("SIGINT");
    await running.untilEvent("operator-decided", { decision: "interrupt" });
    running.kill("SIGINT");
    await running.untilEvent("attempt-finished", { end: "cancelled" });
    expect((await readdir(lab().home("to"))).filter((name) => name.startsWith(".waymark-"))).toEqual([]);
    await untouched();
    await running.ended;
    await open();
    expectCode(0, await start("resume").ended);
    await whole();
  });

  test("is stopped when it takes too long", async () => {
    await place().write("guide.md", guide("timeout=300ms"));
    const { stdout } = expectCode(1, await start("run").ended);
    expect(eventsOf(stdout, "task-finished")).toMatchObject([{ status: "failed", reason: "timed out after 0.3 s" }]);
    await nothingLeft();
    await untouched();
  });

  test("is not copied when there is no such file, and tried again where that is asked for", async () => {
    await truncate(source(), 3);
    await open();
    await place().write("guide.md", block("sh {#copy on=to copy retry=1 every=10ms}", "scp from:none to:big"));
    const { stdout } = expectCode(1, await start("run").ended);
    const reason = `from:${lab().home("from")}/none: No such file or directory`;
    expect(eventsOf(stdout, "task-finished")).toMatchObject([{ status: "failed", exit: 1, attempts: 2, reason }]);
    await untouched();
  });
});

describe("what is copied", () => {
  const lab = useLoopbackLab({ names: ["from", "to"] });
  const place = usePlace();
  const sudo = spawnSync("sudo", ["-n", "-u", "nobody", "true"]).status === 0;

  beforeEach(() => place().write("hosts.yaml", hostsFile(lab().hosts)));

  test("is in no log, and no secret of its path is either", async () => {
    const content = "the-content-of-the-file";
    const secret = "the-secret-in-the-path";
    await writeFile(join(lab().home("from"), secret), content);
    const inputs = "---\nrunbook:\n  inputs:\n    NAME: { secret: true }\n---\n";
    await place().write(
      "guide.md",
      `${inputs}${block("sh {on=to copy}", "scp from:$NAME to:a", "scp from:$NAME/x to:b")}`,
    );
    expectCode(1, await place().waymark("run", "guide.md", "--json", "--input", `NAME=${secret}`));
    expect(await readFile(join(lab().home("to"), "a"), "utf8")).toBe(content);
    for (const text of [...place().printed, ...(await place().stateFiles()).values()]) {
      expect(text.includes(content) || text.includes(secret)).toBe(false);
    }
  });

  test.skipIf(!sudo)("is read and written as the user of sudo", async () => {
    await chmod(lab().home("to"), 0o777);
    await writeFile(join(lab().home("from"), "mine"), "mine", { mode: 0o600 });
    await place().write("guide.md", block("sh {on=to copy sudo=nobody}", `scp ./here to:${lab().home("to")}/theirs`));
    await place().write("here", "here");
    await chmod(join(place().dir, "here"), 0o600);
    expectCode(0, await place().waymark("run", "guide.md"));
    expect((await stat(join(lab().home("to"), "theirs"))).uid).not.toBe(process.getuid?.());
    await place().write(
      "guide.md",
      block("sh {on=to copy sudo=nobody}", `scp from:${lab().home("from")}/mine to:/tmp/x`),
    );
    const { stdout } = expectCode(1, await place().waymark("run", "guide.md", "--new"));
    expect(stdout).toContain("Permission denied");
  });
});

/** What reads files on a host, in the place of cat(1). */
const CAT = `#!/bin/sh
for file; do :; done
case $file in
*/big) ;;
*) exec /bin/cat "$@" ;;
esac
head -c ${HALF} "$file" || exit
until [ -e "$HOME/gate" ]; do [ -d "$HOME" ] || exit; sleep 0.05; done
exec tail -c +${HALF + 1} "$file"
`;

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
