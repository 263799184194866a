import { Duration } from "@marcbachmann/cel-js/evaluator";
import type { AttemptContext, BatchContext, RunContext, WhenContext } from "./context.ts";
import { HostValue, ResultValue, StepValue } from "./environment.ts";
import type { Expression } from "./expression.ts";
import { decode, Printed } from "./printed.ts";

/** Values of root names. Each is made when it is first asked for, and kept. */
type Values = Readonly<Record<string, () => unknown>>;

export function whenValues(expression: Expression, context: WhenContext): object {
  return lazily(aboutHost(expression, context));
}

export function attemptValues(expression: Expression, context: AttemptContext, printed: Printed): object {
  return lazily({
    ...aboutHost(expression, context),
    stdout: () => printed.stdout,
    stderr: () => decode(context.stderr.bytes),
    exit: () => BigInt(context.exit),
    lines: () => printed.lines,
    table: () => printed.table,
    json: () => printed.json,
    duration: () => Duration.fromMilliseconds(context.durationMs),
  });
}

export function batchValues(expression: Expression, context: BatchContext): object {
  return lazily({
    ...aboutRun(expression, context),
    results: () =>
      context.results.map(
        ({ host, stdout, exit }) => new ResultValue(new HostValue(host), exit, new Printed(stdout.bytes)),
      ),
  });
}

function aboutHost(expression: Expression, context: WhenContext): Values {
  return { ...aboutRun(expression, context), host: () => new HostValue(context.host) };
}

function aboutRun(expression: Expression, context: RunContext): Values {
  return {
    vars: () => varsOf(expression, context),
    captures: () => new Map(Object.entries(context.captures).map(([name, byHost]) => [name, mapOf(byHost)])),
    hosts: () => context.hosts.map((host) => new HostValue(host)),
    groups: () =>
      new Map(Object.entries(context.groups).map(([name, hosts]) => [name, hosts.map((host) => new HostValue(host))])),
    step: () => new StepValue(context.step.hosts.map((host) => new HostValue(host))),
  };
}

/** Those that the expression names and that have a value: a secret it does not ask for is not even looked up. */
export function varsOf({ vars, dynamicVars }: Expression, context: RunContext): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const name of dynamicVars ? context.declared : vars) {
    const found = context.vars(name);
    if ("value" in found) values.set(name, found.value);
  }
  return values;
}

function mapOf(record: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(record));
}

function lazily(values: Values): object {
  const made = Object.create(null) as object;
  for (const [name, make] of Object.entries(values)) {
    let kept: { readonly value: unknown } | undefined;
    Object.defineProperty(made, name, { enumerable: true, get: () => (kept ??= { value: make() }).value });
  }
  return made;
}
