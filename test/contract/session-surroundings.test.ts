import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { machine, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { ConnectError } from "../../src/engine/ports.ts";
import type { Job, JobEnd, JobKey, Session } from "../../src/engine/ports.ts";
import { LOCAL } from "../../src/model/inventory.ts";
import type { Host } from "../../src/model/inventory.ts";
import { openSession } from "../../src/transport/agent-session.ts";
import type { Channel } from "../../src/transport/connection.ts";
import { LocalConnection } from "../../src/transport/local-connection.ts";
import { PATIENCE_MS, eventually, processesWith } from "./session-processes.ts";

/* Sessions on hosts that are not as they should be. */

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
const MARK = "WAYMARK_TEST_AGENTS";
const within = (ms: number): AbortSignal => AbortSignal.timeout(ms);

let scratch: string;
let token: string;
let notes: string[];
const opened: Session[] = [];

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "waymark-host-"));
  token = randomBytes(8).toString("hex");
  notes = [];
  await mkdir(join(scratch, "tmp"));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((session) => session.close()));
  // A watchdog that is told to go in the very moment in which it starts may miss that. It looks up again when the
  // deadline of its job is over, and goes then.
  await eventually("no process is left", () => processesWith(MARK, token).length === 0);
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
});

async function open(more: Readonly<Record<string, string>> = {}, login = false): Promise<Session> {
  const env = { ...process.env, WAYMARK_TMPDIR: join(scratch, "tmp"), [MARK]: token, ...more } as Record<
    string,
    string
  >;
  const session = await openSession(new LocalConnection(host, env), { token, signal: within(PATIENCE_MS), login });
  if (session.note !== undefined) notes.push(session.note);
  opened.push(session);
  return session;
}

const key = (): JobKey => ({ token, host: LOCAL, task: randomBytes(16).toString("hex"), attempt: 1 });

async function run(session: Session, code: string, more: Partial<Job> = {}): Promise<{ end: JobEnd; stdout: string }> {
  let stdout = "";
  const job: Job = { key: key(), interpreter: ["sh"], code, env: {}, timeoutMs: 20_000, ...more };
  const sink = (stream: string, chunk: Uint8Array): void => {
    if (stream === "stdout") stdout += Buffer.from(chunk).toString();
  };
  const end = await session.run(job, { stdout: 0, stderr: 0 }, sink, within(PATIENCE_MS));
  return { end, stdout };
}

const attach = (session: Session, of: JobKey): Promise<JobEnd> =>
  session.attach(of, { stdout: 0, stderr: 0 }, () => {}, within(PATIENCE_MS));

/** The record of a job, once that has begun. */
const started = (of: JobKey): Promise<string> =>
  eventually("it runs", async () => {
    const record = join(scratch, "tmp", `waymark-${token}-${LOCAL}`, `${of.task}.${of.attempt}`);
    const text = await readFile(record, "utf8").catch(() => "");
    return text.includes("\nrun ") && text;
  });

/** A directory with links to all programs of the PATH but those, and `sh` being the one named. */
async function programs(sh: string, without: readonly string[]): Promise<string> {
  const directory = join(scratch, "bin");
  await mkdir(directory);
  for (const place of ["/usr/bin", "/bin"]) {
    for (const name of await readdir(place)) {
      if (without.includes(name) || name === "sh") continue;
      await symlink(join(place, name), join(directory, name)).catch(() => undefined);
    }
  }
  await symlink(join("/bin", sh), join(directory, "sh"));
  return directory;
}

describe("where nothing can be written", () => {
  it("jobs are refused with the host's reason, and nobody claims to know of others", async () => {
    const session = await open({ WAYMARK_TMPDIR: "/proc/nowhere" });
    const { end } = await run(session, "true");
    expect(end).toMatchObject({ type: "refused", reason: expect.stringContaining("No such file or directory") });
    expect(await attach(session, key())).toMatchObject({ type: "unknown" });
    expect(await session.cancel(key(), 100)).toBe("unknown");
    const look = { interpreter: ["sh"], code: "true", env: {}, timeoutMs: 20_000 };
    expect(await session.look(look, within(PATIENCE_MS))).toMatchObject({ exit: 126 });
    expect((await session.facts()).user).toBe(session.user);
  });

  it("jobs run once it can be", async () => {
    const session = await open({ WAYMARK_TMPDIR: join(scratch, "later") });
    expect((await run(session, "true")).end).toMatchObject({ type: "refused" });
    await mkdir(join(scratch, "later"));
    expect((await run(session, "true")).end).toMatchObject({ type: "ended" });
  });

  it("nobody's link is followed", async () => {
    await mkdir(join(scratch, "elsewhere"));
    await symlink(join(scratch, "elsewhere"), join(scratch, "tmp", `waymark-${token}-${LOCAL}`));
    const session = await open();
    expect((await run(session, "true")).end).toMatchObject({
      type: "refused",
      reason: expect.stringContaining("belongs to somebody else"),
    });
    expect(await readdir(join(scratch, "elsewhere"))).toEqual([]);
  });

  it("a directory may have any name", async () => {
    const odd = join(scratch, 'it\'s a "tmp" $HOME dir');
    await mkdir(odd);
    const session = await open({ WAYMARK_TMPDIR: odd });
    expect(await run(session, 'echo "$0"')).toMatchObject({ end: { exit: 0 }, stdout: expect.stringContaining(odd) });
    expect(await run(session, "sleep 0.6; echo done")).toMatchObject({ end: { exit: 0 }, stdout: "done\n" });
    await session.clean(token);
    expect(await readdir(odd)).toEqual([]);
  });
});

describe.skipIf(process.getuid?.() !== 0)("on a full disk", () => {
  const mounted: string[] = [];
  afterEach(() => {
    for (const place of mounted.splice(0)) spawnSync("umount", ["-l", place]);
  });
  const small = async (): Promise<string> => {
    const place = join(scratch, "small");
    await mkdir(place);
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", place]).status).toBe(0);
    mounted.push(place);
    return place;
  };
  const fill = 'head -c 1000000 /dev/zero >"$FILL/big" 2>/dev/null';

  it("a job is refused, and can be run when there is room", async () => {
    const place = await small();
    const session = await open({ WAYMARK_TMPDIR: place });
    await writeFile(join(place, "big"), "x".repeat(1_000_000)).catch(() => undefined);
    expect((await run(session, "true")).end).toMatchObject({
      type: "refused",
      reason: expect.stringContaining("No space left on device"),
    });
    await rm(join(place, "big"));
    expect((await run(session, "true")).end).toMatchObject({ type: "ended", exit: 0 });
  });

  it("a run's folder gets no name, and one as soon as there is room", async () => {
    const place = await small();
    const folder = join(place, `waymark-${token}-${LOCAL}`);
    await mkdir(folder, { mode: 0o1733 });
    await mkdir(join(folder, `u${process.getuid?.()}`));
    await writeFile(join(place, "big"), "x".repeat(1_000_000)).catch(() => undefined);
    expect((await open({ WAYMARK_TMPDIR: place })).folder).toBe("");
    await rm(join(place, "big"));
    const { folder: name } = await open({ WAYMARK_TMPDIR: place });
    expect(name).not.toBe("");
    expect((await open({ WAYMARK_TMPDIR: place })).folder).toBe(name);
  });

  it("that the job itself has filled, its end is kept", async () => {
    const place = await small();
    const session = await open({ WAYMARK_TMPDIR: place });
    const of = key();
    const { end } = await run(session, `${fill}; exit 9`, { key: of, env: { FILL: place } });
    expect(end).toMatchObject({ type: "ended", exit: 9 });
    await session.close();
    expect(await attach(await open({ WAYMARK_TMPDIR: place }), of)).toEqual(end);
  });
});

describe("a login shell", () => {
  const shells = ["bash", "dash", "fish", "mksh", "zsh"].flatMap((name) =>
    spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim() === "" ? [] : [`/bin/${name}`],
  );
  const profile = async (text: string): Promise<Record<string, string>> => {
    const home = join(scratch, "home");
    await mkdir(home);
    for (const file of [".profile", ".zprofile"]) await writeFile(join(home, file), text);
    await mkdir(join(home, ".config/fish"), { recursive: true });
    await writeFile(join(home, ".config/fish/config.fish"), text);
    return { HOME: home };
  };

  it.each(shells)("%s gives jobs and looks its environment", async (SHELL) => {
    const env = await profile('export FROM_PROFILE="it\'s"\necho noise\n');
    const session = await open({ ...env, SHELL }, true);
    expect(notes).toEqual([]);
    expect((await run(session, 'echo "$FROM_PROFILE"')).stdout).toBe("it's\n");
    // While a job runs another agent looks, in the same environment.
    const long = run(session, "sleep 1");
    const look = { interpreter: ["sh"], code: 'echo "$FROM_PROFILE"', env: {}, timeoutMs: 20_000 };
    expect((await session.look(look, within(PATIENCE_MS))).stdout).toBe("it's\n");
    await long;
  });

  it.each([
    ["ends", "echo bye; exit 3\n"],
    ["waits for input and then ends", "read answer; exit 1\n"],
    ["is replaced", "exec sleep 0.1\n"],
  ])("whose profile %s is done without", async (_, text) => {
    const session = await open({ ...(await profile(`export FROM_PROFILE=x\n${text}`)), SHELL: "/bin/bash" }, true);
    expect(notes).toEqual([expect.stringContaining("profile")]);
    expect((await run(session, 'echo "${FROM_PROFILE-none}"')).stdout).toBe("none\n");
  });

  it("whose profile hangs is done without, and ended", async () => {
    const session = await open({ ...(await profile("sleep 1000 & sleep 1000\n")), SHELL: "/bin/bash" }, true);
    expect(notes).toEqual([expect.stringContaining("within 10 s")]);
    expect((await run(session, "echo fine")).stdout).toBe("fine\n");
    // The agent's own watchdog sleeps, too, and what was killed may take a moment to go.
    await eventually("one sleeps", async () => {
      const names = processesWith(MARK, token).map((pid) => readFile(`/proc/${pid}/comm`, "utf8").catch(() => ""));
      return (await Promise.all(names)).filter((name) => name === "sleep\n").length === 1;
    });
  });

  it("that is csh is done without, for it cannot be told what to run", async () => {
    const session = await open({ SHELL: "/bin/csh" }, true);
    expect((await run(session, "echo fine")).stdout).toBe("fine\n");
  });

  it("keeps its umask for jobs", async () => {
    const session = await open({ ...(await profile("umask 027\n")), SHELL: "/bin/bash" }, true);
    expect((await run(session, "umask")).stdout.trim()).toMatch(/^0*27$/);
  });
});

describe("a host that lacks something", () => {
  const works = async (session: Session): Promise<void> => {
    const { end, stdout } = await run(session, "echo started; sleep 0.7; echo done; exit 3");
    expect({ end, stdout }).toMatchObject({ end: { type: "ended", exit: 3 }, stdout: "started\ndone\n" });
    const slow = await run(session, "trap '' TERM; sleep 1000 & sleep 1000", { timeoutMs: 2000 });
    expect(slow.end).toMatchObject({ type: "ended", end: "timeout" });
    const of = key();
    const long = run(session, "sleep 1000", { key: of });
    await started(of);
    expect(await session.cancel(of, PATIENCE_MS)).toBe("ended");
    expect((await long).end).toMatchObject({ type: "ended", end: "cancelled" });
    expect(await attach(session, of)).toMatchObject({ type: "ended", end: "cancelled" });
  };

  it("/proc does", async () => {
    const bin = join(scratch, "bin");
    await mkdir(bin);
    // Where there is none ps knows when a process began; on Linux it works that out, to a second more or less.
    const ps = [
      "#!/bin/sh",
      'case "$*" in *lstart*) ;; *) exec /bin/ps "$@" ;; esac',
      "for pid; do :; done",
      "read -r text 2>/dev/null </proc/$pid/stat || exit 1",
      "set -- ${text##*) }",
      'echo "$1 $2 $3 Sat Nov 22 ${20} 2026"',
    ];
    await writeFile(join(bin, "ps"), `${ps.join("\n")}\n`, { mode: 0o755 });
    const session = await open({ wm_P: "/nonexistent", PATH: `${bin}:${process.env["PATH"] ?? ""}` });
    await works(session);
    expect((await session.facts()).arch).toBe(machine());
  });

  it("setsid does, where sh has job control", async () =>
    works(await open({ PATH: await programs("bash", ["setsid"]) })));

  it("setsid and job control refuses jobs", async () => {
    const session = await open({ PATH: await programs("dash", ["setsid"]) });
    expect((await run(session, "true")).end).toMatchObject({
      type: "refused",
      reason: expect.stringContaining("setsid"),
    });
  });

  it("a shell to log in to is no host", async () => {
    const closed = join(scratch, "bin");
    await mkdir(closed);
    await writeFile(join(closed, "sh"), "#!/bin/bash\necho 'This account is not available.'\nexit 1\n");
    await chmod(join(closed, "sh"), 0o755);
    await expect(open({ PATH: closed })).rejects.toMatchObject({
      name: "ConnectError",
      code: "WM6000",
      message: expect.stringContaining("This account is not available."),
    });
    await expect(open({ PATH: closed })).rejects.toBeInstanceOf(ConnectError);
  });
});

/** A 32-bit system on a 64-bit kernel, as some containers are. */
class Narrow extends LocalConnection {
  override exec(command: string): Promise<Channel> {
    return super.exec(`exec setarch linux32 sh -c '${command.replaceAll("'", `'\\''`)}'`);
  }
}

it.skipIf(spawnSync("setarch", ["linux32", "true"]).status !== 0)("a 32-bit system says that it is one", async () => {
  const env = { ...process.env, WAYMARK_TMPDIR: join(scratch, "tmp"), [MARK]: token } as Record<string, string>;
  const session = await openSession(new Narrow(host, env), { token, signal: within(PATIENCE_MS), login: false });
  opened.push(session);
  expect((await session.facts()).arch).toBe(spawnSync("setarch", ["linux32", "uname", "-m"]).stdout.toString().trim());
});

/** Files that were put on the disk, by their names. */
const synced = async (): Promise<readonly string[]> => {
  const lines = await readFile(join(scratch, "synced"), "utf8").catch(() => "");
  return lines.split("\n").map((line) => line.replace(/^.*\//, ""));
};
/** A PATH with a sync(1) that tells. */
const watched = async (): Promise<Readonly<Record<string, string>>> => {
  const bin = await programs("dash", ["sync"]);
  const text = `#!/bin/sh\nfor f; do echo "$f"; done >>'${join(scratch, "synced")}'\n`;
  await writeFile(join(bin, "sync"), text, { mode: 0o755 });
  return { PATH: bin };
};

it("the name of a run's folder is on the disk before anything is begun in it", async () => {
  const session = await open(await watched());
  expect((await run(session, `cat '${join(scratch, "synced")}'`)).stdout).toMatch(/\/folder$/m);
});

it("an agent that is poked when it has nothing to do goes on", async () => {
  const session = await open();
  // Once it answers, it has synced what it began with.
  await session.facts();
  const agents = processesWith(MARK, token);
  for (const pid of agents) process.kill(pid, "SIGUSR1");
  expect(await run(session, "echo fine")).toMatchObject({ stdout: "fine\n" });
  expect(agents.length).toBe(1);
});

it("a watchdog whose supervisor and job were killed goes, too", async () => {
  const session = await open({ wm_minute: "20" });
  const of = key();
  const long = run(session, "exec sleep 1000", { key: of, timeoutMs: 1_800_000 });
  const failed = expect(long).rejects.toThrow();
  const record = await started(of);
  for (const [, pid] of record.matchAll(/^(?:job|run) ([0-9]+)/gm)) process.kill(Number(pid), "SIGKILL");
  await failed;
  await session.close();
  await eventually("the watchdog is gone", () => processesWith(MARK, token).length === 0);
});

describe("what an earlier process left", () => {
  const place = (): string => join(scratch, "tmp", `waymark-${token}-${LOCAL}`);
  const boot = async (): Promise<string> => {
    const stat = await readFile("/proc/1/stat", "utf8");
    const started = stat.replace(/^.*\) /s, "").split(" ")[19] ?? "";
    return `${(await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim()}:${started}`;
  };
  const claim = async (of: JobKey, text: string): Promise<void> =>
    writeFile(join(place(), `${of.task}.${of.attempt}`), text, { mode: 0o600 });
  const GONE = "4194304 1";

  it("a claim that was never finished did not run", async () => {
    const session = await open();
    const of = key();
    await claim(of, "");
    expect(await attach(session, of)).toMatchObject({ type: "refused" });
    expect((await run(session, "true", { key: of })).end).toMatchObject({ type: "refused" });
  });

  it("a claim of another boot without a status is unknown", async () => {
    const session = await open();
    const of = key();
    await claim(of, `job ${GONE} some-boot:1 ${"0".repeat(32)} .\n`);
    expect(await attach(session, of)).toEqual({ type: "unknown", reason: "its host was restarted" });
    expect(await session.cancel(of, 100)).toBe("unknown");
  });

  it("a job whose supervisor was killed before it began did not run, and never will", async () => {
    const session = await open();
    const of = key();
    await claim(of, `job ${GONE} ${await boot()} ${"0".repeat(32)} .\n`);
    expect(await attach(session, of)).toMatchObject({
      type: "refused",
      reason: expect.stringContaining("before it began"),
    });
    expect(await session.cancel(of, 100)).toBe("never-ran");
  });

  it("an end that follows from what is left is on the disk before it is told", async () => {
    const session = await open(await watched());
    const [never, stopped] = [key(), key()];
    const job = `job ${GONE} ${await boot()} ${"0".repeat(32)} .\n`;
    await claim(never, job);
    await claim(stopped, `${job}run ${GONE} .\n`);
    const own = join(place(), `u${process.getuid?.()}`);
    await writeFile(join(own, `${stopped.task}.1.why`), "timeout .\n");
    for (const ending of ["out", "err"]) await writeFile(join(own, `${stopped.task}.1.4194304.${ending}`), "");
    expect(await attach(session, never)).toMatchObject({ type: "refused" });
    expect(await attach(session, stopped)).toMatchObject({ type: "ended" });
    expect(await synced()).toEqual(expect.arrayContaining([`${never.task}.1`, `${stopped.task}.1`]));
  });

  it("a job that was just about to have a session of its own when its supervisor went is alive", async () => {
    const session = await open();
    const of = key();
    const child = spawn("sleep", ["300"]);
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = once(child, "exit");
    const stat = await readFile(`/proc/${child.pid}/stat`, "utf8");
    const born = stat.replace(/^.*\) /s, "").split(" ")[19];
    await claim(of, `job ${GONE} ${await boot()} ${"0".repeat(32)} .\nrun ${child.pid} ${born} .\n`);
    const prefix = join(place(), `u${process.getuid?.()}`, `${of.task}.1.4194304`);
    for (const ending of ["out", "err"]) await writeFile(`${prefix}.${ending}`, "");
    expect(await session.cancel(of, 1000)).toBe("ended");
    await ended;
    expect(await attach(session, of)).toMatchObject({ type: "ended", end: "cancelled" });
  });

  it("a session whose number went to another process is over", async () => {
    const session = await open();
    const of = key();
    await claim(of, `job ${GONE} ${await boot()} ${"0".repeat(32)} .\nrun ${process.pid} 1 .\n`);
    const prefix = join(place(), `u${process.getuid?.()}`, `${of.task}.1.4194304`);
    for (const ending of ["out", "err"]) await writeFile(`${prefix}.${ending}`, "");
    expect(await session.cancel(of, 100)).toBe("unknown");
    expect(await attach(session, of)).toEqual({ type: "unknown", reason: "its supervisor was killed" });
  });

  it.each([
    ["timeout", "timeout"],
    ["cancelled", "cancelled"],
    ["lapsed", "cancelled"],
  ])("a job that was being stopped (%s) when its supervisor went has ended so", async (why, end) => {
    const session = await open();
    const of = key();
    await claim(of, `job ${GONE} ${await boot()} ${"0".repeat(32)} .\nrun ${GONE} .\n`);
    const own = join(place(), `u${process.getuid?.()}`);
    await writeFile(join(own, `${of.task}.1.why`), `${why} .\n`);
    for (const ending of ["out", "err"]) await writeFile(join(own, `${of.task}.1.4194304.${ending}`), "");
    expect(await attach(session, of)).toMatchObject({ type: "ended", end });
    expect(await session.cancel(of, 100)).toBe("ended");
  });
});

it("opening can be given up", async () => {
  const home = join(scratch, "home");
  await mkdir(home);
  const [begun, held] = [join(scratch, "begun"), join(scratch, "held")];
  await writeFile(held, "");
  await writeFile(join(home, ".profile"), `: >'${begun}'; while [ -e '${held}' ]; do sleep 0.05; done\n`);
  const env = { ...process.env, HOME: home, SHELL: "/bin/bash", [MARK]: token } as Record<string, string>;
  const stop = new AbortController();
  const opening = openSession(new LocalConnection(host, env), { token, signal: stop.signal });
  const givenUp = expect(opening).rejects.toThrow("enough");
  await eventually("it is on its way", () => existsSync(begun));
  stop.abort(new Error("enough"));
  await givenUp;
  await rm(held);
});
