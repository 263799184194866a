import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { EventType, RunEvent } from "../../src/model/event.ts";
import { OnTerminal } from "./terminal.ts";
import { block, expectCode, usePlace } from "./waymark.ts";

/*
 * Whatever only a person can say: asked for on a terminal, and off one a reason to rest, with the way to go on.
 */

const hasTerminal = spawnSync("script", ["--version"]).status === 0;

const GUIDE = [
  "---",
  "runbook:",
  "  inputs:",
  "    NETWORK: { choices: [flannel, calico] }",
  "    KEY: { secret: true, description: The key }",
  "    DISK: { ask: late, pattern: 'sd[a-z]' }",
  "  defaults: { on: local }",
  "---",
  "# Questions",
  block("bash {#look checkpoint='Look at $NETWORK.'}", 'echo "sda sdb $NETWORK ${#KEY}"'),
  block("bash {#erase confirm='Erase $DISK?'}", 'echo "erased $DISK" >> "$HOME/done"'),
  "<!-- waymark: #cables manual -->\n\n- [ ] Label it\n- [ ] Shelve it\n",
  block("bash {#broken}", 'test -e "$HOME/mended"'),
  block("bash {#mend fix=broken}", 'touch "$HOME/mended"'),
].join("\n");

const UP_FRONT = ["--input", "NETWORK=calico", "--input", "KEY=swordfish-swordfish"];
const DOWN = "\u001b[B";
const CTRL_C = "\u0003";
const CTRL_D = "\u0004";

describe("questions", () => {
  const place = usePlace();
  const effects = (): Promise<string> => readFile(join(place().home, "done"), "utf8").catch(() => "");
  const ofType = async <T extends EventType>(type: T) =>
    (await place().journal()).filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);

  describe.skipIf(!hasTerminal)("on a terminal", () => {
    test("are put one after the other, and the run passes", async () => {
      await place().write("guide.md", GUIDE);
      const terminal = new OnTerminal(place(), ["run", "guide.md", "--plain"]);
      await terminal.answer("NETWORK:", `${DOWN}\r`);
      await terminal.answer("KEY (The key):", "swordfish-swordfish\r");
      await terminal.answer("Go on?", "\r");
      await terminal.answer("DISK:", "hda\r");
      await terminal.answer("DISK must be all of the form", "\u0015sdb\r");
      await terminal.answer("Run it on local?", "y\r");
      await terminal.answer("Label it: done on local?", "y\r");
      await terminal.answer("Shelve it: done on local?", "y\r");
      await terminal.answer("Run mend", "y\r");
      expect(await terminal.ended).toBe(0);

      expect(terminal.text).toContain("sda sdb calico 19");
      expect(terminal.text).not.toContain("swordfish");
      // What a question is about stands above it.
      expect(terminal.text.indexOf("exit status 1")).toBeLessThan(terminal.text.indexOf("Run mend"));
      expect(terminal.text.indexOf("sda sdb calico")).toBeLessThan(terminal.text.indexOf("Go on?"));
      expect(await effects()).toBe("erased sdb\n");
      for (const text of (await place().stateFiles()).values()) expect(text.includes("swordfish")).toBe(false);
    });

    test("taken back by Ctrl-C stop the run like Ctrl-C anywhere", async () => {
      await place().write("guide.md", GUIDE);
      const terminal = new OnTerminal(place(), [
        "run",
        "guide.md",
        "--plain",
        ...UP_FRONT,
        "--yes",
        "--input",
        "DISK=sda",
      ]);
      await terminal.answer("Label it: done on local?", CTRL_C);
      expect(await terminal.ended).toBe(130);
      expect(await ofType("run-paused")).toMatchObject([{ reason: "interrupted" }]);
      expect(terminal.text).toContain(`waymark resume ${await place().lastRun()}`);
    });

    test("left without an answer by Ctrl-D rest the run", async () => {
      await place().write("guide.md", GUIDE);
      const terminal = new OnTerminal(place(), ["run", "guide.md", "--plain", ...UP_FRONT, "--yes"]);
      await terminal.answer("DISK:", CTRL_D);
      expect(await terminal.ended).toBe(3);
      expect(await ofType("run-paused")).toMatchObject([{ reason: "input", detail: "DISK" }]);
      expect(terminal.text).toContain("--input DISK=");
    });

    test("before the run are taken back by Ctrl-C as well: nothing was run", async () => {
      await place().write("guide.md", GUIDE);
      const terminal = new OnTerminal(place(), ["run", "guide.md", "--plain"]);
      await terminal.answer("NETWORK:", CTRL_C);
      expect(await terminal.ended).toBe(130);
      await expect(place().lastRun()).rejects.toThrow();
    });
  });

  test("off a terminal rest the run, whose last lines say how to go on, until all is answered", async () => {
    await place().write("guide.md", GUIDE);
    const without = expectCode(2, await place().waymark("run", "guide.md", ...UP_FRONT));
    expect(without.stderr).toContain("The input `DISK` has no value");

    const first = expectCode(3, await place().waymark("run", "guide.md", ...UP_FRONT, "--input", "DISK=sda"));
    const run = await place().lastRun();
    expect(first.stdout).toContain("Look at calico.");
    expect(first.stdout).toMatch(new RegExp(`go on +waymark resume ${run}\n$`));

    // The secret is not written down.
    const forgotten = expectCode(2, await place().waymark("resume"));
    expect(forgotten.stderr).toContain("Set WAYMARK_INPUT_KEY");

    const key = ["--input", "KEY=swordfish-swordfish"];
    const second = expectCode(3, await place().waymark("resume", ...key));
    expect(second.stdout).toContain("Erase sda?");
    expect(second.stdout).toContain(`waymark resume ${run} --confirm erase\n`);
    expect(await effects()).toBe("");

    const changed = expectCode(3, await place().waymark("resume", ...key, "--input", "DISK=sdb", "--confirm", "erase"));
    expect(changed.stderr).toContain("DISK: sdb, was sda; steps done already keep the old value");
    expect(await effects()).toBe("erased sdb\n");
    expect(changed.stdout).toContain("Label it");
    expect(changed.stdout).toContain(`waymark resume ${run} --done cables\n`);

    const last = expectCode(0, await place().waymark("resume", ...key, "--done", "cables", "--yes"));
    expect(last.stderr).toBe("");
    expect(await effects()).toBe("erased sdb\n");
    expect((await ofType("run-resumed")).map(({ inputs }) => inputs?.["DISK"])).toEqual([undefined, "sdb", undefined]);
  });
});
