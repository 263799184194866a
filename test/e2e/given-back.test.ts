import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TerminalModes } from "../../src/cli/terminal-modes.ts";
import { identify } from "../../src/lab/process-identity.ts";
import type { RunEvent } from "../../src/model/event.ts";
import { hasTmux, TmuxScreen } from "./tmux.ts";
import { block, expectCode, linesOf, usePlace } from "./waymark.ts";

/*
 * However Waymark ends while its screen is open, short of kill -9, the terminal is as it was before, and nothing of a run
 * is lost. Those in one test run at the same time.
 */

const BUGS = `--import=${new URL("break-waymark.ts", import.meta.url).href}`;

describe.skipIf(!hasTmux)("the terminal", () => {
  const place = usePlace();

  /** A guide whose first step waits for `NAME.come`, on the screen. */
  async function open(name: string, env: Record<string, string> = {}): Promise<TmuxScreen> {
    const wait = `echo begun >> "$HOME/${name}"; until test -e "$HOME/${name}.come"; do sleep 0.1; done`;
    const guide = [`# ${name}\n`, block("sh {#wait on=local}", wait), block("sh {#end on=local}", "echo over")];
    await place().write(`${name}.md`, guide.join("\n"));
    const bugs = { NODE_OPTIONS: BUGS, WAYMARK_TEST_BUG: join(place().dir, `${name}.bug`) };
    const screen = await TmuxScreen.open(place(), ["run", `${name}.md`, "--tui"], { env: { ...bugs, ...env } });
    await screen.record(join(place().dir, `${name}.bytes`));
    await screen.shows("not begun; runs on local");
    return screen;
  }

  async function start(name: string, screen: TmuxScreen): Promise<void> {
    await screen.press("r");
    await expect.poll(() => linesOf(join(place().home, name)), { timeout: 60_000 }).toEqual(["begun"]);
    await screen.shows("◐ running");
  }

  const come = (name: string): Promise<string> => place().write(`home/${name}.come`, "");
  const bug = async (name: string, what: string): Promise<void> => {
    const file = await place().write(`${name}.bug`, what);
    await expect.poll(() => existsSync(`${file}.there`), { timeout: 60_000 }).toBe(true);
  };

  /** What is left of it, once it has ended with this code. */
  async function expectWhole(name: string, screen: TmuxScreen, code: number): Promise<string> {
    const text = await screen.shows(`exit status ${code}`, /^icanon echo$/m);
    expect(await screen.state()).toMatchObject({ alternate: false, cursor: true });
    // They come to the file by way of another process.
    const bytes = (): Promise<Buffer> => readFile(join(place().dir, `${name}.bytes`));
    await expect.poll(async () => /^icanon echo\r?$/m.test((await bytes()).toString()), { timeout: 60_000 }).toBe(true);
    const modes = new TerminalModes();
    modes.add(await bytes());
    expect(modes.restore()).toBe("");
    return text;
  }

  async function journalOf(name: string): Promise<readonly RunEvent[]> {
    const { stdout } = expectCode(0, await place().waymark("show", await runOf(name), "--json"));
    return stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as RunEvent);
  }

  async function runOf(name: string): Promise<string> {
    const { stdout } = await place().waymark("runs");
    return (
      stdout
        .split("\n")
        .find((line) => line.includes(`${name}.md`))
        ?.match(/\d{8}-\d{6}-\w{4}/)?.[0] ?? name
    );
  }

  test("is given back at every signal, and when it is lent to an editor", async () => {
    const editor = await place().write(
      "editor.sh",
      `stty raw -echo; printf '\\033[?1049h\\033[?25l'; echo anywhere > ${place().dir}/edited.bug; sleep 60\n`,
    );
    await Promise.all([
      (async () => {
        await using screen = await open("ended");
        process.kill(await screen.pid(), "SIGTERM");
        expect(await expectWhole("ended", screen, 143)).toContain("nothing of ended.md was run");
      })(),
      (async () => {
        await using screen = await open("quit");
        process.kill(await screen.pid(), "SIGINT");
        await expectWhole("quit", screen, 3);
      })(),
      (async () => {
        await using screen = await open("hung-up");
        await start("hung-up", screen);
        process.kill(await screen.pid(), "SIGHUP");
        await screen.shows("stops once what is at work has finished");
        await come("hung-up");
        expect(await expectWhole("hung-up", screen, 143)).toContain("waymark resume");
      })(),
      (async () => {
        await using screen = await open("stopped");
        const pid = await screen.pid();
        process.kill(pid, "SIGTSTP");
        await screen.press("C-z", "m");
        await screen.shows("Hosts and steps");
        // A shell that lets it go on after SIGSTOP has had the terminal meanwhile.
        process.kill(pid, "SIGSTOP");
        await screen.disturb();
        process.kill(pid, "SIGCONT");
        await screen.shows("Hosts and steps");
        await screen.press("m", "q");
        await expectWhole("stopped", screen, 3);
      })(),
      (async () => {
        await using screen = await open("edited", { EDITOR: `sh ${editor}` });
        await screen.press("e");
        await screen.shows("exit status 70", /^icanon echo$/m);
        expect(await screen.state()).toMatchObject({ alternate: false, cursor: true });
      })(),
    ]);
  });

  test("is given back after a bug, and the run goes on, or can be gone on with", async () => {
    await Promise.all([
      (async () => {
        await using screen = await open("drawn");
        await start("drawn", screen);
        await bug("drawn", "draw");
        await screen.shows("the screen has failed", "boom", "The run goes on in lines");
        await come("drawn");
        const text = await expectWhole("drawn", screen, 0);
        expect(text).toContain("✔ passed · 2/2 steps");
        expect(text).toMatch(/│ over/);
      })(),
      (async () => {
        await using screen = await open("pressed");
        await start("pressed", screen);
        await bug("pressed", "key");
        const pressed = async (): Promise<string> => {
          await screen.press("m");
          return screen.text();
        };
        await expect.poll(pressed, { timeout: 60_000 }).toContain("the screen has failed");
        await come("pressed");
        await expectWhole("pressed", screen, 0);
      })(),
      (async () => {
        await using screen = await open("at-rest");
        await bug("at-rest", "draw");
        await screen.press("m");
        expect(await expectWhole("at-rest", screen, 70)).toContain("this is a bug in waymark");
      })(),
      (async () => {
        await using screen = await open("lost");
        await start("lost", screen);
        await bug("lost", "anywhere");
        expect(await expectWhole("lost", screen, 70)).toContain("this is a bug in waymark [WM9000]: boom");
        await come("lost");
        expectCode(0, await place().waymark("resume", "lost.md"));
        expect(await linesOf(join(place().home, "lost"))).toEqual(["begun"]);
      })(),
    ]);
  });

  test("that has gone pauses the run, and ends Waymark", async () => {
    await Promise.all(
      ["gone-at-rest", "gone-at-work"].map(async (name) => {
        await using screen = await open(name);
        if (name === "gone-at-work") await start(name, screen);
        const pid = await screen.pid();
        await screen.close();
        await come(name);
        await expect.poll(() => identify(pid), { timeout: 60_000 }).toBeUndefined();
      }),
    );
    const journal = await journalOf("gone-at-work");
    expect(journal.at(-1)).toMatchObject({ type: "run-paused", reason: "interrupted" });
  });
});
