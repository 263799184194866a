import { Argument, Command, Option } from "commander";
import { describe, expect, it } from "vitest";
import { readWords } from "../../../src/cli/command-words.ts";

function program(): Command {
  const waymark = new Command("waymark").option("--debug");
  waymark
    .command("run")
    .argument("<guide>")
    .option("-i, --inventory <file>")
    .option("--only <step...>")
    .option("--new")
    .addOption(new Option("--to <form>").choices(["html", "md"]));
  waymark.command("check").argument("<guide...>");
  waymark.command("runs");
  waymark.command("completion").addArgument(new Argument("<shell>").choices(["bash", "zsh"]));
  const lab = waymark.command("lab");
  lab.command("up").argument("[count]");
  return waymark;
}

/** What is wanted at the end of the line. */
function slot(...words: readonly string[]): string {
  const { slot, command } = readWords(program(), words);
  if (slot.type !== "value") return `${slot.type} of ${command.name()}`;
  return [slot.before, slot.name, ...slot.choices].filter(Boolean).join(" ");
}

describe("at the end of a line there can be", () => {
  it.each<[string, ...string[]]>([
    ["command of waymark", ""],
    ["command of waymark", "ru"],
    ["command of waymark", "--debug", ""],
    ["flag of waymark", "-"],
    ["guide", "run", ""],
    ["guide", "run", "--new", "gu"],
    ["flag of run", "run", "guide.md", ""],
    ["nothing of run", "run", "guide.md", "x"],
    ["flag of run", "run", "guide.md", "--"],
    ["flag of run", "run", "-"],
    ["file", "run", "-i", ""],
    ["file", "run", "--inventory", "--new"],
    ["guide", "run", "-ihosts.yaml", ""],
    ["guide", "run", "-i", "hosts.yaml", ""],
    ["guide", "run", "--inventory=hosts.yaml", ""],
    ["--inventory= file", "run", "--inventory="],
    ["--inventory= file", "run", "--inventory=a=b"],
    ["-i file", "run", "-iho"],
    ["nothing of run", "run", "--new=x"],
    ["nothing of run", "run", "--nwe=x"],
    ["step", "run", "guide.md", "--only", "jo"],
    ["form html md", "run", "--to", ""],
    ["--to= form html md", "run", "--to=h"],
    ["guide", "check", "a.md", "b.md", ""],
    ["flag of runs", "runs", ""],
    ["shell bash zsh", "completion", ""],
    ["command of lab", "lab", ""],
    ["count", "lab", "up", ""],
    // After -- nothing is a flag.
    ["guide", "run", "--", "-"],
    ["nothing of run", "run", "--", "guide.md", ""],
    ["nothing of waymark", "rnu", "guide.md", ""],
  ])("%s: %j %j %j %j", (wanted, ...words) => {
    expect(slot(...words)).toBe(wanted);
  });
});

it("keeps what has been typed before", () => {
  const { command, args, flags } = readWords(program(), ["run", "-i", "a.yaml", "--new", "guide.md", "--only=x", ""]);
  expect(command.name()).toBe("run");
  expect(args).toEqual(["guide.md"]);
  expect([...flags]).toEqual([
    ["--inventory", ["a.yaml"]],
    ["--new", [""]],
    ["--only", ["x"]],
  ]);
});
