import { createHash } from "node:crypto";
import { access, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConnectionLost } from "../../src/engine/ports.ts";
import type { JobEnd } from "../../src/engine/ports.ts";
import { PATIENCE_MS, eventually } from "./session-processes.ts";
import { START, SessionWorld, follow, within } from "./session-world.ts";
import type { HostUnderTest } from "./session-world.ts";

/*
 * What every Session promises, whatever connection it is on. The host must be this machine: what is left on it is
 * looked at from outside.
 */

/** A timeout that is to come, but not before the job has begun and done what it does at first. */
const SOON_MS = 3000;

export function sessionContract(name: string, host: HostUnderTest): void {
  // In a world of its own each, so that they can be run at the same time: most of them wait for something.
  const it = test.extend<{ w: SessionWorld }>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads the names of the fixtures that this one needs
    w: async ({}, use) => {
      const world = new SessionWorld(host);
      await world.open();
      await use(world);
      await world.end();
    },
  });

  describe.concurrent(`${name} keeps the promises of the Session port`, { timeout: 2 * PATIENCE_MS }, () => {
    describe("a job", () => {
      it.for([0, 1, 3, 124, 126, 255])("that exits with %i ends so", async (exit, { w }) => {
        const { end } = await w.run(`exit ${exit}\n`);
        expect(end).toMatchObject({ type: "ended", end: "exited", exit });
      });

      it("that a signal kills ends with 128 and the signal's number", async ({ w }) => {
        expect((await w.run("kill -s KILL $$\n")).end).toMatchObject({ type: "ended", end: "exited", exit: 137 });
      });

      it("delivers both streams byte for byte", async ({ w }) => {
        const { end, stdout, stderr } = w.running(w.job(`printf 'a\\000\\377\\n\\n b'; printf '\\001no newline' >&2`));
        expect(await end).toMatchObject({ exit: 0 });
        expect(stdout()).toEqual(Buffer.from("a\0\xff\n\n b", "latin1"));
        expect(stderr().toString()).toBe("\u0001no newline");
      });

      it("delivers the two streams apart, each in order", async ({ w }) => {
        const { stdout, stderr } = await w.run(
          "i=0; while [ $i -lt 500 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done",
        );
        const lines = (letter: string): string => Array.from({ length: 500 }, (_, i) => `${letter}${i}\n`).join("");
        expect(stdout).toBe(lines("o"));
        expect(stderr).toBe(lines("e"));
      });

      it("delivers 50 MB unharmed", async ({ w }) => {
        const work = w.job(
          "i=0; while [ $i -lt 50 ]; do head -c 1000000 /dev/urandom | tee -a /dev/stderr; i=$((i+1)); done",
        );
        const { end, stdout, stderr } = w.running(work);
        expect(await end).toMatchObject({ exit: 0 });
        expect(stdout().length).toBe(50_000_000);
        const sha = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
        expect(sha(stdout())).toBe(sha(stderr()));
      });

      it("gets its script byte for byte", async ({ w }) => {
        const codepoints = Array.from({ length: 0x3000 }, (_, i) => String.fromCodePoint(i + 1)).join("");
        const scripts = [
          codepoints,
          "",
          "no newline at the end",
          "\n\n\n",
          "a\r\nb\r\n",
          String.raw`'"'"' \\ \' $x "$(touch /tmp/oops)" \c \0 %s %% ` + "`id`\t  \u{1f600}",
          "x".repeat(1_000_000),
          `${"Größe — ‘quoted’\n".repeat(60_000)}'`,
        ];
        for (const code of scripts) {
          const { end, stdout } = await w.run(code, { interpreter: ["cat"] });
          expect(end).toMatchObject({ type: "ended", exit: 0 });
          expect(stdout === code, `a script of ${code.length} characters`).toBe(true);
        }
      });

      it("gets its variables, whatever they hold, and none of them on a command line", async ({ w }) => {
        const value = ` it's "quoted"\n\\back\\slash\n\n$HOME \`id\` Zürich \t\r`;
        const { stdout } = await w.run(`printf %s "$VALUE"; tr '\\0' ' ' </proc/$$/cmdline >&2`, {
          env: { VALUE: value, EMPTY: "" },
        });
        expect(stdout).toBe(value);
        expect(
          (await w.run('printf %s "${EMPTY-unset}${#BIG}"', { env: { EMPTY: "", BIG: "y".repeat(100_000) } })).stdout,
        ).toBe("100000");
      });

      it("runs in a UTF-8 locale, 200 columns wide, with nothing on its stdin", async ({ w }) => {
        const { stdout } = await w.run('echo "$LC_ALL $LANG $COLUMNS"; cat; readlink /proc/$$/fd/0');
        expect(stdout).toMatch(/^(\S+UTF-8) \1 200\n\/dev\/null\n$/);
      });

      it("can be interrupted: no signal is ignored from the start", async ({ w }) => {
        const { stdout } = await w.run("grep -E '^Sig(Ign|Blk)' /proc/self/status");
        const ignored = BigInt(`0x${/SigIgn:\s*([0-9a-f]+)/.exec(stdout)?.[1] ?? "f"}`);
        // HUP, INT, QUIT, PIPE, TERM, USR1
        for (const signal of [1n, 2n, 3n, 13n, 15n, 10n]) expect(ignored & (1n << (signal - 1n))).toBe(0n);
      });

      it("is run by the interpreter it names", async ({ w }) => {
        const bash = await w.run('a=(1 2 3); echo ${#a[@]}; false | true; echo "never"', {
          interpreter: ["bash", "-e", "-o", "pipefail"],
        });
        expect(bash).toMatchObject({ stdout: "3\n", end: { exit: 1 } });
        const python = await w.run("import sys\nprint(len(sys.argv))\nsys.exit(7)\n", { interpreter: ["python3"] });
        expect(python).toMatchObject({ stdout: "1\n", end: { exit: 7 } });
      });

      it("is refused where there is no such interpreter, and stays so", async ({ w }) => {
        const work = w.job("true", { interpreter: ["waymark-nonsense"] });
        const end = { type: "refused", reason: "there is no waymark-nonsense" };
        expect(await w.running(work).end).toEqual(end);
        expect(await w.running(work).end).toEqual(end);
        expect(await w.attached(work.key).end).toEqual(end);
      });

      it("starts in the directory it names, or at home", async ({ w }) => {
        const home = (await w.run("echo ~; pwd")).stdout.split("\n");
        expect(home[1]).toBe(home[0]);
        const inside = join(tmpdir(), `waymark it's ${w.token}`);
        expect((await w.run(`mkdir "$D"; cd "$D"; mkdir x`, { env: { D: inside } })).end).toMatchObject({ exit: 0 });
        expect((await w.run("pwd", { dir: `${inside}/x` })).stdout).toBe(`${inside}/x\n`);
        await rm(inside, { recursive: true, maxRetries: 5 });
        expect((await w.run("pwd", { dir: "/" })).stdout).toBe("/\n");
        expect((await w.run("pwd", { dir: "~" })).stdout).toBe(`${home[0]}\n`);
        expect((await w.run("pwd", { dir: "~/waymark nonsense" })).end).toEqual({
          type: "refused",
          reason: `no such directory: ${home[0]}/waymark nonsense`,
        });
      });

      it("is refused when something cannot be told to a shell", async ({ w }) => {
        expect((await w.run("true", { env: { A: "x\0" } })).end).toMatchObject({
          type: "refused",
          reason: expect.stringContaining("A"),
        });
        expect((await w.run("true", { env: { "A-B": "x" } })).end).toMatchObject({ type: "refused" });
      });

      it("leaves variables alone that its shell does not let anybody set", async ({ w }) => {
        expect((await w.run("exit 0", { env: { UID: "7", PPID: "7" }, interpreter: ["bash"] })).end).toMatchObject({
          exit: 0,
        });
      });

      it("is timed by the host", async ({ w }) => {
        const begun = performance.now();
        const { end } = await w.run("sleep 0.5");
        const elapsedMs = performance.now() - begun;
        expect(end).toMatchObject({ type: "ended" });
        const { durationMs } = end as Extract<JobEnd, { type: "ended" }>;
        expect(durationMs).toBeGreaterThanOrEqual(480);
        expect(durationMs).toBeLessThan(elapsedMs + 20);
      });

      it("leaves its group of processes alone when it ends by itself", async ({ w }) => {
        const { end, stdout } = await w.run("sleep 1000 >/dev/null 2>&1 & echo $!");
        expect(end).toMatchObject({ end: "exited", exit: 0 });
        expect(w.jobProcesses()).toEqual([Number(stdout)]);
        process.kill(Number(stdout), "SIGKILL");
      });
    });

    describe("a timeout", () => {
      it("ends everything that belongs to the job, and is what is told", async ({ w }) => {
        const { end, stdout } = await w.run(
          "trap 'echo term; exit 3' TERM; (sleep 1000; true) & setsid sleep 0.1; sleep 1000 & wait",
          {
            timeoutMs: SOON_MS,
          },
        );
        expect(end).toMatchObject({ type: "ended", end: "timeout" });
        expect(stdout).toBe("term\n");
        expect(w.jobProcesses()).toEqual([]);
      });

      it("kills what does not end", async ({ w }) => {
        const { end } = await w.run("trap '' TERM; while :; do sleep 1000 & wait; done", { timeoutMs: SOON_MS });
        expect(end).toMatchObject({ type: "ended", end: "timeout", exit: 137 });
        expect(w.jobProcesses()).toEqual([]);
      });

      it("of one job is not that of the next", async ({ w }) => {
        expect((await w.run("true", { timeoutMs: SOON_MS })).end).toMatchObject({ end: "exited" });
        expect((await w.run("sleep 4", { timeoutMs: PATIENCE_MS })).end).toMatchObject({ end: "exited" });
        expect((await w.run("sleep 1000", { timeoutMs: SOON_MS })).end).toMatchObject({ end: "timeout" });
      });

      it("is kept when nobody is connected", async ({ w }) => {
        const work = w.job("echo started; sleep 1000", { timeoutMs: 2 * SOON_MS });
        const lost = w.running(work, "started");
        await lost.seen;
        await host.cut(w.connection);
        await expect(lost.end).rejects.toThrow(ConnectionLost);
        await eventually("it is gone", () => w.jobProcesses().length === 0);
        await w.open();
        expect(await w.attached(work.key).end).toMatchObject({ end: "timeout" });
      });
    });

    describe("following", () => {
      it("delivers what a long job prints while it runs", async ({ w }) => {
        const gate = join(tmpdir(), `waymark-gate-${w.token}`);
        const slow = w.running(
          w.job(`echo first; while [ ! -e ${gate} ]; do sleep 0.1; done; rm ${gate}; printf last`),
          "first",
        );
        await slow.seen;
        expect(slow.stdout().toString()).toBe("first\n");
        await writeFile(gate, "");
        expect(await slow.end).toMatchObject({ exit: 0 });
        expect(slow.stdout().toString()).toBe("first\nlast");
      });

      it("loses and doubles nothing, however it is split", async ({ w }) => {
        const work = w.job(
          "i=0; while [ $i -lt 40 ]; do echo line $i; echo error $i >&2; sleep 0.03; i=$((i+1)); done",
        );
        const whole = w.running(work);
        expect(await whole.end).toMatchObject({ exit: 0 });
        expect(whole.stdout().toString()).toBe(Array.from({ length: 40 }, (_, i) => `line ${i}\n`).join(""));
        for (const from of [
          { stdout: 100, stderr: 0 },
          { stdout: 0, stderr: 57 },
          { stdout: whole.stdout().length, stderr: 1 },
        ]) {
          const rest = w.attached(work.key, from);
          expect(await rest.end).toEqual(await whole.end);
          expect(rest.stdout()).toEqual(whole.stdout().subarray(from.stdout));
          expect(rest.stderr()).toEqual(whole.stderr().subarray(from.stderr));
          const again = w.running(work, "", within(PATIENCE_MS), from);
          expect(await again.end).toEqual(await whole.end);
          expect(again.stdout()).toEqual(whole.stdout().subarray(from.stdout));
        }
      });

      it("reads no faster than whoever takes it", async ({ w }) => {
        const work = w.job("head -c 30000000 /dev/zero");
        const free = Promise.withResolvers<void>();
        let taken = 0;
        const slow = w.session.run(
          work,
          START,
          (_, chunk) => {
            taken += chunk.byteLength;
            return free.promise;
          },
          within(PATIENCE_MS),
        );
        // All of it has come to somebody else on the same connection meanwhile.
        await eventually("it is claimed", () => w.supervisor(work.key).then(() => true));
        expect(await w.attached(work.key).end).toMatchObject({ exit: 0 });
        expect(taken).toBeLessThan(6_000_000);
        free.resolve();
        expect(await slow).toMatchObject({ end: "exited", exit: 0 });
        expect(taken).toBe(30_000_000);
      });

      it("stops when it is no longer wanted, and the job goes on", async ({ w }) => {
        const work = w.job(`echo started; ${w.hold()}; echo done`);
        const stop = new AbortController();
        const left = w.running(work, "started", stop.signal);
        await left.seen;
        stop.abort(new Error("enough"));
        await expect(left.end).rejects.toThrow("enough");
        expect(w.jobProcesses().length).toBeGreaterThan(0);
        const again = w.attached(work.key);
        w.release();
        expect(await again.end).toMatchObject({ end: "exited", exit: 0 });
        expect(again.stdout().toString()).toBe("started\ndone\n");
      });

      it("works for several at once", async ({ w }) => {
        const work = w.job("sleep 1; echo done");
        const all = [w.running(work), w.running(work), w.attached(work.key)];
        // The last may come first: then nobody runs it.
        const ends = await Promise.all(all.map(({ end }) => end));
        if (ends[2]?.type === "refused") expect(new Set(ends.map((end) => JSON.stringify(end))).size).toBe(1);
        else for (const each of all) expect(each.stdout().toString()).toBe("done\n");
      });

      it("leaves room for other calls meanwhile", async ({ w }) => {
        const work = w.job("echo started; sleep 1000");
        const long = w.running(work, "started");
        await long.seen;
        const looks = Array.from({ length: 20 }, (_, i) => w.session.look(w.looking(`echo ${i}`), within(PATIENCE_MS)));
        expect((await Promise.all(looks)).map(({ stdout }) => stdout)).toEqual(looks.map((_, i) => `${i}\n`));
        expect(await w.session.cancel(work.key, PATIENCE_MS)).toBe("ended");
        expect(await long.end).toMatchObject({ end: "cancelled" });
      });
    });

    describe("at most once", () => {
      const counting = (file: string): string => `echo ran >>${file}; sleep 0.5; echo done`;
      const count = async (file: string): Promise<string> => {
        const text = await readFile(file, "utf8");
        await rm(file);
        return text;
      };

      it("holds for two who start the same job at once", async ({ w }) => {
        const file = join(tmpdir(), `waymark-once-${w.token}`);
        const work = w.job(counting(file));
        const first = w.session;
        const second = await w.open();
        const both = [first, second].map((each) => follow((sink) => each.run(work, START, sink, within(PATIENCE_MS))));
        for (const { end } of both) expect(await end).toMatchObject({ end: "exited", exit: 0 });
        for (const { stdout } of both) expect(stdout().toString()).toBe("done\n");
        expect(await count(file)).toBe("ran\n");
      });

      it("holds at every race of two starters", async ({ w }) => {
        const file = join(tmpdir(), `waymark-once-${w.token}`);
        const sessions = [w.session, await w.open()];
        // Scripts that take some time to be written, so that both are about to claim at the same moment.
        const padding = `# ${"x".repeat(2_000_000)}\n`;
        for (let race = 0; race < 6; race++) {
          const work = w.job(`echo ${race} >>${file}; echo ${race}\n${padding}`);
          const both = sessions.map((each) => follow((sink) => each.run(work, START, sink, within(PATIENCE_MS))));
          for (const { end, stdout } of both) {
            expect(await end).toMatchObject({ end: "exited", exit: 0 });
            expect(stdout().toString()).toBe(`${race}\n`);
          }
        }
        expect(await count(file)).toBe(Array.from({ length: 6 }, (_, race) => `${race}\n`).join(""));
      });

      it("holds when the connection is cut, and the output is complete", async ({ w }) => {
        const file = join(tmpdir(), `waymark-once-${w.token}`);
        const counts = "while [ $i -lt 20 ]; do echo line $i; sleep 0.1; i=$((i+1)); [ $i -ne 10 ] || break; done";
        const work = w.job(`echo ran >>${file}; i=0; ${counts}; ${w.hold()}; ${counts}`);
        const lost = w.running(work, "line 3");
        await lost.seen;
        await host.cut(w.connection);
        await expect(lost.end).rejects.toThrow(ConnectionLost);
        const before = lost.stdout();
        await w.open();
        const rest = w.running(work, "", within(PATIENCE_MS), { stdout: before.length, stderr: 0 });
        w.release();
        expect(await rest.end).toMatchObject({ end: "exited", exit: 0 });
        const lines = Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join("");
        expect(Buffer.concat([before, rest.stdout()]).toString()).toBe(lines);
        expect(await count(file)).toBe("ran\n");
      });

      it("rejects everything pending when the connection is cut", async ({ w }) => {
        const pending = [
          w.running(w.job(w.hold())).end,
          w.session.look(w.looking(w.hold()), within(PATIENCE_MS)),
          w.session.facts(),
        ];
        const results = Promise.allSettled(pending);
        await host.cut(w.connection);
        w.release();
        for (const result of await results) {
          expect(result).toMatchObject({ status: "rejected", reason: expect.any(ConnectionLost) });
        }
        await expect(w.session.facts()).rejects.toThrow(ConnectionLost);
        await eventually("the job is over", () => w.jobProcesses().length === 0);
      });

      it("does not take another script for this one", async ({ w }) => {
        const work = w.job("echo one");
        expect(await w.running(work).end).toMatchObject({ exit: 0 });
        await expect(w.running({ ...work, code: "echo two" }).end).rejects.toMatchObject({ code: "WM6001" });
      });

      it("lets nobody start what was set aside", async ({ w }) => {
        const work = w.job("true");
        const end = await w.attached(work.key).end;
        expect(end).toMatchObject({ type: "refused" });
        expect(await w.running(work).end).toEqual(end);
        const cancelled = w.job("true");
        expect(await w.session.cancel(cancelled.key, 100)).toBe("never-ran");
        expect(await w.running(cancelled).end).toMatchObject({ type: "refused" });
        expect(await w.session.cancel(cancelled.key, 100)).toBe("never-ran");
      });

      it("tells attempts apart", async ({ w }) => {
        const work = w.job("true");
        expect(await w.running(work).end).toMatchObject({ exit: 0 });
        const second = { ...work, key: { ...work.key, attempt: 2 }, code: "exit 4" };
        expect(await w.running(second).end).toMatchObject({ exit: 4 });
      });

      it("is unknown once its supervisor was killed and nothing of it is left", async ({ w }) => {
        const work = w.job("echo started; sleep 1000");
        const lost = w.running(work, "started");
        await lost.seen;
        const supervisor = await w.supervisor(work.key);
        process.kill(supervisor, "SIGKILL");
        await expect(lost.end).rejects.toThrow(ConnectionLost);
        await w.open();
        const still = follow((sink) => w.session.attach(work.key, START, sink, within(PATIENCE_MS)), "started");
        await still.seen;
        expect(w.jobProcesses().length).toBeGreaterThan(0);
        for (const pid of w.jobProcesses()) process.kill(pid, "SIGKILL");
        expect(await still.end).toEqual({ type: "unknown", reason: "its supervisor was killed" });
        expect(await w.running(work).end).toMatchObject({ type: "unknown" });
        expect(await w.session.cancel(work.key, 100)).toBe("unknown");
      });
    });

    describe("cancelling", () => {
      it("ends a job and everything it started, and proves it", async ({ w }) => {
        const work = w.job("sleep 1000 & (sleep 1000 & sleep 1000) & echo started; wait");
        const long = w.running(work, "started");
        await long.seen;
        expect(await w.session.cancel(work.key, PATIENCE_MS)).toBe("ended");
        expect(w.jobProcesses()).toEqual([]);
        expect(await long.end).toMatchObject({ type: "ended", end: "cancelled", exit: 143 });
        expect(await w.session.cancel(work.key, PATIENCE_MS)).toBe("ended");
      });

      it("gives a job its grace, then kills it", async ({ w }) => {
        const work = w.job("trap 'echo bye; exit 5' TERM; echo started; while :; do sleep 0.1; done");
        const polite = w.running(work, "started");
        await polite.seen;
        expect(await w.session.cancel(work.key, PATIENCE_MS)).toBe("ended");
        expect(await polite.end).toMatchObject({ end: "cancelled", exit: 5 });
        expect(polite.stdout().toString()).toBe("started\nbye\n");
        const deaf = w.job("trap '' TERM; echo started; while :; do sleep 1000; done");
        const killed = w.running(deaf, "started");
        await killed.seen;
        expect(await w.session.cancel(deaf.key, 300)).toBe("ended");
        expect(w.jobProcesses()).toEqual([]);
        expect(await killed.end).toMatchObject({ end: "cancelled", exit: 137 });
      });

      it("ends what its supervisor left behind", async ({ w }) => {
        const work = w.job("echo started; sleep 1000");
        const lost = w.running(work, "started");
        await lost.seen;
        process.kill(await w.supervisor(work.key), "SIGKILL");
        await lost.end.catch(() => undefined);
        await w.open();
        expect(await w.session.cancel(work.key, PATIENCE_MS)).toBe("ended");
        expect(w.jobProcesses()).toEqual([]);
        expect(await w.attached(work.key).end).toMatchObject({ type: "ended", end: "cancelled" });
      });

      it("wakes a stopped job to end it", async ({ w }) => {
        const work = w.job("echo started; kill -s STOP $$");
        const stopped = w.running(work, "started");
        await stopped.seen;
        expect(await w.session.cancel(work.key, PATIENCE_MS)).toBe("ended");
        expect(await stopped.end).toMatchObject({ end: "cancelled" });
      });

      it("comes too late for a job that is over", async ({ w }) => {
        const work = w.job("exit 3");
        expect(await w.running(work).end).toMatchObject({ exit: 3 });
        expect(await w.session.cancel(work.key, 100)).toBe("ended");
        expect(await w.attached(work.key).end).toMatchObject({ end: "exited", exit: 3 });
      });
    });

    describe("a look", () => {
      it("answers with exit status and both streams, and leaves nothing", async ({ w }) => {
        const look = w.looking('echo "$A"; pwd; echo e >&2; exit 7', { env: { A: "it's\nme" }, dir: "/usr" });
        const files = async (): Promise<number> => (await readdir(await w.ownFiles())).length;
        expect(await w.session.look(look, within(PATIENCE_MS))).toEqual({
          exit: 7,
          stdout: "it's\nme\n/usr\n",
          stderr: "e\n",
        });
        const before = await files();
        await w.session.look(look, within(PATIENCE_MS));
        expect(await files()).toBe(before);
      });

      it("is cut at 1 MiB a stream, and says so", async ({ w }) => {
        const printing = (bytes: number) =>
          w.session.look(w.looking(`head -c ${bytes} /dev/zero | tee /dev/stderr`), within(PATIENCE_MS));
        const { stdout, stderr, truncated } = await printing(3_000_000);
        expect([stdout.length, stderr.length, truncated]).toEqual([1_048_576, 1_048_576, true]);
        expect(await printing(1_048_576)).not.toHaveProperty("truncated");
      });

      it("is killed by the host when it takes too long", async ({ w }) => {
        expect(
          await w.session.look(w.looking("sleep 1000 & sleep 1000", { timeoutMs: SOON_MS }), within(PATIENCE_MS)),
        ).toMatchObject({ exit: 124, timedOut: true });
        expect(w.jobProcesses()).toEqual([]);
        expect(await w.session.look(w.looking("echo fine"), within(PATIENCE_MS))).toMatchObject({
          exit: 0,
          stdout: "fine\n",
        });
      });

      it("that cannot be started says why", async ({ w }) => {
        const { exit, stderr } = await w.session.look(w.looking("true", { dir: "/nonexistent" }), within(PATIENCE_MS));
        expect({ exit, stderr }).toEqual({ exit: 126, stderr: "no such directory: /nonexistent\n" });
      });

      it("ends when it is no longer wanted, and the session goes on", async ({ w }) => {
        const stop = new AbortController();
        const look = w.session.look(w.looking("echo x; sleep 6"), stop.signal);
        await eventually("it has begun", () => w.jobProcesses().length > 0);
        stop.abort(new Error("enough"));
        await expect(look).rejects.toThrow("enough");
        expect(await w.session.look(w.looking("echo on"), within(PATIENCE_MS))).toMatchObject({ stdout: "on\n" });
      });
    });

    it("knows its host", async ({ w }) => {
      const facts = await w.session.facts();
      const release = await readFile("/etc/os-release", "utf8");
      expect(release).toContain(facts.os.id);
      const [hostname, kernel, arch] = (await w.run("uname -nrm")).stdout.trim().split(" ");
      expect(facts).toMatchObject({ user: w.session.user, hostname, kernel, arch });
      expect(facts.os.name).not.toContain('"');
      expect(w.session.user).toBe((await w.run("id -un")).stdout.trim());
    });

    it("keeps what it has of a run from everybody else, and removes it", async ({ w }) => {
      await w.run("echo secret");
      const own = (await w.directory()) ?? "";
      expect((await stat(own)).mode & 0o7777).toBe(0o1733);
      for (const entry of await readdir(own)) {
        expect((await stat(join(own, entry))).mode & 0o077, entry).toBe(0);
      }
      await w.session.clean(w.token);
      await expect(access(own)).rejects.toThrow();
      await w.session.clean(w.token);
      expect((await w.run("true")).end).toMatchObject({ type: "refused", reason: expect.stringContaining(own) });
    });

    describe.skipIf(host.other === undefined)("as another user", () => {
      const user = host.other ?? "";

      it("runs, follows, attaches, looks and cleans", async ({ w }) => {
        const work = w.job('id -un; echo "$A"; sleep 1; echo "$0" >&2', { key: w.key({ user }), env: { A: "it's" } });
        const long = w.running(work);
        expect(await long.end).toMatchObject({ end: "exited", exit: 0 });
        expect(long.stdout().toString()).toBe(`${user}\nit's\n`);
        expect((await stat(long.stderr().toString().trim())).mode & 0o777).toBe(0o600);
        const again = w.attached(work.key);
        expect(await again.end).toEqual(await long.end);
        expect(again.stdout()).toEqual(long.stdout());
        expect(await w.session.look(w.looking("id -un", { user }), within(PATIENCE_MS))).toMatchObject({
          stdout: `${user}\n`,
        });
        await w.session.clean(w.token);
        expect(await w.directory()).toBeUndefined();
      });

      it("cancels and times out", async ({ w }) => {
        const work = w.job("echo started; sleep 1000", { key: w.key({ user }) });
        const long = w.running(work, "started");
        await long.seen;
        expect(await w.session.cancel(work.key, PATIENCE_MS)).toBe("ended");
        expect(await long.end).toMatchObject({ end: "cancelled" });
        const slow = w.running(w.job("sleep 1000", { key: w.key({ user }), timeoutMs: SOON_MS }));
        expect(await slow.end).toMatchObject({ end: "timeout" });
      });

      it("survives its connection", async ({ w }) => {
        const work = w.job(`echo started; ${w.hold()}; echo done`, { key: w.key({ user }) });
        const lost = w.running(work, "started");
        await lost.seen;
        await host.cut(w.connection);
        await expect(lost.end).rejects.toThrow(ConnectionLost);
        await w.open();
        const again = w.running(work);
        w.release();
        expect(await again.end).toMatchObject({ exit: 0 });
        expect(again.stdout().toString()).toBe("started\ndone\n");
      });

      it("respects what the login user has set aside", async ({ w }) => {
        const mine = w.key();
        await w.attached(mine).end;
        expect(await w.running(w.job("true", { key: { ...mine, user } })).end).toMatchObject({ type: "refused" });
      });

      it("is refused with sudo's own words where sudo does not allow it, and set aside", async ({ w }) => {
        const nobody = w.key({ user: "waymark-no-such-user" });
        const end = await w.running(w.job("true", { key: nobody })).end;
        expect(end).toMatchObject({ type: "refused", reason: expect.stringContaining("waymark-no-such-user") });
        expect(await w.attached(nobody).end).toEqual(end);
        expect(await w.session.cancel(nobody, 100)).toBe("never-ran");
        const look = await w.session.look(w.looking("true", { user: "waymark-no-such-user" }), within(PATIENCE_MS));
        expect(look).toMatchObject({ exit: 126, stderr: expect.stringContaining("waymark-no-such-user") });
      });
    });
  });
}
