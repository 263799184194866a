import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { program } from "../../../src/cli/program.ts";
import { surroundings } from "../../../src/cli/terminal.ts";
import { EXIT } from "../../../src/model/errors.ts";
import type { EventType } from "../../../src/model/event.ts";
import { page, PAGES } from "./page.ts";

const waymark = program(surroundings(), () => {});

/** `waymark resume [RUN|GUIDE] --rerun STEP`, wherever it is written as code. */
const shown = PAGES.flatMap(({ path, text }) =>
  [...text.matchAll(/(?:^|`|[$&*] )waymark ([^`\n#&]+)/gm)].map(
    (match) => [path, `waymark ${match[1]?.trim()}`] as const,
  ),
);

const commandsOf = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(commandsOf)];

const flagsOf = (command: Command): readonly string[] =>
  command.options.flatMap(({ short, long }) => [short, long]).filter((flag) => flag !== undefined);

const everyFlag = new Set([...commandsOf(waymark).flatMap(flagsOf), "--help"]);

describe("command lines on the pages", () => {
  it.each(shown)("%s: %s", (_path, line) => {
    const words = line.split(/[\s=,]+/).slice(1);
    let command: Command = waymark;
    for (const word of words) command = command.commands.find((one) => one.name() === word) ?? command;
    if (words[0] !== "COMMAND") expect(command, `there is no ${line}`).not.toBe(waymark);
    for (const flag of words.filter((word) => /^--?[a-z]/.test(word))) {
      expect([...flagsOf(command), "--help"]).toContain(flag);
    }
  });
});

describe("docs/cli.md", () => {
  const { text } = page("docs/cli.md");
  const inCode = [...text.matchAll(/`[^`\n]+`/g)].map(([code]) => code).join(" ");

  it("names every command", () => {
    for (const command of waymark.commands) expect(text).toContain(`\`waymark ${command.name()}`);
  });

  it("names every flag, and no other", () => {
    const named = new Set(inCode.match(/(?<![\w-])--?[a-z][a-z-]*/g));
    expect([...named].filter((flag) => !everyFlag.has(flag))).toEqual([]);
    const missing = [...everyFlag].filter((flag) => flag.startsWith("--") && !named.has(flag));
    // For reports of bugs, and told by --help.
    expect(missing).toEqual(["--version", "--debug"]);
  });

  it("names every exit code", () => {
    for (const code of Object.values(EXIT))
      expect(text).toMatch(new RegExp(`^\\| ([0-9]+, )?${code}(, [0-9]+)? \\|`, "m"));
  });

  it("names every event", () => {
    const all: Readonly<Record<EventType | "task-output", true>> = {
      "run-started": true,
      "run-resumed": true,
      "guide-changed": true,
      "host-connected": true,
      "host-lost": true,
      "host-held": true,
      "task-deferred": true,
      "reboot-started": true,
      "host-rebooted": true,
      "host-facts": true,
      "host-set-aside": true,
      "step-started": true,
      "task-started": true,
      "attempt-started": true,
      "attempt-finished": true,
      "attempt-judged": true,
      "background-ended": true,
      "batch-judged": true,
      "task-finished": true,
      "task-unknown": true,
      "step-finished": true,
      "variable-captured": true,
      "operator-decided": true,
      "checkpoint-reached": true,
      "check-started": true,
      "check-finished": true,
      "step-undone": true,
      "timer-fired": true,
      "run-paused": true,
      "run-finished": true,
      "task-output": true,
    };
    for (const type of Object.keys(all)) expect(inCode).toContain(`\`${type}\``);
  });
});
