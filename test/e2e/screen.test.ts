import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasTmux, TmuxScreen } from "./tmux.ts";
import { block, usePlace } from "./waymark.ts";

/*
 * A run from its start to its end on the screen, by keys alone: what fails is mended and gone on with there.
 */

const GUIDE = [
  "---\nrunbook:\n  inputs:\n    DISK: { ask: late, pattern: 'sd[a-z]' }\n  defaults: { on: local }\n---\n\n# Driven by keys\n",
  "## Begin\n\nFirst of all:\n",
  block("bash {#begin}", 'echo begun >> "$HOME/effects"'),
  "## Break\n\nHere is a slip:\n",
  block("bash {#slip}", 'echo tried >> "$HOME/effects"; cat /nowhere/to/be/found'),
  "Look at it before you go on:\n",
  block('bash {#look checkpoint="Is it all right?"}', "echo something to look at"),
  "Label the cables:\n\n<!-- waymark: #cables manual -->\n\n- [ ] Label the first\n- [ ] Label the second\n",
  "Erase it:\n",
  block("bash {#erase confirm='Erase it all?'}", 'echo "erased $DISK" >> "$HOME/effects"'),
].join("\n");

const EDITOR = '#!/bin/sh\n# vi +LINE FILE\necho "$1" > "$HOME/line"\nsed -i "s#cat /nowhere.*#echo mended#" "$2"\n';

describe.skipIf(!hasTmux)("run, on a terminal", () => {
  const place = usePlace();
  const effects = async (): Promise<readonly string[]> =>
    (await readFile(join(place().home, "effects"), "utf8")).trimEnd().split("\n");
  /** A run that its reader has started. */
  const started = async (options?: Parameters<typeof TmuxScreen.open>[2]): Promise<TmuxScreen> => {
    const screen = await TmuxScreen.open(place(), ["run", "guide.md"], options);
    await screen.shows("not started", " r Enter start ");
    await screen.press("r");
    return screen;
  };

  test("leaves all that is typed to an editor that it has lent the terminal to, and is whole behind it", async () => {
    await place().write("guide.md", GUIDE);
    const reads =
      'echo editing; read -r a; echo "$a" >"$HOME/typed"; echo "line $a"; read -r b; echo "$b" >>"$HOME/typed"; printf half';
    const editor = await place().write("editor.sh", reads);
    await using screen = await TmuxScreen.open(place(), ["run", "guide.md"], { env: { EDITOR: `sh ${editor}` } });
    await screen.shows("not started");
    await screen.press("e");
    await screen.shows("editing");
    await screen.press("one", "Enter");
    await screen.shows("line one");
    await screen.press("two", "Enter");
    // Its first line stands where it should, whatever column the editor has left.
    await screen.shows(/^ Driven by keys .*not started/);
    expect(await readFile(join(place().home, "typed"), "utf8")).toBe("one\ntwo\n");
  });

  test("is only shown, and can be edited, before it is started", async () => {
    await place().write("guide.md", GUIDE);
    const editor = await place().write("editor.sh", EDITOR);
    const gate = join(place().dir, "gate");
    spawnSync("mkfifo", [gate]);
    const env = { EDITOR: `sh ${editor}` };
    await using screen = await TmuxScreen.open(place(), ["run", "guide.md"], { env, gate });
    // What was typed for the shell, before there was a screen, moves and starts nothing.
    await screen.press("j", "j", "r");
    await screen.shows("jjr");
    await writeFile(gate, "");
    await screen.shows("Driven by keys", "not started · 0/5 steps", "; cat /nowhere/to/be/found");
    await screen.press("j");
    await screen.shows("─ 2 Here is a slip");
    // What it would do, with a look at its hosts: of that nothing stays either.
    await screen.press("p");
    await screen.shows(" What it would do; Esc closes this ─", /with +bash -e/, "On its hosts", "would run");
    await screen.press("Escape");
    await screen.shows("not begun; runs on local");
    await screen.press("e");
    await screen.shows("not started · 0/5 steps", "; echo mended");
    await screen.press("q");
    await screen.shows("nothing of guide.md was run", "exit status 3", /^icanon echo$/m);
    await expect(effects()).rejects.toThrow("ENOENT");
    expect((await place().waymark("runs")).stdout).toBe("No runs yet.\n");
  });

  test("from a failure by way of an edit, a checkpoint, a list, an input and a confirmation to its end", async () => {
    await place().write("guide.md", GUIDE);
    const editor = await place().write("editor.sh", EDITOR);
    await using screen = await started({ env: { EDITOR: `sh ${editor}` } });
    await screen.shows("✖ failed · 1/5 steps", "cat: /nowhere/to/be/found", " r go on  e edit ");
    await screen.press("e");
    await screen.shows("Is it all right?", "? Go on?  [Y/n]", "─ 3 Look at it before you go on");
    // What is asked does not keep anybody from looking about.
    await screen.press("k");
    await screen.shows("─ 2 Here is a slip");
    await screen.press("y");
    await screen.shows("? Label the first: done on local?");
    await screen.press("y");
    await screen.shows("? Label the second: done on local?");
    await screen.press("y");
    await screen.shows("? DISK");
    await screen.press("x", "y", "Enter");
    await screen.shows("DISK must be all of the form");
    await screen.press("C-u", "s", "d", "b", "Enter");
    await screen.shows("Erase it all?", "[y/N]");
    await screen.press("y");
    await screen.shows("✔ passed · 5/5 steps", " q Ctrl-C close ");
    await screen.press("q");

    // What matters stands on the normal screen.
    const left = await screen.shows("exit status 0", /^icanon echo$/m);
    expect(left).toContain("✔ passed · 5/5 steps");
    expect(await effects()).toEqual(["begun", "tried", "tried", "erased sdb"]);
    expect((await readFile(join(place().home, "line"), "utf8")).trim()).toMatch(/^\+\d+$/);
    const resumed = (await place().journal()).filter(({ type }) => type === "run-resumed");
    expect(resumed).toHaveLength(1);
  });

  test("a guide that cannot be run is told on the screen, and nothing is lost", async () => {
    await place().write("guide.md", GUIDE);
    const editor = await place().write("editor.sh", "sed -i 's/{#slip}/{#slip frsh}/' \"$2\"\n");
    await using screen = await started({ env: { EDITOR: `sh ${editor}` } });
    await screen.shows("✖ failed", " e edit ");
    await screen.press("e");
    await screen.shows("guide.md cannot be run", "frsh");
    await screen.press("Escape");
    // Not before it is closed: Escape and a key together are another key.
    await screen.shows("cat: /nowhere/to/be/found", /^(?![^]*cannot be run)/);
    await screen.press("q");
    await screen.shows("exit status 1", "waymark resume", /^icanon echo$/m);
    expect(await effects()).toEqual(["begun", "tried"]);
  });

  test("stopped by keys it lets what is at work finish, and can be resumed on the screen", async () => {
    const waiting =
      'echo begun >> "$HOME/effects"; until test -e "$HOME/come"; do sleep 0.1; done; echo over >> "$HOME/effects"';
    await place().write(
      "guide.md",
      [
        "# Wait\n",
        block("bash {#wait on=local}", waiting),
        block("bash {#end on=local}", 'echo end >> "$HOME/effects"'),
      ].join("\n"),
    );
    await using screen = await started();
    await screen.shows("◐ running", /◐ +1 /);
    await expect.poll(effects, { timeout: 60_000 }).toEqual(["begun"]);
    await screen.press("C-c");
    await screen.shows("stops once what is at work has finished");
    await place().write("home/come", "");
    await screen.shows("interrupted", " r go on ");
    await screen.press("q");
    await screen.shows("exit status 130");
    // It stands where it stopped, and goes on when its reader wants it to; with --yes at once.
    await using seen = await TmuxScreen.open(place(), ["resume"]);
    await seen.shows("interrupted", " r go on ", /▸· +2 /);
    await seen.press("q");
    await seen.shows("exit status 3");
    await using again = await TmuxScreen.open(place(), ["resume", "--yes"]);
    await again.shows("✔ passed · 2/2 steps");
    await again.press("q");
    await again.shows("exit status 0");
    expect(await effects()).toEqual(["begun", "over", "end"]);
  });

  test("left at once by the third Ctrl-C, also in a second stretch, it says what may go on", async () => {
    const waiting = `test -e "$HOME/again" || exit 1; trap '' TERM; touch "$HOME/begun"; sleep 20`;
    await place().write("guide.md", ["# Wait\n", block("bash {#wait on=local}", waiting)].join("\n"));
    await using screen = await started();
    await screen.shows("✖ failed", " r go on ");
    await place().write("home/again", "");
    await screen.press("r");
    await screen.shows("◐ running", /◐ +1 /);
    // It minds no TERM from now on.
    await expect.poll(() => existsSync(join(place().home, "begun")), { timeout: 60_000 }).toBe(true);
    await screen.press("C-c");
    await screen.shows("stops once what is at work has finished");
    await screen.press("C-c");
    await screen.shows("cancels what is at work");
    await screen.press("C-c");
    await screen.shows("left at once; what is at work on local may go on", "exit status 130", /^icanon echo$/m);
  });

  test("goes on with the run that is shown, whatever was begun elsewhere since", async () => {
    const guide = ["# Broken\n", block("bash {#broken on=local}", 'test -e "$HOME/mended"')].join("\n");
    await place().write("guide.md", guide);
    await using screen = await started();
    const shown = await screen.shows("✖ failed", " r go on ");
    const [id = "no run"] = /\d{8}-\d{6}-\w{4}/.exec(shown) ?? [];
    expect((await place().waymark("run", "guide.md", "--new")).code).toBe(1);
    await place().write("home/mended", "");
    await screen.press("r");
    await screen.shows("✔ passed", id);
  });

  test("there must be a terminal for it", async () => {
    await place().write("guide.md", GUIDE);
    const { code, stderr } = await place().waymark("run", "guide.md", "--tui");
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("WM8040") as string });
  });
});
