import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { readGuide } from "../../../src/document/read-guide.ts";
import { readHostsFile } from "../../../src/inventory/hosts-file.ts";
import type { Runbook, Step } from "../../../src/model/runbook.ts";
import { compile } from "../../../src/plan/compile.ts";

/*
 * The guides in runbooks/ cannot be run here as a whole. What can be said without Raspberry Pis: they have no problems,
 * whatever is chosen, and every block in them is well-formed.
 */

const FOLDER = join(import.meta.dirname, "../../../runbooks");
const guides = readdirSync(FOLDER).filter((name) => name.endsWith(".md"));

const hostsText = readFileSync(join(FOLDER, "hosts.yaml"), "utf8");
const { inventory, diagnostics: hostsProblems } = readHostsFile("hosts.yaml", hostsText, {
  cwd: "/",
  home: "/home/me",
});

function read(guide: string): { readonly runbook: Runbook; readonly text: string } {
  const bytes = readFileSync(join(FOLDER, guide));
  const { runbook, diagnostics } = readGuide(guide, bytes);
  expect(diagnostics).toEqual([]);
  if (runbook === undefined) throw new Error(`${guide} is no runbook`);
  return { runbook, text: bytes.toString("utf8") };
}

/** What is wrong with the plan where these inputs have other values than their defaults. */
function problems(runbook: Runbook, values: Readonly<Record<string, string>>) {
  if (inventory === undefined) throw new Error("there is no inventory");
  const defaults = runbook.settings.inputs.map(({ name, default: value = "given" }) => [name, value] as const);
  const inputs = { ...Object.fromEntries(defaults), ...values };
  return compile({ runbook, digest: "0", inventory, inputs }).diagnostics;
}

/** A problem of this text as a program's input, or none. */
function refused(program: string, args: readonly string[], input: string): string {
  const { status, stderr } = spawnSync(program, args, { input, encoding: "utf8" });
  return status === 0 ? "" : stderr;
}

const problemOf = ({ action }: Step): string => {
  if (action.kind === "command") return action.language === "bash" ? refused("bash", ["-n"], action.code) : "";
  if (action.kind !== "file") return "";
  const { path, content } = action;
  if (path.value.endsWith(".json")) return typeof JSON.parse(content) === "object" ? "" : "not an object";
  if (!/\.yaml$|\/user-data$/.test(path.value)) return "";
  return parseAllDocuments(content)
    .flatMap(({ errors }) => errors)
    .join("\n");
};

/** Variables that a shell has, or gets from `/etc/os-release`. */
const OF_THE_SYSTEM = ["HOME", "VERSION_CODENAME"];

/** Names in capitals are variables of the guide; what a block sets for itself is in small letters. */
const variablesIn = ({ action, options }: Step): readonly string[] => {
  const texts = [options.unless?.value, options.confirm?.value, options.creates?.value, options.dir?.value];
  if (action.kind === "command") texts.push(action.code);
  if (action.kind === "file") texts.push(action.path.value, action.template ? action.content : "");
  return [...texts.join("\n").matchAll(/\$\{?([A-Z][A-Z0-9_]*)/g)].map((match) => match[1] ?? "");
};

it("runbooks/hosts.yaml has hosts for documentation only (RFC 5737)", () => {
  expect(hostsProblems).toEqual([]);
  for (const { address } of inventory?.hosts ?? []) expect(address).toMatch(/^192\.0\.2\.\d+$/);
});

describe.each(guides)("runbooks/%s", (guide) => {
  const { runbook, text } = read(guide);
  const alternatives = runbook.settings.inputs.flatMap(({ name, choices = [] }) =>
    choices.map((choice) => [name, choice] as const),
  );

  it("has no problems", () => {
    expect(problems(runbook, {})).toEqual([]);
  });

  it.each(alternatives)("has no problems with %s=%s", (name, choice) => {
    expect(problems(runbook, { [name]: choice })).toEqual([]);
  });

  it("has steps with ids and titles of their own", () => {
    const run = runbook.steps;
    expect(run.filter(({ explicitId }) => !explicitId).map(({ id }) => id)).toEqual([]);
    expect(new Set(run.map(({ title }) => title)).size).toBe(run.length);
    for (const { title } of run) expect(title).toMatch(/^[A-Z].{8,119}[^.:]$/);
  });

  it("names no variable that nobody declares", () => {
    const { inputs } = runbook.settings;
    const captured = runbook.steps.flatMap(({ options }) => options.capture?.value ?? []);
    const declared = new Set([...inputs.map(({ name }) => name), ...captured, "WAYMARK_HOST", ...OF_THE_SYSTEM]);
    for (const step of runbook.steps) {
      expect([step.id, variablesIn(step).filter((name) => !declared.has(name))]).toEqual([step.id, []]);
    }
  });

  it("has blocks that are well-formed", () => {
    for (const step of runbook.steps) expect([step.id, problemOf(step)]).toEqual([step.id, ""]);
  });

  it("has well-formed shell in what is only shown", () => {
    const shown = [...text.matchAll(/^(?:> )?```bash\n(.*?)^(?:> )?```$/gms)].map((match) => match[1] ?? "");
    expect(shown.length).toBeGreaterThan(0);
    for (const code of shown) expect(refused("bash", ["-n"], code.replaceAll(/^> /gm, ""))).toBe("");
  });

  it("says what is to be erased before it is", () => {
    const erasing = runbook.steps.filter(
      ({ action }) => action.kind === "command" && /\b(?:dd|mkfs)\b/.test(action.code),
    );
    for (const { id, options } of erasing)
      expect([id, options.confirm?.value ?? ""]).toEqual([id, expect.stringMatching(/^Erase \$/)]);
  });
});
