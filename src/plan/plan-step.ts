import type { PlannedStep } from "../model/plan.ts";
import type { Expectation, Section, Step } from "../model/runbook.ts";
import type { Located } from "../model/source.ts";
import { plannedAction } from "./planned-action.ts";
import { effectDigest, expectDigest } from "./digests.ts";
import type { StepExpressions } from "./expressions.ts";
import type { Target } from "./targets.ts";
import type { Use } from "./uses.ts";
import { usesOf } from "./uses.ts";
import type { VariableTable } from "./variable-table.ts";
import { substitute } from "./variables.ts";

/** A planned step with what the checks that span several steps need to know of it. */
export interface StepInPlan {
  readonly step: PlannedStep;
  readonly expressions: StepExpressions;
  readonly uses: readonly Use[];
}

/** Every variable that a step's text or expressions name. */
export function namesIn({ expressions, uses }: Pick<StepInPlan, "expressions" | "uses">): readonly string[] {
  const asked = [...expressions.when, ...expressions.expect].flatMap(({ value }) => [...value.vars]);
  return [...uses.map(({ name }) => name), ...asked];
}

/**
 * @param captured names that the steps above capture
 * @param inputs values of those that have one
 * @param hostsOf the hosts of other patterns than `on`
 */
export function planStep({
  step,
  index,
  sections,
  expressions,
  target,
  variables,
  captured,
  inputs,
  hostsOf,
}: {
  readonly step: Step;
  readonly index: number;
  readonly sections: readonly Section[];
  readonly expressions: StepExpressions;
  readonly target: Target;
  readonly variables: VariableTable;
  readonly captured: ReadonlySet<string>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly hostsOf: (pattern: Located<string>, what: string) => readonly string[];
}): StepInPlan {
  const { options } = step;
  const mentioned = expressions.expect.map(({ value }) => value);
  const expectations = demandExit(
    step,
    mentioned.some(({ mentionsExit }) => mentionsExit),
  );
  const [at] = options.at === undefined || step.action.kind === "copy" ? [] : hostsOf(options.at, "at");
  const uses = usesOf(step, variables, captured);
  const planned: PlannedStep = {
    index,
    id: step.id,
    explicitId: step.explicitId,
    title: filledTitle(step.title, inputs, variables),
    sections: titlesAbove(step.section, sections),
    span: step.span,
    ...roleOf(step),
    hosts: target.hosts,
    ...(target.skip === undefined ? {} : { skip: target.skip }),
    ...(target.unselected === undefined ? {} : { unselected: target.unselected }),
    ...(at === undefined ? {} : { at }),
    ...(options.serial === undefined ? {} : { serial: options.serial.value }),
    action: plannedAction(step.action, options, target.hosts, hostsOf),
    ...(options.sudo === undefined ? {} : { user: options.sudo }),
    uses: uses.map(({ name }) => name).toSorted(),
    asks: [...new Set(namesIn({ expressions, uses }))].filter(
      (name) => variables.get(name)?.input?.ask === "late" && !Object.hasOwn(inputs, name),
    ),
    timeoutMs: options.timeoutMs,
    retry: options.background ? 0 : options.retry,
    everyMs: options.everyMs,
    when: options.when,
    ...(options.unless === undefined ? {} : { unless: options.unless.value }),
    ...(options.creates === undefined ? {} : { creates: options.creates.value }),
    ...(options.capture === undefined ? {} : { capture: options.capture.value }),
    secret: options.secret,
    verify: options.verify,
    fresh: options.fresh,
    ...(options.reboot === undefined && !options.reconnect ? {} : { newLogin: true }),
    ...(options.reboot !== undefined && { reboot: options.reboot }),
    ...(options.interactive && { interactive: true }),
    ...(options.background && { background: true }),
    ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
    ...(options.confirm === undefined ? {} : { confirm: options.confirm.value }),
    maxFailures: options.maxFailures,
    expectations,
    batch: mentioned.some(({ mentionsResults }) => mentionsResults),
    needsFacts: [...expressions.when.map(({ value }) => value), ...mentioned].some(({ needsFacts }) => needsFacts),
    effectDigest: effectDigest(step),
    expectDigest: expectDigest(expectations),
  };
  return { step: planned, expressions, uses };
}

/** A title shows what is known beforehand: open inputs. */
function filledTitle(title: string, inputs: Readonly<Record<string, string>>, variables: VariableTable): string {
  return substitute(title, (name) => {
    const variable = variables.get(name);
    return variable?.input === undefined || variable.secret || !Object.hasOwn(inputs, name) ? undefined : inputs[name];
  });
}

function roleOf({ options: { fix, undo } }: Step): Pick<PlannedStep, "role" | "of"> {
  if (fix !== undefined) return { role: "fix", of: fix.value };
  return undo === undefined ? { role: "run" } : { role: "undo", of: undo.value };
}

/**
 * A step must succeed unless one of its expectations says what its exit status may be. One in the background has none
 * while it is judged.
 */
function demandExit({ expectations, span, options }: Step, mentionsExit: boolean): readonly Expectation[] {
  if (mentionsExit || options.background) return expectations;
  return [{ kind: "cel", source: "exit == 0", span, hidden: true }, ...expectations];
}

/** A section's title and those around it, outermost first. */
export function titlesAbove(section: number | undefined, sections: readonly Section[]): readonly string[] {
  const own = section === undefined ? undefined : sections[section];
  return own === undefined ? [] : [...titlesAbove(own.parent, sections), own.title];
}
