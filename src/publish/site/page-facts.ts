import { HOST_NAME } from "../../plan/variables.ts";
import type { InputDeclaration, Runbook, Step } from "../../model/runbook.ts";
import type { PageVerified } from "../verified/verified-words.ts";
import { WILDCARDS } from "../words/step-words.ts";
import { type HostNames, hostNames } from "../words/host-words.ts";

/** What a page has to know of its guide as a whole to tell one step. */
export interface PageFacts {
  readonly hosts: HostNames;
  /** The places where steps are done, as written, in the order in which readers meet them: each has a colour of its own. */
  readonly places: readonly string[];
  /** By where their block ends: the offset in the guide. */
  readonly stepsByEnd: ReadonlyMap<number, Step>;
  readonly stepsById: ReadonlyMap<string, Step>;
  /** Steps that fix a step, by its id. */
  readonly fixes: ReadonlyMap<string, readonly Step[]>;
  /** Steps that undo a step, by its id. */
  readonly undos: ReadonlyMap<string, readonly Step[]>;
  readonly inputs: readonly InputDeclaration[];
  /** Names of variables whose values the reader may type on the page. */
  readonly open: ReadonlySet<string>;
  /** Names of variables that are secret. */
  readonly secret: ReadonlySet<string>;
  /** Conditions of a section, by its index: they hold for all of its steps. */
  readonly conditions: ReadonlyMap<number, readonly string[]>;
  /**
   * Variables to ask for at a step, by its id: late inputs that it is the first to use, and the host's name at the first
   * of a section, since a reader goes through it with one host after the other.
   */
  readonly asked: ReadonlyMap<string, readonly string[]>;
  /** The first step whose expected output has wildcards: it says what they mean. */
  readonly explains?: string;
  /** What a run has shown about it. */
  readonly verified?: PageVerified;
}

export function pageFacts(runbook: Runbook): PageFacts {
  const { steps, settings, sections } = runbook;
  const secretCaptures = steps.filter(({ options }) => options.secret).flatMap(({ options }) => options.capture ?? []);
  const secret = new Set([
    ...settings.inputs.filter((input) => input.secret).map(({ name }) => name),
    ...secretCaptures.map(({ value }) => value),
  ]);
  const captured = steps.flatMap(({ options }) => options.capture?.value ?? []);
  const names = [...settings.inputs.map(({ name }) => name), ...captured];
  const conditions = new Map<number, string[]>();
  for (const { span, options } of steps) {
    for (const { value, span: at } of options.when) {
      if (at.start.offset >= span.start.offset && at.end.offset <= span.end.offset) continue;
      // It stands in the comment of the last section that begins above it.
      const index = sections.findLastIndex((section) => section.span.start.offset < at.start.offset);
      if (index === -1) continue;
      const known = conditions.get(index) ?? [];
      if (!known.includes(value)) conditions.set(index, [...known, value]);
    }
  }
  const open = new Set(names.filter((name) => !secret.has(name)));
  if (steps.some(usesHostName)) open.add(HOST_NAME);
  const explains = steps.find(hasWildcards)?.id;
  return {
    ...(explains !== undefined && { explains }),
    hosts: hostNames(settings.requires, settings.hosts?.value),
    places: [...new Set(steps.map(placeOf))],
    stepsByEnd: new Map(steps.map((step) => [step.span.end.offset, step])),
    stepsById: new Map(steps.map((step) => [step.id, step])),
    fixes: byTarget(steps, "fix"),
    undos: byTarget(steps, "undo"),
    inputs: settings.inputs,
    open,
    secret,
    conditions,
    asked: askedAt(runbook, open),
  };
}

function hasWildcards({ expectations }: Step): boolean {
  return expectations.some((one) => one.kind === "output" && one.lines.some((line) => line.search(WILDCARDS) !== -1));
}

/** Where a step is done, as written. */
export function placeOf({ options }: Step): string {
  return (options.at ?? options.on).value;
}

function byTarget(steps: readonly Step[], key: "fix" | "undo"): ReadonlyMap<string, readonly Step[]> {
  const found = new Map<string, readonly Step[]>();
  for (const step of steps) {
    const target = step.options[key]?.value;
    if (target !== undefined) found.set(target, [...(found.get(target) ?? []), step]);
  }
  return found;
}

function askedAt({ steps, settings }: Runbook, open: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const asked = new Map<string, string[]>();
  const late = settings.inputs.filter(({ ask, name }) => ask === "late" && open.has(name)).map(({ name }) => name);
  const ask = (name: string, step: Step | undefined): void => {
    if (step !== undefined) asked.set(step.id, [...(asked.get(step.id) ?? []), name]);
  };
  for (const name of late) {
    ask(
      name,
      steps.find((step) => mentions(step, name)),
    );
  }
  const ofHosts = steps.filter(usesHostName);
  for (const step of ofHosts) {
    if (ofHosts.find(({ section }) => section === step.section) === step) ask(HOST_NAME, step);
  }
  return asked;
}

/** As a shell or a template does: other languages find it elsewhere. */
function usesHostName(step: Step): boolean {
  return new RegExp(`\\$\\{?${HOST_NAME}\\b`).test(textOf(step));
}

function mentions(step: Step, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(textOf(step));
}

/** Whatever of a step's text may name a variable. */
function textOf({ action, options }: Step): string {
  const own =
    action.kind === "command"
      ? action.code
      : action.kind === "file"
        ? `${action.path.value}\n${action.content}`
        : action.kind === "copy"
          ? action.lines.map(({ value }) => value).join("\n")
          : action.items.map(({ value }) => value).join("\n");
  return [own, options.unless?.value, options.confirm?.value, options.dir?.value].join("\n");
}
