import type { AttemptContext, RunContext } from "../expect/context.ts";
import type { HostData } from "../expect/environment.ts";
import { type Condition, evaluateWhen, judgeAttempt, judgeBatch } from "../expect/judge.ts";
import type { ExpectationResult } from "../model/outcome.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";
import { HOST_NAME } from "../plan/variables.ts";
import type { AttemptOutput } from "./attempt-output.ts";
import type { Redactor } from "./ports.ts";
import type { RunState } from "./state.ts";
import type { Values } from "./values.ts";

/** One host's attempt, ready to be judged. */
export interface Attempt {
  readonly host: string;
  readonly exit: number;
  readonly durationMs: number;
  readonly output: AttemptOutput;
}

/**
 * Something of what the step prints will be looked at again: by its expectations, as a captured or hidden value, or
 * because it says whether a file has changed.
 */
export function needsOutput({ action, expectations, capture, secret, interactive }: PlannedStep): boolean {
  if (interactive === true) return false;
  const onlyExit = expectations.every((one) => one.kind === "cel" && /^exit\s*[=!<>]=?\s*\d+$/.test(one.source));
  return capture !== undefined || secret || !onlyExit || action.kind === "file";
}

/** Puts the questions of a plan to `expect/`: owns what expressions can see of the run, as of now. */
export class Judging {
  private readonly plan: Plan;
  private readonly values: Values;
  private readonly state: () => RunState;
  private readonly redactor: Redactor;
  private readonly declared: readonly string[];
  private hosts: KnownHosts | undefined;

  constructor(plan: Plan, values: Values, state: () => RunState, redactor: Redactor) {
    this.plan = plan;
    this.values = values;
    this.state = state;
    this.redactor = redactor;
    this.declared = [...plan.variables.map(({ name }) => name), HOST_NAME];
  }

  when(step: PlannedStep, host: string): Condition {
    if (step.when.length === 0) return { value: true };
    return evaluateWhen(step.when, { ...this.context(step, host), host: this.host(host) });
  }

  attempt(step: PlannedStep, { host, exit, durationMs, output }: Attempt): readonly ExpectationResult[] {
    const context: AttemptContext = {
      ...this.context(step, host),
      host: this.host(host),
      secret: step.secret,
      stdout: output.bytes("stdout"),
      stderr: output.bytes("stderr"),
      exit,
      durationMs,
    };
    return judgeAttempt(step.expectations, context);
  }

  batch(step: PlannedStep, attempts: readonly Omit<Attempt, "durationMs">[]): readonly ExpectationResult[] {
    const results = attempts.map(({ host, exit, output }) => {
      return { host: this.host(host), exit, stdout: output.bytes("stdout") };
    });
    return judgeBatch(step.expectations, { ...this.context(step, ""), secret: step.secret, results });
  }

  /** @param host whose variables are meant; empty: what is the same for all */
  private context(step: PlannedStep, host: string): RunContext {
    const { values, redactor } = this;
    const { remote, groups, of } = this.known();
    return {
      hosts: remote,
      groups,
      step: { hosts: of(step) },
      vars: values.lookup(host),
      declared: this.declared,
      captures: values.captures(),
      redact: (text) => redactor.redact(text),
    };
  }

  private host(name: string): HostData {
    const host = this.known().byName.get(name);
    if (host === undefined) throw new Error(`no host ${name} in the plan`);
    return host;
  }

  /** The hosts with what is known of them: made once, since facts of one after the other come to be known. */
  private known(): KnownHosts {
    this.hosts ??= knownHosts(this.plan, this.state);
    return this.hosts;
  }
}

interface KnownHosts {
  readonly byName: ReadonlyMap<string, HostData>;
  readonly remote: readonly HostData[];
  readonly groups: Readonly<Record<string, readonly HostData[]>>;
  readonly of: (step: PlannedStep) => readonly HostData[];
}

function knownHosts(plan: Plan, state: () => RunState): KnownHosts {
  const byName = new Map(
    plan.hosts.map(({ name, address, groups, vars }): [string, HostData] => [
      name,
      {
        name,
        address,
        groups,
        vars,
        get facts() {
          return state().facts.get(name);
        },
      },
    ]),
  );
  const named = (names: readonly string[]): readonly HostData[] => names.flatMap((name) => byName.get(name) ?? []);
  const steps = new Map<PlannedStep, readonly HostData[]>();
  return {
    byName,
    remote: named(plan.remote),
    groups: Object.fromEntries(Object.entries(plan.groups).map(([group, names]) => [group, named(names)])),
    of(step) {
      const hosts = steps.get(step) ?? named(step.hosts);
      steps.set(step, hosts);
      return hosts;
    },
  };
}
