import type { EventBody, OperatorDecided, PauseReason } from "../model/event.ts";
import type { Plan, PlannedStep } from "../model/plan.ts";
import type { Question } from "./action.ts";
import type { Confirmation, Operator } from "./ports.ts";
import type { RunState } from "./state.ts";
import { Unset, type Values } from "./values.ts";

export interface AskingSurroundings {
  readonly plan: Plan;
  readonly values: Values;
  readonly operator: Operator;
  readonly state: () => RunState;
}

/** Puts questions to the operator; every answer is an event, and none is a pause. */
export class Asking {
  private readonly plan: Plan;
  private readonly values: Values;
  private readonly operator: Operator;
  private readonly state: () => RunState;

  constructor({ plan, values, operator, state }: AskingSurroundings) {
    this.plan = plan;
    this.values = values;
    this.operator = operator;
    this.state = state;
  }

  async ask(question: Question, signal: AbortSignal): Promise<readonly EventBody[]> {
    const { step, about } = question;
    if (about === "input") return [await this.input(question, signal)];
    const asked = this.confirmation(question);
    const answer = await this.operator.confirm(asked, signal);
    const decided = (decision: OperatorDecided["decision"], more: Partial<OperatorDecided> = {}): EventBody[] => [
      { type: "operator-decided", decision, step, ...more },
    ];
    if (about === "fix") {
      if (answer === undefined && signal.aborted) return [interrupted(step)];
      const { fix, hosts } = question;
      return decided(answer === true ? "fix" : "no-fix", { fix, hosts });
    }
    if (answer !== true) return [paused(signal, about, step, asked.item ?? asked.text)];
    switch (about) {
      case "checkpoint":
        return decided("continue");
      case "confirm":
        return decided("confirm", { hosts: question.hosts });
      case "manual": {
        const { item, hosts } = question;
        return item === undefined ? decided("done", { hosts }) : decided("tick", { item });
      }
    }
  }

  private async input({ step, name }: Extract<Question, { about: "input" }>, signal: AbortSignal): Promise<EventBody> {
    const variable = this.plan.variables.find((known) => known.name === name);
    if (variable?.input === undefined) throw new Error(`${name} is no input`);
    const known = this.values.lateSecret(name);
    const value = known ?? (await this.operator.input(variable.input, signal));
    if (value === undefined) return paused(signal, "input", step, name);
    if (variable.secret) this.values.addLateSecret(name, value);
    return { type: "operator-decided", decision: "input", step, name, ...(!variable.secret && { value }) };
  }

  private confirmation(question: Exclude<Question, { about: "input" }>): Confirmation {
    const step = this.step(question.step);
    const { about } = question;
    const common = { about, step: step.id, title: step.title };
    switch (question.about) {
      case "checkpoint":
        return { ...common, hosts: [], text: this.text(step.checkpoint ?? "", this.atWork(step)) };
      case "confirm":
        return { ...common, hosts: question.hosts, text: this.text(step.confirm ?? "", question.hosts) };
      case "manual": {
        const { hosts, item } = question;
        const text = step.action.kind === "manual" ? step.action.text : "";
        return { ...common, hosts, text, ...(item !== undefined && { item }) };
      }
      case "fix": {
        const { id, title } = this.step(question.fix);
        return { ...common, hosts: question.hosts, text: "", fix: { step: id, title } };
      }
    }
  }

  /** The event as it is written down: what the guide wants said at a checkpoint is filled in. */
  filled(event: EventBody): EventBody {
    if (event.type !== "checkpoint-reached") return event;
    return { ...event, text: this.text(event.text, this.atWork(this.step(event.step))) };
  }

  /** The batch that has come to a step; on all of its hosts where none goes through it. */
  private atWork({ id, hosts }: PlannedStep): readonly string[] {
    const { current } = this.state();
    return current?.step === id ? current.hosts : hosts;
  }

  /** Filled in; where that differs from host to host, one line for each. Secrets stay names. */
  private text(text: string, hosts: readonly string[]): string {
    const filled = new Set(hosts.map((host) => this.fill(text, host)));
    return filled.size === 0 ? this.fill(text, "") : [...filled].join("\n");
  }

  private fill(text: string, host: string): string {
    try {
      return this.values.redacted(this.values.fill(text, host));
    } catch (error) {
      if (error instanceof Unset) return text;
      throw error;
    }
  }

  private step(id: string): PlannedStep {
    const step = this.plan.steps.find((known) => known.id === id);
    if (step === undefined) throw new Error(`no step ${id} in the plan`);
    return step;
  }
}

/** A question that was taken back because of Ctrl-C is no answer to it. */
function paused(signal: AbortSignal, reason: PauseReason, step: string, detail: string): EventBody {
  return signal.aborted ? interrupted(step) : { type: "run-paused", reason, step, detail };
}

function interrupted(step: string): EventBody {
  return { type: "run-paused", reason: "interrupted", step, detail: "interrupted by the operator" };
}
