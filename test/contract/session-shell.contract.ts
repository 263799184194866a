import { readdir, rm } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { ConnectionLost, type Session, type Shell, type ShellEnd } from "../../src/engine/ports.ts";
import { outputLook } from "../../src/transport/output-look.ts";
import { PATIENCE_MS, eventually } from "./session-processes.ts";
import { type HostUnderTest, SessionWorld, within } from "./session-world.ts";
import { TestTerminal } from "./test-terminal.ts";

/*
 * What every Session promises of a shell for a person, whatever connection it is on.
 */

interface Opened {
  readonly terminal: TestTerminal;
  readonly leave: AbortController;
  readonly end: Promise<ShellEnd>;
}

export function shellContract(name: string, host: HostUnderTest): void {
  const it = test.extend<{ w: SessionWorld }>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads the names of the fixtures that this one needs
    w: async ({}, use) => {
      const world = new SessionWorld(host);
      await world.open();
      await use(world);
      await world.end();
    },
  });
  /** The account is whoever runs the test: what is typed here is no part of their history. */
  const open = (w: SessionWorld, { env, ...more }: Partial<Shell> = {}, session: Session = w.session): Opened => {
    const terminal = new TestTerminal();
    const leave = new AbortController();
    const shell = { ...more, env: { WAYMARK_TEST_RUN: w.token, HISTFILE: "/dev/null", ...env } };
    const end = session.shell(shell, terminal.lend, AbortSignal.any([leave.signal, within(PATIENCE_MS)]));
    end.catch(() => undefined);
    return { terminal, leave, end };
  };
  /** Types a line once there is a prompt, behind which busybox asks where the cursor is. */
  const type = async ({ terminal }: Opened, line: string): Promise<void> => {
    await eventually("a prompt", () => /[#$] *(\u001B\[6n)?$/.test(terminal.seen));
    await terminal.answer("", `${line}\r`);
  };
  /** What was typed stands on the terminal as well: only what is printed is waited for. */
  const said = async (opened: Opened, what: string, text: string): Promise<void> => {
    await type(opened, `printf '%s\\n' "<${what}>"`);
    await opened.terminal.until(`<${text}>`);
  };

  describe.concurrent(`${name} keeps its promises of shells`, { timeout: 2 * PATIENCE_MS }, () => {
    it("has a terminal, and what a job there would have", async ({ w }) => {
      const key = w.key();
      await w.run("export CARRIED='from before' OTHER=old", {
        key,
        keeps: { except: [], hide: [], hideOutput: false },
      });
      const opened = open(w, {
        dir: "/usr",
        env: { VALUE: 'it\'s "$(id)"\n  secret-value', OTHER: "new" },
        carries: { exports: { task: key.task, attempt: 1 } },
      });
      await said(opened, "$(stty size) $TERM $LANG", "33 90 xterm-256color C.UTF-8");
      await said(opened, "$PWD $CARRIED $OTHER", "/usr from before new");
      await said(opened, '$(echo "$VALUE" | md5sum | cut -c1-8)', "5e10259a");
      await said(opened, "$(tr '\\0' ' ' </proc/$PPID/cmdline | grep -c secret-value)", "0");
      await type(opened, "exit 9");
      expect(await opened.end).toEqual({ type: "ended" });
    });

    it("is one to work in: Ctrl-C and Ctrl-Z are for what it runs, and it learns of a new size", async ({ w }) => {
      const opened = open(w);
      // One program, which is on the terminal when it says so: there is no moment in which Ctrl-C would be for nobody.
      await type(opened, `sh -c 'echo be""gun; exec sleep 1000'`);
      await opened.terminal.answer("begun\r\n", "\u0003");
      await said(opened, "$?", "130");
      await type(opened, `until [ "$(stty size)" = "50 132" ]; do sleep 0.1; done; echo re''sized`);
      opened.terminal.resize(132, 50);
      await opened.terminal.until("resized\r\n");
      await type(opened, "exit");
      expect(await opened.end).toEqual({ type: "ended" });
    });

    it("leaves nothing behind, and has nothing on disk while it is there", async ({ w }) => {
      const own = await w.ownFiles();
      const before = (await readdir(own)).toSorted();
      const opened = open(w, { env: { VALUE: "secret-value" } });
      await said(opened, "$VALUE", "secret-value");
      expect((await readdir(own)).filter((file) => file.endsWith(".tty"))).toEqual([]);
      await type(opened, "exit");
      await opened.end;
      expect((await readdir(own)).toSorted()).toEqual(before);
    });

    it("can be taken away, and is gone then", async ({ w }) => {
      const opened = open(w);
      await said(opened, "$((6*7))", "42");
      opened.leave.abort(new Error("enough"));
      await expect(opened.end).rejects.toThrow("enough");
      await eventually("it is gone", () => w.jobProcesses().length === 0);
    });

    it("takes up what jobs of another run have left, and does not touch that", async ({ w }) => {
      const key = w.key();
      const keeps = { except: [], hide: [], hideOutput: false };
      await w.run("export CARRIED=over; echo printed there\n", { key, keeps });
      const own = await w.ownFiles();
      const before = (await readdir(own)).toSorted();
      const other = new SessionWorld(host);
      const session = await other.open();
      const look = await session.look(outputLook(key), within(PATIENCE_MS));
      expect(look).toMatchObject({ exit: 0, stdout: "printed there\n" });
      const opened = open(w, { token: w.token, carries: { exports: { task: key.task, attempt: 1 } } }, session);
      await said(opened, "$CARRIED", "over");
      await type(opened, "exit");
      await opened.end;
      expect((await readdir(own)).toSorted()).toEqual(before);
      // Where there is nothing of a run, there is nothing afterwards either.
      await w.session.clean(w.token);
      expect((await session.look(outputLook(key), within(PATIENCE_MS))).exit).toBe(1);
      expect(await w.directory()).toBeUndefined();
      await other.end();
    });

    it("says what it goes without, and begins all the same", async ({ w }) => {
      const { task } = w.key();
      const opened = open(w, { dir: "/waymark/nonsense", carries: { exports: { task, attempt: 1 } } });
      await opened.terminal.until("what earlier steps exported is no longer on this host");
      await opened.terminal.until("no such directory: /waymark/nonsense");
      await said(opened, "$((6*7))", "42");
      await type(opened, "exit");
      expect(await opened.end).toEqual({ type: "ended" });
    });

    it("begins without all that where nothing can be written", async ({ w }) => {
      await rm((await w.directory()) ?? "", { recursive: true, maxRetries: 5 });
      const opened = open(w, { env: { VALUE: "v1" } });
      await opened.terminal.until("without variables, exports and directory of the step: cannot write to");
      await said(opened, "${VALUE-none}", "none");
      await type(opened, "exit");
      expect(await opened.end).toEqual({ type: "ended" });
    });

    it("is refused what no program can be given", async ({ w }) => {
      const { terminal, end } = open(w, { env: { VALUE: "a\0b" } });
      expect(await end).toMatchObject({ type: "refused", reason: expect.stringContaining("NUL") });
      expect(terminal.lent).toBe(0);
    });

    it("ends with its connection, which is told", async ({ w }) => {
      const opened = open(w);
      await said(opened, "$((6*7))", "42");
      await host.cut(w.connection);
      await expect(opened.end).rejects.toThrow(ConnectionLost);
      await eventually("it is gone", () => w.jobProcesses().length === 0);
    });

    test.skipIf(host.other === undefined)("is another user's", { timeout: 2 * PATIENCE_MS }, async () => {
      const w = new SessionWorld(host);
      await w.open();
      const opened = open(w, { user: host.other ?? "", env: { VALUE: "v1" }, dir: "/usr" });
      await said(opened, "$(id -un) $VALUE $PWD", `${host.other} v1 /usr`);
      await type(opened, "exit");
      expect(await opened.end).toEqual({ type: "ended" });
      await w.end();
    });
  });
}
