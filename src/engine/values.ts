import type { Plan, PlannedStep } from "../model/plan.ts";
import { type CapturedValues, HOST_NAME, type Resolved, resolveVariable, substitute } from "../plan/variables.ts";
import type { Redactor } from "./ports.ts";
import type { Captured, RunState } from "./state.ts";

/**
 * Owns the values of the run's variables, secret ones included, which live here and on the hosts and nowhere else.
 * Every secret is known to the redactor before it can be used.
 */
export class Values {
  private readonly plan: Plan;
  private readonly inputs: Readonly<Record<string, string>>;
  private readonly state: () => RunState;
  private readonly redactor: Redactor;
  private readonly secrets = new Map<string, string>();
  /** Secret inputs that were asked for late: of this process. */
  private readonly late = new Map<string, string>();
  private cached: { readonly of: RunState["captures"]; readonly values: CapturedValues } | undefined;

  constructor(plan: Plan, inputs: Readonly<Record<string, string>>, state: () => RunState, redactor: Redactor) {
    this.plan = plan;
    this.inputs = inputs;
    this.state = state;
    this.redactor = redactor;
    for (const { name, secret } of plan.variables) {
      const value = inputs[name];
      if (secret && value !== undefined) redactor.add(value);
    }
  }

  /** Captures by name and host, with the values of secrets filled in. Made anew only when there are new ones. */
  captures(): CapturedValues {
    const { captures } = this.state();
    if (this.cached?.of !== captures) this.cached = { of: captures, values: this.gather() };
    return this.cached.values;
  }

  private gather(): CapturedValues {
    // Names are the guide's: `constructor` is one like any other.
    const known: Record<string, Record<string, string>> = Object.create(null) as Record<string, never>;
    for (const [name, hosts] of this.state().captures) {
      const values = (known[name] ??= Object.create(null) as Record<string, string>);
      for (const [host, { value = this.secrets.get(keyOf(name, host)) }] of hosts) {
        if (value !== undefined) values[host] = value;
      }
    }
    return known;
  }

  /** Secret captures whose value is not at hand: those of an earlier process. */
  missingSecrets(): readonly { readonly name: string; readonly host: string; readonly captured: Captured }[] {
    return [...this.state().captures].flatMap(([name, hosts]) =>
      [...hosts]
        .filter(([host, { secret }]) => secret && !this.secrets.has(keyOf(name, host)))
        .map(([host, captured]) => ({ name, host, captured })),
    );
  }

  addSecret(name: string, host: string, value: string): void {
    this.redactor.add(value);
    this.secrets.set(keyOf(name, host), value);
    this.cached = undefined;
  }

  lateSecret(name: string): string | undefined {
    return this.late.get(name);
  }

  addLateSecret(name: string, value: string): void {
    this.redactor.add(value);
    this.late.set(name, value);
  }

  /**
   * Texts that give away the secrets which one user has been given on a host so far, in any form that the redactor
   * knows: those of `step`, and of the steps before it.
   */
  secretTexts(step: PlannedStep, host: string): readonly string[] {
    const lookup = this.lookup(host);
    const earlier = this.plan.steps.filter(
      ({ index, user, at, hosts }) =>
        index <= step.index && user === step.user && at === step.at && hosts.includes(host),
    );
    const names = new Set(earlier.flatMap(({ uses, capture }) => (capture === undefined ? uses : [...uses, capture])));
    return [...names].flatMap((name) => {
      const resolved = lookup(name);
      if ("missing" in resolved || this.redactor.redact(resolved.value) === resolved.value) return [];
      return [resolved.value, ...this.redactor.forms(resolved.value)];
    });
  }

  redacted(text: string): string {
    return this.redactor.redact(text);
  }

  private allInputs(): Readonly<Record<string, string>> {
    const { inputs } = this.state();
    if (inputs.isEmpty()) return this.inputs;
    const given = [...inputs].map(([name, value]) => [name, value ?? this.late.get(name)]);
    // What was given since comes first: an input that was asked for late can be changed when the run goes on.
    return { ...Object.fromEntries(given.filter(([, value]) => value !== undefined)), ...this.inputs };
  }

  /** A function that resolves variables for one host, as of now. */
  lookup(host: string): (name: string) => Resolved {
    const sources = { plan: this.plan, inputs: this.allInputs(), captures: this.captures() };
    return (name) => resolveVariable(name, host, sources);
  }

  /** `text` with `$NAME`s of declared variables replaced. @throws {Unset} naming who would set one that is not */
  fill(text: string, host: string): string {
    const lookup = this.lookup(host);
    const declared = new Set([...this.plan.variables.map(({ name }) => name), HOST_NAME]);
    return substitute(text, (name) => {
      if (!declared.has(name)) return undefined;
      const resolved = lookup(name);
      if ("missing" in resolved) throw new Unset(resolved.missing);
      return resolved.value;
    });
  }

  /** The environment of a job. @throws {Unset} as above */
  environment(names: readonly string[], host: string): Record<string, string> {
    const lookup = this.lookup(host);
    const environment: Record<string, string> = { [HOST_NAME]: host };
    for (const name of names) {
      const resolved = lookup(name);
      if ("missing" in resolved) throw new Unset(resolved.missing);
      environment[name] = resolved.value;
    }
    return environment;
  }
}

/** A variable that a step uses and nothing has set: the task fails before anything of it runs. */
export class Unset extends Error {
  override readonly name = "Unset";
}

function keyOf(name: string, host: string): string {
  return `${name}\0${host}`;
}
