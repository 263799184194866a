import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { findRun } from "../journal/find-run.ts";
import { isUnfinished, listKept, listRuns, type RunSummary } from "../journal/list-runs.ts";
import { journalPath } from "../journal/run-folder.ts";
import { readWords, type TypedLine } from "./command-words.ts";
import { type Surroundings, shownPath, stateDir } from "./terminal.ts";

/*
 * What the scripts of `waymark completion` ask for at every Tab. Names of files are the shell's business; for the rest
 * this is quick: what an answer needs is loaded for that answer.
 *
 * The answer: on the first line which files fit (`guides`, `files`, `folders` or `none`), then a candidate a line, with
 * a tab and what it is.
 */

interface Candidate {
  readonly value: string;
  readonly about: string;
}

type Files = "guides" | "files" | "folders" | "none";

interface Answer {
  readonly files: Files;
  readonly candidates: readonly Candidate[];
}

const NOTHING: Answer = { files: "none", candidates: [] };

/** Of commands that only do something with runs that are not over. */
const ONLY_UNFINISHED: ReadonlySet<string> = new Set(["resume", "abandon"]);

/** Of those that also tell what `waymark verify` saw. */
const TELLING: ReadonlySet<string> = new Set(["show", "report", "publish", "clean"]);

/**
 * Prints what can stand where the cursor is. Never fails: a line that is wrong has no completions.
 * @param words what follows the program's name; the last one is where the cursor is
 */
export async function complete(around: Surroundings, program: Command, words: readonly string[]): Promise<void> {
  const line = readWords(program, words);
  const { files, candidates } = await answer(around, line).catch(() => NOTHING);
  const plain = (text: string): string => text.replaceAll(/[\p{Cc}\s]+/gu, " ").trim();
  const lines = candidates.map(({ value, about }) => `${value}\t${plain(about)}\n`);
  around.stdout.write(`${files}\n${lines.join("")}`);
}

async function answer(around: Surroundings, line: TypedLine): Promise<Answer> {
  const { command, slot } = line;
  switch (slot.type) {
    case "nothing":
      return NOTHING;
    case "flag":
      return { files: "none", candidates: flagsOf(line) };
    case "command": {
      const commands = command.createHelp().visibleCommands(command);
      return { files: "none", candidates: commands.map((one) => candidate(one.name(), one.description())) };
    }
    case "value": {
      const { name, choices, before } = slot;
      const fixed = choices.map((choice) => candidate(choice, ""));
      const kinds = name.split("|");
      const found = await Promise.all(kinds.map(async (kind) => (await SOURCES[kind]?.(around, line)) ?? []));
      return {
        files: kinds.map((kind) => FILES[kind]).find((files) => files !== undefined) ?? "none",
        candidates: [...fixed, ...found.flat()].map(({ value, about }) => candidate(before + value, about)),
      };
    }
    default:
      return slot satisfies never;
  }
}

/** Flags that have not been given, and those that may be given again. */
function flagsOf({ command, flags, typed }: TypedLine): readonly Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long, defaultValue }) => !flags.has(long ?? "") || Array.isArray(defaultValue))
    .map(({ short, long, description }) => candidate(short === typed ? short : (long ?? short ?? ""), description));
}

type Source = (around: Surroundings, line: TypedLine) => Promise<readonly Candidate[]>;

/** By the words that help has for values. */
const SOURCES: Readonly<Record<string, Source>> = {
  run: async (around, line) => (await runsOf(around, line)).map(describeRun),
  step: stepsOf,
  host: hostsOf,
  pattern: namesOf,
};

const FILES: Readonly<Record<string, Files>> = {
  guide: "guides",
  file: "files",
  path: "files",
  folder: "folders",
  dir: "folders",
};

async function runsOf(around: Surroundings, { command, flags }: TypedLine): Promise<readonly RunSummary[]> {
  const list = TELLING.has(command.name()) ? listKept : listRuns;
  const runs = await list(stateDir(around, flags.get("--state-dir")?.at(-1)));
  return ONLY_UNFINISHED.has(command.name()) ? runs.filter(isUnfinished) : runs;
}

function describeRun({ folder, condition, guide = "", verify }: RunSummary): Candidate {
  return candidate(
    folder.id,
    `${verify === true ? "verify " : ""}${condition} ${guide.slice(dirname(guide).length + 1)}`,
  );
}

/** The run that the line is about: the one it names, else the newest. */
async function runOf(around: Surroundings, line: TypedLine): Promise<RunSummary> {
  const runs = await runsOf(around, line);
  const [wanted] = line.args;
  const guide = wanted === undefined ? undefined : pathOf(around, wanted);
  return findRun(runs, runs.some((run) => run.guide === guide) ? guide : wanted);
}

/** The steps of the guide that the line names, or of the run that it is about, by their titles. */
async function stepsOf(around: Surroundings, line: TypedLine): Promise<readonly Candidate[]> {
  const [first] = line.command.registeredArguments;
  const path = first?.name() === "guide" ? line.args[0] : (await runOf(around, line)).guide;
  if (path === undefined) return [];
  const { readGuide } = await import("../document/read-guide.ts");
  const { runbook } = readGuide(path, await readFile(pathOf(around, path)));
  return (runbook?.steps ?? []).map(({ id, title }) => candidate(id, title));
}

/** The hosts that the run has had something to do with. */
async function hostsOf(around: Surroundings, line: TypedLine): Promise<readonly Candidate[]> {
  const { folder } = await runOf(around, line);
  const { readJournal } = await import("../journal/read-journal.ts");
  const { events } = await readJournal(journalPath(folder));
  const names = new Set(events.flatMap((event) => ("host" in event ? [event.host] : [])));
  return [...names].map((name) => candidate(name, ""));
}

/** Groups and hosts of the hosts file. */
async function namesOf(around: Surroundings, { args, flags }: TypedLine): Promise<readonly Candidate[]> {
  const { readInventory } = await import("./inventory.ts");
  const { groupsOf } = await import("../inventory/match-hosts.ts");
  const guide = pathOf(around, args[0] ?? "guide.md");
  const file = flags.get("--inventory")?.at(-1);
  const given = { host: flags.get("--host") ?? [], ...(file !== undefined && { inventory: pathOf(around, file) }) };
  const { inventory, source } = await readInventory(around, { path: guide }, given);
  const from = source.file === undefined ? "" : shownPath(around, source.file);
  return [
    ...[...groupsOf(inventory)].map(([name, { length }]) => candidate(name, `group of ${length}`)),
    ...inventory.hosts.map(({ name }) => candidate(name, `host ${from && `in ${from}`}`)),
  ];
}

/** Shells hand words over as they were typed. */
function pathOf({ cwd, home }: Surroundings, typed: string): string {
  return resolve(cwd, typed.replace(/^~(?=\/|$)/, home));
}

function candidate(value: string, about: string): Candidate {
  return { value, about };
}
