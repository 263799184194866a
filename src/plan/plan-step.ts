import type { PlannedCommand, PlannedStep } from "../model/plan.ts";
import type { Expectation, Section, Step } from "../model/runbook.ts";
import { effectDigest, expectDigest } from "./digests.ts";
import type { StepExpressions } from "./expressions.ts";
import type { Target } from "./targets.ts";
import type { Use } from "./uses.ts";
import { usesOf } from "./uses.ts";
import type { VariableTable } from "./variable-table.ts";

/** A planned step with what the checks that span several steps need to know of it. */
export interface StepInPlan {
  readonly step: PlannedStep;
  readonly expressions: StepExpressions;
  readonly uses: readonly Use[];
}

/** @param captured names that the steps above capture */
export function planStep({
  step,
  index,
  sections,
  expressions,
  target,
  variables,
  captured,
}: {
  readonly step: Step;
  readonly index: number;
  readonly sections: readonly Section[];
  readonly expressions: StepExpressions;
  readonly target: Target;
  readonly variables: VariableTable;
  readonly captured: ReadonlySet<string>;
}): StepInPlan {
  const { options } = step;
  const mentioned = expressions.expect.map(({ value }) => value);
  const expectations = demandExit(
    step,
    mentioned.some(({ mentionsExit }) => mentionsExit),
  );
  const uses = usesOf(step, variables, captured);
  const planned: PlannedStep = {
    index,
    id: step.id,
    explicitId: step.explicitId,
    title: step.title,
    sections: titlesAbove(step.section, sections),
    span: step.span,
    hosts: target.hosts,
    ...(target.skip === undefined ? {} : { skip: target.skip }),
    command: commandOf(step),
    uses: uses.map(({ name }) => name).toSorted(),
    timeoutMs: options.timeoutMs,
    retry: options.retry,
    everyMs: options.everyMs,
    when: options.when,
    ...(options.unless === undefined ? {} : { unless: options.unless.value }),
    ...(options.creates === undefined ? {} : { creates: options.creates.value }),
    ...(options.capture === undefined ? {} : { capture: options.capture.value }),
    secret: options.secret,
    verify: options.verify,
    maxFailures: options.maxFailures,
    expectations,
    batch: mentioned.some(({ mentionsResults }) => mentionsResults),
    needsFacts: [...expressions.when.map(({ value }) => value), ...mentioned].some(({ needsFacts }) => needsFacts),
    effectDigest: effectDigest(step),
    expectDigest: expectDigest(expectations),
  };
  return { step: planned, expressions, uses };
}

/** A step must succeed unless one of its expectations says what its exit status may be. */
function demandExit({ expectations, span }: Step, mentionsExit: boolean): readonly Expectation[] {
  if (mentionsExit) return expectations;
  return [{ kind: "cel", source: "exit == 0", span, hidden: true }, ...expectations];
}

/** What is not a command has no interpreter: it cannot be run, but shown and compared. */
function commandOf({ action, options }: Step): PlannedCommand {
  const common = {
    ...(options.sudo === undefined ? {} : { user: options.sudo }),
    ...(options.dir === undefined ? {} : { dir: options.dir.value }),
  };
  switch (action.kind) {
    case "command":
      return { language: action.language, interpreter: action.interpreter, code: action.code, ...common };
    case "file":
      return { language: "file", interpreter: [], code: action.content, ...common };
    case "copy":
      return { language: "copy", interpreter: [], code: linesOf(action.lines), ...common };
    case "manual":
      return { language: "manual", interpreter: [], code: `${action.text}\n${linesOf(action.items)}`, ...common };
  }
}

function linesOf(lines: readonly { readonly value: string }[]): string {
  return lines.map(({ value }) => `${value}\n`).join("");
}

function titlesAbove(section: number | undefined, sections: readonly Section[]): readonly string[] {
  const own = section === undefined ? undefined : sections[section];
  return own === undefined ? [] : [...titlesAbove(own.parent, sections), own.title];
}
