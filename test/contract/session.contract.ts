import { createHash, randomBytes } from "node:crypto";
import { access, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConnectionLost } from "../../src/engine/ports.ts";
import type { Job, JobEnd, JobKey, Look, Offsets, Session } from "../../src/engine/ports.ts";
import { openSession } from "../../src/transport/agent-session.ts";
import type { Connection } from "../../src/transport/connection.ts";
import { eventually, processesWith } from "./session-processes.ts";

/*
 * What every Session promises, whatever connection it is on. The host must be this machine: what is left on it is
 * looked at from outside.
 */

export interface HostUnderTest {
  readonly connect: () => Promise<Connection>;
  /** Cuts a connection as a broken link does: nobody says goodbye. */
  readonly cut: (connection: Connection) => Promise<void>;
  /** Whether jobs get the environment of a login shell. */
  readonly login: boolean;
  /** A user that sudo lets the login user be; none where there is no sudo. */
  readonly other?: string;
}

const START: Offsets = { stdout: 0, stderr: 0 };
const within = (ms: number): AbortSignal => AbortSignal.timeout(ms);

export function sessionContract(name: string, host: HostUnderTest): void {
  describe(`${name} keeps the promises of the Session port`, { timeout: 60_000 }, () => {
    let token: string;
    let session: Session;
    let connection: Connection;
    /** Where the host keeps the directories of runs. */
    let place = "";
    const opened: Session[] = [];

    const open = async (): Promise<Session> => {
      connection = await host.connect();
      session = await openSession(connection, { token, signal: within(20_000), login: host.login });
      opened.push(session);
      return session;
    };

    const key = (more: Partial<JobKey> = {}): JobKey => ({
      token,
      host: connection.host.name,
      task: randomBytes(16).toString("hex"),
      attempt: 1,
      ...more,
    });

    const job = (code: string, more: Partial<Job> = {}): Job => {
      const { env, ...rest } = more;
      return {
        key: key(),
        interpreter: ["sh", "-e"],
        code,
        timeoutMs: 30_000,
        ...rest,
        env: { WAYMARK_TEST_RUN: token, ...env },
      };
    };

    /** Runs or attaches, keeping what is delivered. `seen` resolves once `text` has come on stdout. */
    const follow = (
      start: (sink: (stream: "stdout" | "stderr", chunk: Uint8Array) => void) => Promise<JobEnd>,
      text = "",
    ) => {
      const chunks: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
      const bytes = (stream: "stdout" | "stderr"): Buffer => Buffer.concat(chunks[stream]);
      const seen = Promise.withResolvers<void>();
      const end = start((stream, chunk) => {
        chunks[stream].push(Buffer.from(chunk));
        if (text !== "" && bytes("stdout").includes(text)) seen.resolve();
      });
      end.then(
        () => seen.reject(new Error(`it ended without printing ${text}`)),
        () => seen.reject(new Error(`it failed without printing ${text}`)),
      );
      seen.promise.catch(() => undefined);
      return { end, seen: seen.promise, stdout: () => bytes("stdout"), stderr: () => bytes("stderr") };
    };

    const running = (work: Job, text = "", signal = within(40_000), from = START) =>
      follow((sink) => session.run(work, from, sink, signal), text);
    const attached = (of: JobKey, from = START) => follow((sink) => session.attach(of, from, sink, within(40_000)));

    const run = async (code: string, more: Partial<Job> = {}) => {
      const { end, stdout, stderr } = running(job(code, more));
      return { end: await end, stdout: stdout().toString(), stderr: stderr().toString() };
    };

    /** The run's directory on the host, while there is one. */
    const directory = async (): Promise<string | undefined> => {
      const found = (await readdir(place)).find((entry) => entry.startsWith(`waymark-${token}-`));
      return found === undefined ? undefined : join(place, found);
    };

    const claimOf = async ({ task, attempt }: JobKey): Promise<{ readonly supervisor: number }> => {
      const text = await eventually("a claim", async () => {
        const read = await readFile(join((await directory()) ?? "", `${task}.${attempt}`), "utf8").catch(() => "");
        return read.endsWith(" .\n") && read;
      });
      return { supervisor: Number(text.split(" ")[1]) };
    };

    /** Where the login user's own files are. */
    const ownFiles = async (): Promise<string> => join((await directory()) ?? "", `u${process.getuid?.()}`);

    const jobProcesses = (): Promise<readonly number[]> => processesWith("WAYMARK_TEST_RUN", token);

    beforeEach(async () => {
      token = randomBytes(8).toString("hex");
      await open();
      if (place !== "") return;
      const { stdout } = await session.look(looking('echo "$0"'), within(10_000));
      place = dirname(dirname(dirname(stdout)));
    });

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((each) => each.close()));
      await eventually("no process of a job is left", async () => (await jobProcesses()).length === 0);
      const left = await directory();
      if (left !== undefined) await rm(left, { recursive: true, force: true });
    });

    describe("a job", () => {
      it.each([0, 1, 3, 124, 126, 255])("that exits with %i ends so", async (exit) => {
        const { end } = await run(`exit ${exit}\n`);
        expect(end).toMatchObject({ type: "ended", end: "exited", exit });
      });

      it("that a signal kills ends with 128 and the signal's number", async () => {
        expect((await run("kill -s KILL $$\n")).end).toMatchObject({ type: "ended", end: "exited", exit: 137 });
      });

      it("delivers both streams byte for byte", async () => {
        const { end, stdout, stderr } = await run(`printf 'a\\000\\377\\n\\n b'; printf '\\001no newline' >&2`);
        expect(end).toMatchObject({ exit: 0 });
        expect(Buffer.from(stdout)).toEqual(Buffer.from(Buffer.from("a\0\xff\n\n b", "latin1").toString()));
        expect(stderr).toBe("\u0001no newline");
      });

      it("delivers the two streams apart, each in order", async () => {
        const { stdout, stderr } = await run("i=0; while [ $i -lt 500 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done");
        const lines = (letter: string): string => Array.from({ length: 500 }, (_, i) => `${letter}${i}\n`).join("");
        expect(stdout).toBe(lines("o"));
        expect(stderr).toBe(lines("e"));
      });

      it("delivers 50 MB unharmed", async () => {
        const work = job(
          "i=0; while [ $i -lt 50 ]; do head -c 1000000 /dev/urandom | tee -a /dev/stderr; i=$((i+1)); done",
        );
        const { end, stdout, stderr } = running(work);
        expect(await end).toMatchObject({ exit: 0 });
        expect(stdout().length).toBe(50_000_000);
        const sha = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
        expect(sha(stdout())).toBe(sha(stderr()));
      });

      it("gets its script byte for byte", async () => {
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
          const { end, stdout } = await run(code, { interpreter: ["cat"] });
          expect(end).toMatchObject({ type: "ended", exit: 0 });
          expect(stdout === code, `a script of ${code.length} characters`).toBe(true);
        }
      });

      it("gets its variables, whatever they hold, and none of them on a command line", async () => {
        const value = ` it's "quoted"\n\\back\\slash\n\n$HOME \`id\` Zürich \t\r`;
        const { stdout } = await run(`printf %s "$VALUE"; tr '\\0' ' ' </proc/$$/cmdline >&2`, {
          env: { VALUE: value, EMPTY: "" },
        });
        expect(stdout).toBe(value);
        expect(
          (await run('printf %s "${EMPTY-unset}${#BIG}"', { env: { EMPTY: "", BIG: "y".repeat(100_000) } })).stdout,
        ).toBe("100000");
      });

      it("runs in a UTF-8 locale, 200 columns wide, with nothing on its stdin", async () => {
        const { stdout } = await run('echo "$LC_ALL $LANG $COLUMNS"; cat; readlink /proc/$$/fd/0');
        expect(stdout).toMatch(/^(\S+UTF-8) \1 200\n\/dev\/null\n$/);
      });

      it("can be interrupted: no signal is ignored from the start", async () => {
        const { stdout } = await run("grep -E '^Sig(Ign|Blk)' /proc/self/status");
        const ignored = BigInt(`0x${/SigIgn:\s*([0-9a-f]+)/.exec(stdout)?.[1] ?? "f"}`);
        // HUP, INT, QUIT, PIPE, TERM, USR1
        for (const signal of [1n, 2n, 3n, 13n, 15n, 10n]) expect(ignored & (1n << (signal - 1n))).toBe(0n);
      });

      it("is run by the interpreter it names", async () => {
        const bash = await run('a=(1 2 3); echo ${#a[@]}; false | true; echo "never"', {
          interpreter: ["bash", "-e", "-o", "pipefail"],
        });
        expect(bash).toMatchObject({ stdout: "3\n", end: { exit: 1 } });
        const python = await run("import sys\nprint(len(sys.argv))\nsys.exit(7)\n", { interpreter: ["python3"] });
        expect(python).toMatchObject({ stdout: "1\n", end: { exit: 7 } });
      });

      it("is refused where there is no such interpreter, and stays so", async () => {
        const work = job("true", { interpreter: ["waymark-nonsense"] });
        const end = { type: "refused", reason: "there is no waymark-nonsense" };
        expect(await running(work).end).toEqual(end);
        expect(await running(work).end).toEqual(end);
        expect(await attached(work.key).end).toEqual(end);
      });

      it("starts in the directory it names, or at home", async () => {
        const home = (await run("echo ~; pwd")).stdout.split("\n");
        expect(home[1]).toBe(home[0]);
        const inside = join(tmpdir(), `waymark it's ${token}`);
        expect((await run(`mkdir "$D"; cd "$D"; mkdir x`, { env: { D: inside } })).end).toMatchObject({ exit: 0 });
        expect((await run("pwd", { dir: `${inside}/x` })).stdout).toBe(`${inside}/x\n`);
        await rm(inside, { recursive: true });
        expect((await run("pwd", { dir: "/" })).stdout).toBe("/\n");
        expect((await run("pwd", { dir: "~" })).stdout).toBe(`${home[0]}\n`);
        expect((await run("pwd", { dir: "~/waymark nonsense" })).end).toEqual({
          type: "refused",
          reason: `no such directory: ${home[0]}/waymark nonsense`,
        });
      });

      it("is refused when something cannot be told to a shell", async () => {
        expect((await run("true", { env: { A: "x\0" } })).end).toMatchObject({
          type: "refused",
          reason: expect.stringContaining("A"),
        });
        expect((await run("true", { env: { "A-B": "x" } })).end).toMatchObject({ type: "refused" });
      });

      it("leaves variables alone that its shell does not let anybody set", async () => {
        expect((await run("exit 0", { env: { UID: "7", PPID: "7" }, interpreter: ["bash"] })).end).toMatchObject({
          exit: 0,
        });
      });

      it("is timed by the host", async () => {
        const { end } = await run("sleep 0.5");
        expect(end).toMatchObject({ type: "ended" });
        const { durationMs } = end as Extract<JobEnd, { type: "ended" }>;
        expect(durationMs).toBeGreaterThanOrEqual(480);
        expect(durationMs).toBeLessThan(5000);
      });

      it("leaves its group of processes alone when it ends by itself", async () => {
        const { end, stdout } = await run("sleep 1000 >/dev/null 2>&1 & echo $!");
        expect(end).toMatchObject({ end: "exited", exit: 0 });
        expect(await jobProcesses()).toEqual([Number(stdout)]);
        process.kill(Number(stdout), "SIGKILL");
      });
    });

    describe("a timeout", () => {
      it("ends everything that belongs to the job, and is what is told", async () => {
        const { end, stdout } = await run(
          "trap 'echo term; exit 3' TERM; (sleep 1000; true) & setsid sleep 0.1; sleep 1000 & wait",
          {
            timeoutMs: 700,
          },
        );
        expect(end).toMatchObject({ type: "ended", end: "timeout" });
        expect(stdout).toBe("term\n");
        expect(await jobProcesses()).toEqual([]);
      });

      it("kills what does not end", async () => {
        const { end } = await run("trap '' TERM; while :; do sleep 1000 & wait; done", { timeoutMs: 300 });
        expect(end).toMatchObject({ type: "ended", end: "timeout", exit: 137 });
        expect(await jobProcesses()).toEqual([]);
      });

      it("of one job is not that of the next", async () => {
        expect((await run("true", { timeoutMs: 500 })).end).toMatchObject({ end: "exited" });
        expect((await run("sleep 1", { timeoutMs: 20_000 })).end).toMatchObject({ end: "exited" });
        expect((await run("sleep 20", { timeoutMs: 600 })).end).toMatchObject({ end: "timeout" });
      });

      it("is kept when nobody is connected", async () => {
        const work = job("echo started; sleep 1000", { timeoutMs: 1000 });
        const lost = running(work, "started");
        await lost.seen;
        await host.cut(connection);
        await expect(lost.end).rejects.toThrow(ConnectionLost);
        await eventually("it is gone", async () => (await jobProcesses()).length === 0);
        await open();
        expect(await attached(work.key).end).toMatchObject({ end: "timeout" });
      });
    });

    describe("following", () => {
      it("delivers what a long job prints while it runs", async () => {
        const gate = join(tmpdir(), `waymark-gate-${token}`);
        const slow = running(
          job(`echo first; while [ ! -e ${gate} ]; do sleep 0.1; done; rm ${gate}; printf last`),
          "first",
        );
        await slow.seen;
        expect(slow.stdout().toString()).toBe("first\n");
        await (await import("node:fs/promises")).writeFile(gate, "");
        expect(await slow.end).toMatchObject({ exit: 0 });
        expect(slow.stdout().toString()).toBe("first\nlast");
      });

      it("loses and doubles nothing, however it is split", async () => {
        const work = job("i=0; while [ $i -lt 40 ]; do echo line $i; echo error $i >&2; sleep 0.03; i=$((i+1)); done");
        const whole = running(work);
        expect(await whole.end).toMatchObject({ exit: 0 });
        expect(whole.stdout().toString()).toBe(Array.from({ length: 40 }, (_, i) => `line ${i}\n`).join(""));
        for (const from of [
          { stdout: 100, stderr: 0 },
          { stdout: 0, stderr: 57 },
          { stdout: whole.stdout().length, stderr: 1 },
        ]) {
          const rest = attached(work.key, from);
          expect(await rest.end).toEqual(await whole.end);
          expect(rest.stdout()).toEqual(whole.stdout().subarray(from.stdout));
          expect(rest.stderr()).toEqual(whole.stderr().subarray(from.stderr));
          const again = running(work, "", within(20_000), from);
          expect(await again.end).toEqual(await whole.end);
          expect(again.stdout()).toEqual(whole.stdout().subarray(from.stdout));
        }
      });

      it("stops when it is no longer wanted, and the job goes on", async () => {
        const work = job("echo started; sleep 2; echo done");
        const stop = new AbortController();
        const left = running(work, "started", stop.signal);
        await left.seen;
        stop.abort(new Error("enough"));
        await expect(left.end).rejects.toThrow("enough");
        expect((await jobProcesses()).length).toBeGreaterThan(0);
        const again = attached(work.key);
        expect(await again.end).toMatchObject({ end: "exited", exit: 0 });
        expect(again.stdout().toString()).toBe("started\ndone\n");
      });

      it("works for several at once", async () => {
        const work = job("sleep 1; echo done");
        const all = [running(work), running(work), attached(work.key)];
        // The last may come first: then nobody runs it.
        const ends = await Promise.all(all.map(({ end }) => end));
        if (ends[2]?.type === "refused") expect(new Set(ends.map((end) => JSON.stringify(end))).size).toBe(1);
        else for (const each of all) expect(each.stdout().toString()).toBe("done\n");
      });

      it("leaves room for other calls meanwhile", async () => {
        const work = job("echo started; sleep 1000");
        const long = running(work, "started");
        await long.seen;
        const looks = Array.from({ length: 20 }, (_, i) => session.look(looking(`echo ${i}`), within(20_000)));
        expect((await Promise.all(looks)).map(({ stdout }) => stdout)).toEqual(looks.map((_, i) => `${i}\n`));
        expect(await session.cancel(work.key, 5000)).toBe("ended");
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

      it("holds for two who start the same job at once", async () => {
        const file = join(tmpdir(), `waymark-once-${token}`);
        const work = job(counting(file));
        const first = session;
        const second = await open();
        const both = [first, second].map((each) => follow((sink) => each.run(work, START, sink, within(20_000))));
        for (const { end } of both) expect(await end).toMatchObject({ end: "exited", exit: 0 });
        for (const { stdout } of both) expect(stdout().toString()).toBe("done\n");
        expect(await count(file)).toBe("ran\n");
      });

      it("holds at every race of two starters", async () => {
        const file = join(tmpdir(), `waymark-once-${token}`);
        const sessions = [session, await open()];
        // Scripts that take some time to be written, so that both are about to claim at the same moment.
        const padding = `# ${"x".repeat(2_000_000)}\n`;
        for (let race = 0; race < 6; race++) {
          const work = job(`echo ${race} >>${file}; echo ${race}\n${padding}`);
          const both = sessions.map((each) => follow((sink) => each.run(work, START, sink, within(20_000))));
          for (const { end, stdout } of both) {
            expect(await end).toMatchObject({ end: "exited", exit: 0 });
            expect(stdout().toString()).toBe(`${race}\n`);
          }
        }
        expect(await count(file)).toBe(Array.from({ length: 6 }, (_, race) => `${race}\n`).join(""));
      });

      it("holds when the connection is cut, and the output is complete", async () => {
        const file = join(tmpdir(), `waymark-once-${token}`);
        const work = job(`echo ran >>${file}; i=0; while [ $i -lt 20 ]; do echo line $i; sleep 0.1; i=$((i+1)); done`);
        const lost = running(work, "line 3");
        await lost.seen;
        await host.cut(connection);
        await expect(lost.end).rejects.toThrow(ConnectionLost);
        const before = lost.stdout();
        await open();
        const rest = running(work, "", within(20_000), { stdout: before.length, stderr: 0 });
        expect(await rest.end).toMatchObject({ end: "exited", exit: 0 });
        const lines = Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join("");
        expect(Buffer.concat([before, rest.stdout()]).toString()).toBe(lines);
        expect(await count(file)).toBe("ran\n");
      });

      it("rejects everything pending when the connection is cut", async () => {
        const pending = [
          running(job("sleep 1")).end,
          session.look(looking("sleep 1"), within(20_000)),
          session.facts(),
        ];
        const results = Promise.allSettled(pending);
        await host.cut(connection);
        for (const result of await results) {
          expect(result).toMatchObject({ status: "rejected", reason: expect.any(ConnectionLost) });
        }
        await expect(session.facts()).rejects.toThrow(ConnectionLost);
        await eventually("the job is over", async () => (await jobProcesses()).length === 0);
      });

      it("does not take another script for this one", async () => {
        const work = job("echo one");
        expect(await running(work).end).toMatchObject({ exit: 0 });
        await expect(running({ ...work, code: "echo two" }).end).rejects.toMatchObject({ code: "WM6001" });
      });

      it("lets nobody start what was set aside", async () => {
        const work = job("true");
        const end = await attached(work.key).end;
        expect(end).toMatchObject({ type: "refused" });
        expect(await running(work).end).toEqual(end);
        const cancelled = job("true");
        expect(await session.cancel(cancelled.key, 100)).toBe("never-ran");
        expect(await running(cancelled).end).toMatchObject({ type: "refused" });
        expect(await session.cancel(cancelled.key, 100)).toBe("never-ran");
      });

      it("tells attempts apart", async () => {
        const work = job("true");
        expect(await running(work).end).toMatchObject({ exit: 0 });
        const second = { ...work, key: { ...work.key, attempt: 2 }, code: "exit 4" };
        expect(await running(second).end).toMatchObject({ exit: 4 });
      });

      it("is unknown once its supervisor was killed and nothing of it is left", async () => {
        const work = job("echo started; sleep 1000");
        const lost = running(work, "started");
        await lost.seen;
        const { supervisor } = await claimOf(work.key);
        process.kill(supervisor, "SIGKILL");
        await expect(lost.end).rejects.toThrow(ConnectionLost);
        await open();
        const still = follow((sink) => session.attach(work.key, START, sink, within(20_000)), "started");
        await still.seen;
        expect((await jobProcesses()).length).toBeGreaterThan(0);
        for (const pid of await jobProcesses()) process.kill(pid, "SIGKILL");
        expect(await still.end).toEqual({ type: "unknown", reason: "its supervisor was killed" });
        expect(await running(work).end).toMatchObject({ type: "unknown" });
        expect(await session.cancel(work.key, 100)).toBe("unknown");
      });
    });

    describe("cancelling", () => {
      it("ends a job and everything it started, and proves it", async () => {
        const work = job("sleep 1000 & (sleep 1000 & sleep 1000) & echo started; wait");
        const long = running(work, "started");
        await long.seen;
        expect(await session.cancel(work.key, 5000)).toBe("ended");
        expect(await jobProcesses()).toEqual([]);
        expect(await long.end).toMatchObject({ type: "ended", end: "cancelled", exit: 143 });
        expect(await session.cancel(work.key, 5000)).toBe("ended");
      });

      it("gives a job its grace, then kills it", async () => {
        const work = job("trap 'echo bye; exit 5' TERM; echo started; while :; do sleep 0.1; done");
        const polite = running(work, "started");
        await polite.seen;
        expect(await session.cancel(work.key, 10_000)).toBe("ended");
        expect(await polite.end).toMatchObject({ end: "cancelled", exit: 5 });
        expect(polite.stdout().toString()).toBe("started\nbye\n");
        const deaf = job("trap '' TERM; echo started; while :; do sleep 1000; done");
        const killed = running(deaf, "started");
        await killed.seen;
        expect(await session.cancel(deaf.key, 300)).toBe("ended");
        expect(await jobProcesses()).toEqual([]);
        expect(await killed.end).toMatchObject({ end: "cancelled", exit: 137 });
      });

      it("ends what its supervisor left behind", async () => {
        const work = job("echo started; sleep 1000");
        const lost = running(work, "started");
        await lost.seen;
        process.kill((await claimOf(work.key)).supervisor, "SIGKILL");
        await lost.end.catch(() => undefined);
        await open();
        expect(await session.cancel(work.key, 5000)).toBe("ended");
        expect(await jobProcesses()).toEqual([]);
        expect(await attached(work.key).end).toMatchObject({ type: "ended", end: "cancelled" });
      });

      it("wakes a stopped job to end it", async () => {
        const work = job("echo started; kill -s STOP $$");
        const stopped = running(work, "started");
        await stopped.seen;
        expect(await session.cancel(work.key, 5000)).toBe("ended");
        expect(await stopped.end).toMatchObject({ end: "cancelled" });
      });

      it("comes too late for a job that is over", async () => {
        const work = job("exit 3");
        expect(await running(work).end).toMatchObject({ exit: 3 });
        expect(await session.cancel(work.key, 100)).toBe("ended");
        expect(await attached(work.key).end).toMatchObject({ end: "exited", exit: 3 });
      });
    });

    const looking = (code: string, more: Partial<Look> = {}): Look => ({
      interpreter: ["sh"],
      code,
      timeoutMs: 10_000,
      ...more,
      env: { WAYMARK_TEST_RUN: token, ...more.env },
    });

    describe("a look", () => {
      it("answers with exit status and both streams, and leaves nothing", async () => {
        const look = looking('echo "$A"; pwd; echo e >&2; exit 7', { env: { A: "it's\nme" }, dir: "/usr" });
        const files = async (): Promise<number> => (await readdir(await ownFiles())).length;
        expect(await session.look(look, within(10_000))).toEqual({
          exit: 7,
          stdout: "it's\nme\n/usr\n",
          stderr: "e\n",
        });
        const before = await files();
        await session.look(look, within(10_000));
        expect(await files()).toBe(before);
      });

      it("is cut at 64 KiB a stream", async () => {
        const { stdout, stderr } = await session.look(
          looking("head -c 300000 /dev/zero | tee /dev/stderr"),
          within(10_000),
        );
        expect([stdout.length, stderr.length]).toEqual([65_536, 65_536]);
      });

      it("is killed by the host when it takes too long", async () => {
        expect(
          await session.look(looking("sleep 1000 & sleep 1000", { timeoutMs: 300 }), within(10_000)),
        ).toMatchObject({ exit: 124 });
        expect(await jobProcesses()).toEqual([]);
        expect(await session.look(looking("echo fine"), within(10_000))).toMatchObject({ exit: 0, stdout: "fine\n" });
      });

      it("that cannot be started says why", async () => {
        const { exit, stderr } = await session.look(looking("true", { dir: "/nonexistent" }), within(10_000));
        expect({ exit, stderr }).toEqual({ exit: 126, stderr: "no such directory: /nonexistent\n" });
      });

      it("ends when it is no longer wanted, and the session goes on", async () => {
        const stop = new AbortController();
        const look = session.look(looking("echo x; sleep 2"), stop.signal);
        await eventually("it has begun", async () => (await jobProcesses()).length > 0);
        stop.abort(new Error("enough"));
        await expect(look).rejects.toThrow("enough");
        expect(await session.look(looking("echo on"), within(10_000))).toMatchObject({ stdout: "on\n" });
      });
    });

    it("knows its host", async () => {
      const facts = await session.facts();
      const release = await readFile("/etc/os-release", "utf8");
      expect(release).toContain(facts.os.id);
      expect(facts).toMatchObject({
        user: session.user,
        hostname: expect.stringMatching(/./),
        arch: expect.stringMatching(/./),
      });
      expect(facts.os.name).not.toContain('"');
      expect(session.user).toBe((await run("id -un")).stdout.trim());
    });

    it("keeps what it has of a run from everybody else, and removes it", async () => {
      await run("echo secret");
      const own = (await directory()) ?? "";
      expect((await stat(own)).mode & 0o7777).toBe(0o1733);
      for (const entry of await readdir(own)) {
        expect((await stat(join(own, entry))).mode & 0o077, entry).toBe(0);
      }
      await session.clean(token);
      await expect(access(own)).rejects.toThrow();
      await session.clean(token);
      expect((await run("true")).end).toMatchObject({ type: "refused", reason: expect.stringContaining(own) });
    });

    describe.skipIf(host.other === undefined)("as another user", () => {
      const user = host.other ?? "";

      it("runs, follows, attaches, looks and cleans", async () => {
        const work = job('id -un; echo "$A"; sleep 1; echo "$0" >&2', { key: key({ user }), env: { A: "it's" } });
        const long = running(work);
        expect(await long.end).toMatchObject({ end: "exited", exit: 0 });
        expect(long.stdout().toString()).toBe(`${user}\nit's\n`);
        expect((await stat(long.stderr().toString().trim())).mode & 0o777).toBe(0o600);
        const again = attached(work.key);
        expect(await again.end).toEqual(await long.end);
        expect(again.stdout()).toEqual(long.stdout());
        expect(await session.look(looking("id -un", { user }), within(10_000))).toMatchObject({ stdout: `${user}\n` });
        await session.clean(token);
        expect(await directory()).toBeUndefined();
      });

      it("cancels and times out", async () => {
        const work = job("echo started; sleep 1000", { key: key({ user }) });
        const long = running(work, "started");
        await long.seen;
        expect(await session.cancel(work.key, 5000)).toBe("ended");
        expect(await long.end).toMatchObject({ end: "cancelled" });
        const slow = running(job("sleep 1000", { key: key({ user }), timeoutMs: 300 }));
        expect(await slow.end).toMatchObject({ end: "timeout" });
      });

      it("survives its connection", async () => {
        const work = job("echo started; sleep 1; echo done", { key: key({ user }) });
        const lost = running(work, "started");
        await lost.seen;
        await host.cut(connection);
        await expect(lost.end).rejects.toThrow(ConnectionLost);
        await open();
        const again = running(work);
        expect(await again.end).toMatchObject({ exit: 0 });
        expect(again.stdout().toString()).toBe("started\ndone\n");
      });

      it("respects what the login user has set aside", async () => {
        const mine = key();
        await attached(mine).end;
        expect(await running(job("true", { key: { ...mine, user } })).end).toMatchObject({ type: "refused" });
      });

      it("is refused with sudo's own words where sudo does not allow it, and set aside", async () => {
        const nobody = key({ user: "waymark-no-such-user" });
        const end = await running(job("true", { key: nobody })).end;
        expect(end).toMatchObject({ type: "refused", reason: expect.stringContaining("waymark-no-such-user") });
        expect(await attached(nobody).end).toEqual(end);
        expect(await session.cancel(nobody, 100)).toBe("never-ran");
        const look = await session.look(looking("true", { user: "waymark-no-such-user" }), within(10_000));
        expect(look).toMatchObject({ exit: 126, stderr: expect.stringContaining("waymark-no-such-user") });
      });
    });
  });
}
