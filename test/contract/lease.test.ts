import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConnectionLost, type Job, type JobEnd, type Session, HostHeld } from "../../src/engine/ports.ts";
import { LOCAL } from "../../src/model/inventory.ts";
import type { Host } from "../../src/model/inventory.ts";
import { openSession } from "../../src/transport/agent-session.ts";
import type { Channel } from "../../src/transport/connection.ts";
import { LocalConnection } from "../../src/transport/local-connection.ts";
import { PATIENCE_MS, eventually } from "./session-processes.ts";
import { shellDirectory } from "./session-shells.ts";
import { START, within } from "./session-world.ts";

/*
 * The lease of a host, taken by several runs at once on this machine, whose `sh` is each of those that hosts have.
 */

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
const OURS = "0123456789abcdef";
const THEIRS = "fedcba9876543210";
const sudo = spawnSync("sudo", ["-n", "-u", "nobody", "true"]).status === 0;

/** Logs in as somebody else. */
class AsNobody extends LocalConnection {
  override exec(command: string): Promise<Channel> {
    const quoted = `'${command.replaceAll("'", `'\\''`)}'`;
    return super.exec(`exec sudo -n --preserve-env=WAYMARK_TMPDIR,PATH -u nobody sh -c ${quoted}`);
  }
}

/** What is printed there comes only once `arrived` is settled. */
class Late extends LocalConnection {
  readonly arrived = Promise.withResolvers<void>();
  /** The agent there is ready. */
  readonly ready = Promise.withResolvers<void>();

  override async exec(command: string): Promise<Channel> {
    const channel = await super.exec(command);
    const onStdout = channel.onStdout.bind(channel);
    let printed = "";
    channel.onStdout = (listener) =>
      onStdout((chunk) => {
        printed += Buffer.from(chunk).toString();
        if (/r ready .*\n/.test(printed)) this.ready.resolve();
        void this.arrived.promise.then(() => listener(chunk));
      });
    return channel;
  }
}

describe.each(["dash", "bash", "busybox"])(
  "the lease of a host with %s for sh",
  { timeout: 2 * PATIENCE_MS },
  (shell) => {
    const directory = shellDirectory(shell);
    let place = "";
    let opened: Session[] = [];
    beforeEach(({ skip }) => {
      skip(directory === undefined, `there is no ${shell}`);
      place = mkdtempSync(join(tmpdir(), "waymark-lease-"));
      chmodSync(place, 0o1777);
      opened = [];
    });
    afterEach(async () => {
      await Promise.all(opened.map((session) => session.close()));
      rmSync(place, { recursive: true, force: true, maxRetries: 5 });
    });

    const surroundings = (): Record<string, string> => {
      const path = `${directory ?? ""}:${process.env["PATH"] ?? ""}`;
      return { ...process.env, PATH: path, WAYMARK_TMPDIR: place };
    };
    const leaseOf = (token: string) => ({ run: `run-${token.slice(0, 2)}`, owner: "ops@laptop" });

    async function open(token: string, { nobody = false, name = "h", leased = true } = {}): Promise<Session> {
      const connection = new (nobody ? AsNobody : LocalConnection)({ ...host, name }, surroundings());
      const lease = leaseOf(token);
      const session = await openSession(connection, {
        token,
        signal: within(PATIENCE_MS),
        login: false,
        ...(leased && { lease }),
      });
      opened.push(session);
      return session;
    }

    let tasks = 0;
    const job = (token: string, code: string, user?: string): Job => ({
      key: {
        token,
        host: "h",
        task: String(++tasks).padStart(32, "0"),
        attempt: 1,
        ...(user !== undefined && { user }),
      },
      interpreter: ["sh"],
      code,
      env: {},
      timeoutMs: PATIENCE_MS,
    });
    const held = (): string => join(place, "held");
    /** What a job waits with until that file, or the place, is gone. */
    const hold = (): string => {
      writeFileSync(held(), "");
      return `while [ -e '${held()}' ]; do sleep 0.05; done`;
    };
    const run = (session: Session, work: Job): Promise<JobEnd> =>
      session.run(work, START, () => undefined, within(PATIENCE_MS));

    const leases = (): readonly string[] =>
      readdirSync(place)
        .filter((name) => name.startsWith("waymark-lease-"))
        .map((name) => join(place, name));

    /** As if nobody had renewed any for longer than one is good for. `boot`: and its machine been started anew. */
    function age(boot?: string): void {
      for (const folder of leases()) {
        const words = readFileSync(join(folder, "lease"), "utf8").split(/ +/);
        words[6] = String(Number(words[6]) - 6500).padEnd(15);
        if (boot !== undefined) words[4] = boot;
        writeFileSync(join(folder, "lease"), words.join(" "));
      }
    }

    /** What others write there may be gone the moment after it was listed. */
    const readOrNothing = (path: string): string => {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return "";
      }
    };

    /** Processes that a lease says are at work. */
    const atWork = (): readonly number[] =>
      leases().flatMap((folder) =>
        readdirSync(folder)
          .filter((name) => name !== "lease")
          .flatMap((name) => readOrNothing(join(folder, name)).split("\n"))
          .filter((line) => line !== "")
          .map((line) => Number(line.split(" ")[0])),
      );

    it("is one run's, which others are told, until it is given up", async () => {
      const ours = await open(OURS);
      const error = await open(THEIRS).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(HostHeld);
      expect(error).toMatchObject({ code: "WM6010", by: { run: "run-01", owner: "ops@laptop", state: "connected" } });
      // Nothing of the other's is left.
      expect(readdirSync(place)).toHaveLength(2);
      expect(await run(ours, job(OURS, "true"))).toMatchObject({ exit: 0 });
      await ours.release();
      expect(leases()).toEqual([]);
      await open(THEIRS);
      expect(statSync(leases()[0] ?? "").mode & 0o7777).toBe(0o1777);
    });

    it("is given up by who does not want the host any more when it has just been taken", async () => {
      const connection = new Late({ ...host, name: "h" }, surroundings());
      const enough = new AbortController();
      const opening = openSession(connection, {
        token: OURS,
        signal: enough.signal,
        login: false,
        lease: leaseOf(OURS),
      });
      const given = expect(opening).rejects.toThrow("enough");
      await eventually("it is taken", () => leases().some((folder) => existsSync(join(folder, "lease"))));
      enough.abort(new Error("enough"));
      connection.arrived.resolve();
      await given;
      await eventually("nothing of it is left", () => readdirSync(place).length === 0);
    });

    it("or its folder is left behind by nobody who gives it up before anything was asked", async () => {
      const folder = join(place, `waymark-${OURS}-h`);
      const name = join(folder, `u${process.getuid?.()}`, "folder");
      const giveUp = async (): Promise<void> => {
        const connection = new Late({ ...host, name: "h" }, surroundings());
        const enough = new AbortController();
        const opening = openSession(connection, { token: OURS, signal: enough.signal, login: false });
        const given = expect(opening).rejects.toThrow("enough");
        await eventually("its folder has a name", () => existsSync(name) && statSync(name).size > 0);
        enough.abort(new Error("enough"));
        connection.arrived.resolve();
        await given;
      };
      await giveUp();
      await eventually("nothing of it is left", () => readdirSync(place).length === 0);

      // What there was before stays, by the name that it had.
      const before = await open(OURS, { leased: false });
      await giveUp();
      expect((await open(OURS, { leased: false })).folder).toBe(before.folder);
    });

    it.each([true, false])(
      "its folder stays with who has come to it meanwhile (given up under a lease: %s)",
      async (leased) => {
        const connection = new Late({ ...host, name: "h" }, surroundings());
        const enough = new AbortController();
        const opening = openSession(connection, {
          token: OURS,
          signal: enough.signal,
          login: false,
          ...(leased && { lease: leaseOf(OURS) }),
        });
        const given = expect(opening).rejects.toThrow("enough");
        await connection.ready.promise;
        const ours = await open(OURS);
        enough.abort(new Error("enough"));
        connection.arrived.resolve();
        await given;
        expect(await run(ours, job(OURS, "true"))).toMatchObject({ exit: 0 });
        expect((await open(OURS)).folder).toBe(ours.folder);
      },
    );

    it("is taken by nobody who only looks, whose folder has a name of its own as well", async () => {
      const looks = await open(OURS, { leased: false });
      expect(leases()).toEqual([]);
      expect(looks.folder).not.toBe("");
      expect((await open(OURS)).folder).toBe(looks.folder);
      // Nothing that the run had begun there can be found any more.
      for (const folder of readdirSync(place)) rmSync(join(place, folder), { recursive: true });
      const after = await open(OURS);
      expect(after.folder).not.toBe(looks.folder);
      expect((await open(OURS)).folder).toBe(after.folder);
    });

    it("is the same run's on every connection, and the last of each host's counts", async () => {
      const first = await open(OURS);
      const other = await open(OURS, { name: "alias" });
      const again = await open(OURS);
      await expect(run(first, job(OURS, "true"))).rejects.toThrow(ConnectionLost);
      expect(await run(again, job(OURS, "true"))).toMatchObject({ exit: 0 });
      expect(leases()).toHaveLength(2);
      await again.release();
      await expect(open(THEIRS)).rejects.toThrow(HostHeld);
      await other.release();
      await open(THEIRS);
    });

    it("is had by one of several who want it at the same moment", async () => {
      for (let round = 0; round < 5; round++) {
        const tokens = [1, 2, 3, 4].map((n) => `${n}${round}`.padStart(16, "0"));
        const takers = await Promise.allSettled(tokens.map((token) => open(token)));
        const won = takers.flatMap((taker) => (taker.status === "fulfilled" ? [taker.value] : []));
        expect(won).toHaveLength(1);
        for (const session of won)
          expect(
            await run(session, job(tokens[takers.findIndex((taker) => taker.status === "fulfilled")] ?? "", "true")),
          ).toMatchObject({ exit: 0 });
        await won[0]?.release();
        expect(leases()).toEqual([]);
      }
    });

    it("is over when nobody has renewed it, and then its holder may do nothing any more", async () => {
      const ours = await open(OURS);
      age();
      const theirs = await open(THEIRS);
      await expect(run(ours, job(OURS, "true"))).rejects.toThrow("another run may have it");
      expect(await run(theirs, job(THEIRS, "true"))).toMatchObject({ exit: 0 });
      await expect(open(OURS)).rejects.toThrow(HostHeld);
    });

    it("whose machine was started anew is over, and what was at work with it", async () => {
      const ours = await open(OURS);
      run(ours, job(OURS, hold())).catch(() => undefined);
      await eventually("a job at work", () => atWork().length > 1);
      age("00000000-0000-0000-0000-000000000000:1");
      await open(THEIRS);
    });

    it("lasts while a job lives, also one that has lost its supervisor", async () => {
      const ours = await open(OURS);
      run(ours, job(OURS, hold())).catch(() => undefined);
      await eventually("a job at work", () => atWork().length > 1);
      age();
      await ours.close();
      await expect(open(THEIRS)).rejects.toMatchObject({ by: { state: "at work" } });
      const [supervisor = 0, leader = 0] = atWork();
      process.kill(supervisor, "SIGKILL");
      await expect(open(THEIRS)).rejects.toMatchObject({ by: { state: "at work" } });
      process.kill(-leader, "SIGKILL");
      await eventually("an end of it", () => open(THEIRS).catch(() => undefined));
    });

    it("that is given up under a job lasts as long as that", async () => {
      const ours = await open(OURS);
      const end = run(ours, job(OURS, hold()));
      await eventually("a job at work", () => atWork().length > 1);
      await ours.release();
      await expect(open(THEIRS)).rejects.toMatchObject({ by: { state: "at work" } });
      rmSync(held());
      await end;
      await open(THEIRS);
    });

    it.skipIf(!sudo)("goes from user to user, and counts what others do for its run", async () => {
      const ours = await open(OURS);
      run(ours, job(OURS, hold(), "nobody")).catch(() => undefined);
      await eventually("a job at work", () => atWork().length > 1);
      age();
      await expect(open(THEIRS, { nobody: true })).rejects.toMatchObject({ by: { state: "at work" } });
      rmSync(held());
      await eventually("its end", () => atWork().length === 0);
      age();
      const theirs = await open(THEIRS, { nobody: true });
      // What belongs to somebody else stays.
      expect(leases()).toHaveLength(2);
      await expect(open(OURS)).rejects.toMatchObject({ by: { run: "run-fe" } });
      await theirs.release();
      await open(OURS);
      expect(leases()).toHaveLength(1);
    });
  },
);
