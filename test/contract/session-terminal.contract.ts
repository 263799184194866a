import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { InteractEnd, Job, Session } from "../../src/engine/ports.ts";
import { PATIENCE_MS, eventually } from "./session-processes.ts";
import { TestTerminal } from "./test-terminal.ts";
import { type HostUnderTest, SessionWorld, within } from "./session-world.ts";

/*
 * What every Session promises of jobs on the operator's terminal, whatever connection it is on.
 */

interface OnTerminal {
  readonly terminal: TestTerminal;
  readonly hangUp: AbortController;
  readonly end: Promise<InteractEnd>;
}

function interact(session: Session, job: Job): OnTerminal {
  const terminal = new TestTerminal();
  const hangUp = new AbortController();
  const end = session.interact(job, terminal.lend, hangUp.signal, within(PATIENCE_MS));
  end.catch(() => undefined);
  return { terminal, hangUp, end };
}

export function terminalContract(name: string, host: HostUnderTest): void {
  const it = test.extend<{ w: SessionWorld }>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads the names of the fixtures that this one needs
    w: async ({}, use) => {
      const world = new SessionWorld(host);
      await world.open();
      await use(world);
      await world.end();
    },
  });

  describe.concurrent(`${name} keeps its promises of jobs on a terminal`, { timeout: 2 * PATIENCE_MS }, () => {
    it("gives the job the terminal, its kind and its size, and tells how it ended", async ({ w }) => {
      const code =
        'tty; echo "$TERM $(stty size) $(printenv COLUMNS || echo none) $LANG"; read -r x; echo "got $x"; exit 3\n';
      const { terminal, end } = interact(w.session, w.job(code));
      await terminal.answer("xterm-256color 33 90 none C.UTF-8", "Zürich\n");
      expect(await end).toMatchObject({ type: "ended", end: "exited", exit: 3 });
      expect(terminal.seen).toContain("/dev/pts/");
      expect(terminal.seen).toContain("got Zürich");
    });

    it("passes on what is typed as it is: Ctrl-C is for the program", async ({ w }) => {
      const { terminal, end } = interact(
        w.session,
        w.job("trap 'echo caught; exit 7' INT; echo ready; while :; do sleep 0.1; done\n"),
      );
      await terminal.answer("ready", "\u0003");
      expect(await end).toMatchObject({ end: "exited", exit: 7 });
      expect(terminal.seen).toContain("caught");
    });

    it("is not stopped by Ctrl-Z", async ({ w }) => {
      const { terminal, end } = interact(w.session, w.job("echo ready; read -r x; echo got $x\n"));
      await terminal.answer("ready", "\u001A");
      await terminal.answer("ready", "on\n");
      expect(await end).toMatchObject({ end: "exited", exit: 0 });
    });

    it("passes on a new size", async ({ w }) => {
      // Rows and columns may be set one after the other, and bash forgets a signal that comes while it heeds one.
      const code = `trap told=1 WINCH; echo ready; until [ -n "$told" ] && [ "$(stty size)" = "50 132" ]; do sleep 0.1; done; stty size\n`;
      const { terminal, end } = interact(w.session, w.job(code));
      await terminal.until("ready");
      terminal.resize(132, 50);
      expect(await end).toMatchObject({ end: "exited", exit: 0 });
      expect(terminal.seen).toContain("50 132");
    });

    it("has the step's variables and directory, none of them on a command line", async ({ w }) => {
      const value = 'it\'s "$(id)"\n  secret-value';
      const code = `[ "$VALUE" = "$(printf 'it'"'"'s "$(id)"\\n  secret-value')" ] && pwd; tr '\\0' ' ' </proc/$PPID/cmdline; sleep 0.1\n`;
      const { terminal, end } = interact(w.session, w.job(code, { env: { VALUE: value }, dir: "/usr" }));
      expect(await end).toMatchObject({ exit: 0 });
      expect(terminal.seen).toContain("/usr");
      expect(terminal.seen).not.toContain("secret-value");
    });

    it("runs the job once, however often it is called, and keeps its end", async ({ w }) => {
      const file = join(tmpdir(), `waymark-terminal-${w.token}`);
      const job = w.job(`echo ran >>${file}; exit 4\n`);
      expect(await interact(w.session, job).end).toMatchObject({ exit: 4 });
      const again = interact(w.session, job);
      expect(await again.end).toMatchObject({ end: "exited", exit: 4 });
      expect(again.terminal.lent).toBe(0);
      expect(await w.attached(job.key).end).toMatchObject({ end: "exited", exit: 4 });
      expect(await readFile(file, "utf8")).toBe("ran\n");
    });

    it("begins nothing where there is no terminal, and may begin later", async ({ w }) => {
      const job = w.job("exit 5\n");
      const never = new AbortController().signal;
      expect(await w.session.interact(job, undefined, never, within(PATIENCE_MS))).toEqual({ type: "not-begun" });
      expect(await interact(w.session, job).end).toMatchObject({ exit: 5 });
    });

    it("does not begin what was set aside", async ({ w }) => {
      const job = w.job("exit 5\n");
      expect(await w.session.cancel(job.key, 1000)).toBe("never-ran");
      expect(await interact(w.session, job).end).toMatchObject({ type: "refused" });
    });

    it("is refused where it cannot start", async ({ w }) => {
      const job = w.job("true\n", { interpreter: ["waymark-nonsense"] });
      expect(await interact(w.session, job).end).toEqual({ type: "refused", reason: "there is no waymark-nonsense" });
      const nowhere = w.job("true\n", { dir: "/waymark/nonsense" });
      expect(await interact(w.session, nowhere).end).toMatchObject({
        reason: "no such directory: /waymark/nonsense",
      });
    });

    it("ends at its timeout, with what it has started", async ({ w }) => {
      const job = w.job("trap '' TERM; sleep 1000\n", { timeoutMs: 3000 });
      expect(await interact(w.session, job).end).toMatchObject({ type: "ended", end: "timeout" });
      await eventually("it is gone", () => w.jobProcesses().length === 0);
    });

    it("can be cancelled, with proof", async ({ w }) => {
      const job = w.job("echo ready; sleep 1000\n");
      const { terminal, end } = interact(w.session, job);
      await terminal.until("ready");
      expect(await w.session.cancel(job.key, PATIENCE_MS)).toBe("ended");
      expect(await end).toMatchObject({ type: "ended", end: "cancelled" });
    });

    it("gives the program HUP when the terminal is taken away, and says how it ended", async ({ w }) => {
      const file = join(tmpdir(), `waymark-hup-${w.token}`);
      const { terminal, hangUp, end } = interact(
        w.session,
        w.job(`trap 'echo hup >${file}; exit 9' HUP; echo ready; while :; do sleep 0.1; done\n`),
      );
      await terminal.until("ready");
      hangUp.abort();
      expect(await end).toMatchObject({ type: "ended", end: "cancelled", exit: 9 });
      expect(await readFile(file, "utf8")).toBe("hup\n");
    });

    it("leaves a program alone that goes on without its terminal", async ({ w }) => {
      const job = w.job(`trap '' HUP; echo ready; ${w.hold()}\n`);
      const { terminal, hangUp, end } = interact(w.session, job);
      await terminal.until("ready");
      hangUp.abort();
      expect(await end).toEqual({ type: "left" });
      expect(w.jobProcesses().length).toBeGreaterThan(0);
      w.release();
      expect(await w.attached(job.key).end).toMatchObject({ end: "exited", exit: 0 });
    });

    it("is told by the next connection that its terminal is gone", async ({ w }) => {
      const file = join(tmpdir(), `waymark-cut-${w.token}`);
      const job = w.job(`echo ran >>${file}; echo ready; sleep 1000\n`);
      const { terminal, end } = interact(w.session, job);
      await terminal.until("ready");
      await host.cut(w.connection);
      await expect(end).rejects.toThrow();
      await w.open();
      const again = interact(w.session, job);
      expect(await again.end).toMatchObject({ type: "ended", end: "cancelled", exit: 129 });
      expect(again.terminal.lent).toBe(0);
      expect(await readFile(file, "utf8")).toBe("ran\n");
    });

    test.skipIf(host.other === undefined)("runs as another user", { timeout: 2 * PATIENCE_MS }, async () => {
      const w = new SessionWorld(host);
      await w.open();
      const user = host.other ?? "";
      const job = w.job('id -un; read -r x; echo "$x $VALUE"\n', { key: w.key({ user }), env: { VALUE: "v1" } });
      const { terminal, end } = interact(w.session, job);
      await terminal.answer(user, "typed\n");
      expect(await end).toMatchObject({ end: "exited", exit: 0 });
      expect(terminal.seen).toContain("typed v1");
      await w.end();
    });
  });
}
