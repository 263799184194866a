import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Job, JobEnd } from "../../src/engine/ports.ts";
import { PATIENCE_MS, eventually } from "./session-processes.ts";
import { type HostUnderTest, SessionWorld } from "./session-world.ts";

/*
 * What every Session promises of jobs that go on in the background, whatever connection it is on.
 */

const LAPSE_MS = 60_000;
/** Time enough for a busy machine to show that it is there, and to be left, before it lapses. */
const SOON_MS = 6000;

const endOf = (end: JobEnd): string => (end.type === "ended" ? end.end : end.type);

export function backgroundContract(name: string, host: HostUnderTest): void {
  const it = test.extend<{ w: SessionWorld }>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads the names of the fixtures that this one needs
    w: async ({}, use) => {
      const world = new SessionWorld(host);
      await world.open();
      await use(world);
      await world.end();
    },
  });
  const going = (w: SessionWorld, code: string, lapseMs = LAPSE_MS): Job =>
    w.job(code, { background: { lapseMs, onGoing: () => undefined } });

  describe.concurrent(`${name} keeps its promises of jobs in the background`, { timeout: 2 * PATIENCE_MS }, () => {
    it("delivers what the job prints while it goes on, and how it ended", async ({ w }) => {
      const job = going(w, "echo ready; echo oops >&2; sleep 1; echo done; exit 3\n");
      const followed = w.running(job, "ready");
      await followed.seen;
      expect(await followed.end).toMatchObject({ type: "ended", end: "exited", exit: 3 });
      expect(followed.stdout().toString()).toBe("ready\ndone\n");
      expect(followed.stderr().toString()).toBe("oops\n");
    });

    it("takes no notice of the timeout", async ({ w }) => {
      const job = { ...going(w, "echo ready; sleep 1; exit 4\n"), timeoutMs: 200 };
      expect(await w.running(job).end).toMatchObject({ end: "exited", exit: 4 });
    });

    it("starts the job once, and attaches from then on", async ({ w }) => {
      const file = join(tmpdir(), `waymark-background-${w.token}`);
      const job = going(w, `echo ran >>${file}; echo ready; sleep 1000\n`);
      const first = w.running(job, "ready");
      await first.seen;
      await host.cut(w.connection);
      await expect(first.end).rejects.toThrow();
      await w.open();
      const again = w.running(job, "ready");
      await again.seen;
      expect(await w.session.cancel(job.key, PATIENCE_MS)).toBe("ended");
      expect(await again.end).toMatchObject({ type: "ended", end: "cancelled" });
      expect(await readFile(file, "utf8")).toBe("ran\n");
    });

    it("is refused where it cannot start, or was set aside", async ({ w }) => {
      const nonsense = { ...going(w, "true\n"), interpreter: ["waymark-nonsense"] };
      expect(await w.running(nonsense).end).toEqual({ type: "refused", reason: "there is no waymark-nonsense" });
      const aside = going(w, "true\n");
      expect(await w.session.cancel(aside.key, 1000)).toBe("never-ran");
      expect(await w.running(aside).end).toMatchObject({ type: "refused" });
    });

    it("leaves room for other jobs, with several of them", async ({ w }) => {
      const jobs = [1, 2, 3, 4].map(() => going(w, "echo ready; sleep 1000\n"));
      const followed = jobs.map((job) => w.running(job, "ready"));
      for (const { seen } of followed) await seen;
      expect(await w.run("sleep 1; echo beside\n")).toMatchObject({ stdout: "beside\n" });
      for (const { key } of jobs) expect(await w.session.cancel(key, PATIENCE_MS)).toBe("ended");
      for (const { end } of followed) expect(await end).toMatchObject({ end: "cancelled" });
    });

    it("ends the job, and all that belongs to it, when nobody is there for it any more", async ({ w }) => {
      const job = going(w, "trap '' TERM; sleep 1000 & echo ready; wait; sleep 1000\n", SOON_MS);
      const followed = w.running(job, "ready");
      await followed.seen;
      await host.cut(w.connection);
      await expect(followed.end).rejects.toThrow();
      await eventually("it is gone", () => w.jobProcesses().length === 0);
      await w.open();
      expect(await w.attached(job.key).end).toMatchObject({ type: "ended", end: "cancelled" });
    });

    it("ends it even when its supervisor was killed", async ({ w }) => {
      const job = going(w, "echo ready; sleep 1000\n", SOON_MS);
      const followed = w.running(job, "ready");
      await followed.seen;
      process.kill(await w.supervisor(job.key), "SIGKILL");
      await host.cut(w.connection);
      // The agent may have seen that before it went.
      await followed.end.catch(() => undefined);
      await eventually("it is gone", () => w.jobProcesses().length === 0);
      await w.open();
      // Whether somebody has asked for it before it lapsed decides which.
      expect(["unknown", "cancelled"]).toContain(endOf(await w.attached(job.key).end));
    });

    test.skipIf(host.other === undefined)("runs as another user", { timeout: 2 * PATIENCE_MS }, async () => {
      const w = new SessionWorld(host);
      await w.open();
      const key = w.key({ user: host.other ?? "" });
      const followed = w.running({ ...going(w, "id -un; sleep 1000\n", SOON_MS), key }, host.other ?? "");
      await followed.seen;
      await host.cut(w.connection);
      await followed.end.catch(() => undefined);
      await eventually("it is gone", () => w.jobProcesses().length === 0);
      await w.open();
      expect(await w.attached(key).end).toMatchObject({ end: "cancelled" });
      await w.end();
    });
  });
}
