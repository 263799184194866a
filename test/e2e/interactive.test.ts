import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { describe, expect, test } from "vitest";
import { eventually, processesWith } from "../contract/session-processes.ts";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { TmuxScreen, hasTmux } from "./tmux.ts";
import { block, expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * Steps that have the operator's terminal, in a real one, on real hosts: what is typed is for them, and the terminal is
 * as it was when they have gone, whoever ends whom.
 */

/** A program with the whole screen, as editors and menus have it. */
const MENU = [
  "printf '\\033[?1049h\\033[?25l\\033[2J\\033[H'",
  "trap 'echo \"caught\" >> ~/seen' INT",
  'echo "begun" >> ~/seen',
  'echo "Größe on $WAYMARK_HOST: $(stty size) $TERM $GREETING"',
  'until read -r x && [ -n "$x" ]; do echo "now $(stty size)"; done',
  'echo "typed $x $(stty size)" >> ~/seen',
  "printf '\\033[?25h\\033[?1049l'",
];

const GUIDE = [
  "---",
  "runbook: { defaults: { on: all } }",
  "---",
  "# Menus",
  block("bash {#before}", 'export GREETING="hello there"'),
  block("bash {#menu interactive}", ...MENU),
  block("bash {#after}", 'echo "after" >> ~/seen'),
].join("\n");

describe("an interactive step", () => {
  const lab = useLoopbackLab({ names: ["one", "two"] });
  const place = usePlace();
  const seen = (host: string): Promise<readonly string[]> => linesOf(join(lab().home(host), "seen"));
  const waymark = (): number => {
    const pid = processesWith("WAYMARK_STATE_DIR", place().state).find((each) =>
      readFileSync(`/proc/${each}/cmdline`, "utf8").startsWith(`${execPath}\0`),
    );
    if (pid === undefined) throw new Error("waymark is not there");
    return pid;
  };
  const hosts = (...names: readonly string[]): string =>
    hostsFile(lab().hosts.filter(({ name }) => names.includes(name)));

  test("rests where there is no terminal, and what was done by hand is called done", async () => {
    await place().write("hosts.yaml", hosts("two"));
    await place().write("guide.md", GUIDE);
    const rests = expectCode(3, await place().waymark("run", "guide.md"));
    expect(rests.stdout).toContain("rests: a step needs a terminal");
    expect(rests.stdout).toMatch(/once done by hand +waymark resume \S+ --done menu/);
    expectCode(0, await place().waymark("resume", "--done", "menu"));
    expect(await seen("two")).toEqual(["after"]);
  });

  describe.skipIf(!hasTmux)("on a terminal", () => {
    test("has it on one host after the other: screen, size, keys, what steps before have exported", async () => {
      await place().write("hosts.yaml", hosts("one", "two"));
      await place().write("guide.md", GUIDE.replaceAll("~/seen", "~/both"));
      await using screen = await TmuxScreen.open(place(), ["run", "guide.md", "--plain"], { columns: 110, rows: 30 });
      await screen.shows(/Größe on one: 30 110 \S+ hello there/);
      expect(await screen.isAlternate()).toBe(true);
      await screen.press("C-c");
      await screen.resize(90, 24);
      // What is typed does not wait for the host to know.
      while (!(await screen.text()).includes("now 24 90")) await screen.press("Enter");
      await screen.press("C-z", "C-u", "Zürich", "Enter");
      await screen.shows("Größe on two: 24 90");
      await screen.press("x", "Enter");
      const after = await screen.shows("exit status 0", "icanon echo");
      expect(await screen.isAlternate()).toBe(false);
      for (const line of ["── one: ", "── two: "]) expect(after).toContain(line);
      const lines = await linesOf(join(lab().home("one"), "both"));
      expect(lines).toEqual(["begun", "caught", "typed Zürich 24 90", "after"]);
      expect(await linesOf(join(lab().home("two"), "both"))).toEqual(["begun", "typed x 24 90", "after"]);
      const kept = [...(await place().stateFiles()).values()].join("\n");
      expect(kept).not.toContain("Größe on one");
    });

    test("leaves the screen open for what is typed next", async () => {
      await place().write("hosts.yaml", hosts("one"));
      await place().write(
        "guide.md",
        ["# Menus", block("bash {#menu on=all interactive}", ...MENU), block("bash {#bad on=all}", "false")]
          .join("\n")
          .replaceAll("~/seen", "~/screen"),
      );
      await using screen = await TmuxScreen.open(place(), ["run", "guide.md", "--yes"]);
      await screen.shows("Größe on one");
      await screen.press("y", "Enter");
      await screen.shows("exit status 1", " r go on ");
      await screen.press("?");
      await screen.shows("Keys; Esc closes this");
      await screen.press("q");
      await screen.shows("go on    waymark resume", "icanon echo");
    });

    test("ends with Waymark, which leaves the terminal as it was, and runs again when the run goes on", async () => {
      await place().write("hosts.yaml", hosts("one"));
      await place().write("guide.md", GUIDE.replaceAll("~/seen", "~/ended"));
      await using screen = await TmuxScreen.open(place(), ["run", "guide.md", "--plain"]);
      await screen.shows("Größe on one");
      process.kill(waymark(), "SIGTERM");
      await screen.shows("exit status 143", "icanon echo", "interrupted");
      expect(await screen.isAlternate()).toBe(false);
      await using again = await TmuxScreen.open(place(), ["resume", "--plain"]);
      await again.shows("Größe on one");
      await again.press("y", "Enter");
      await again.shows("exit status 0", "icanon echo");
      expect(await linesOf(join(lab().home("one"), "ended"))).toEqual(["begun", "begun", "typed y 30 120", "after"]);
    });

    test("is not begun again by itself when Waymark was killed under it", async () => {
      await place().write("hosts.yaml", hosts("one"));
      await place().write("guide.md", GUIDE.replaceAll("~/seen", "~/killed"));
      await using screen = await TmuxScreen.open(place(), ["run", "guide.md", "--plain"]);
      await screen.shows("Größe on one");
      process.kill(waymark(), "SIGKILL");
      await screen.shows("exit status 137");
      // Its terminal is gone, and so is the program; its status is known.
      const failed = expectCode(1, await place().waymark("resume"));
      expect(failed.stdout).toContain("ended without its terminal");
      expect(await linesOf(join(lab().home("one"), "killed"))).toEqual(["begun"]);
    });

    test("gives the terminal back when the connection is cut", async () => {
      await place().write("hosts.yaml", hosts("one"));
      await place().write("guide.md", GUIDE.replaceAll("~/seen", "~/cut"));
      await using screen = await TmuxScreen.open(place(), ["run", "guide.md", "--plain"]);
      await screen.shows("Größe on one");
      await lab().cutConnections("one");
      await screen.shows("ended without its terminal", "exit status 1", "icanon echo");
      expect(await screen.isAlternate()).toBe(false);
      expect(await linesOf(join(lab().home("one"), "cut"))).toEqual(["begun"]);
    });

    test("has one on this machine as well", async () => {
      await place().write("guide.md", GUIDE.replace("on: all", "on: local").replaceAll("~/seen", "~/here"));
      await using screen = await TmuxScreen.open(place(), ["run", "guide.md", "--plain"], { columns: 100, rows: 30 });
      await screen.shows("Größe on local: 30 100");
      await screen.press("C-c");
      await eventually(
        "it is caught",
        async () => (await linesOf(join(place().home, "here"))).includes("caught"),
        60_000,
      );
      await screen.press("z", "Enter");
      await screen.shows("exit status 0", "icanon echo");
      expect(await linesOf(join(place().home, "here"))).toEqual(["begun", "caught", "typed z 30 100", "after"]);
    });
  });
});
