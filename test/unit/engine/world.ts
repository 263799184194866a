import type { Action } from "../../../src/engine/action.ts";
import { type Advanced, advance, recall } from "../../../src/engine/advance.ts";
import type { EventBody, OperatorDecided, RunEvent } from "../../../src/model/event.ts";
import type { Plan, PlannedStep } from "../../../src/model/plan.ts";
import type { Section } from "../../../src/model/runbook.ts";
import { compareRevisions } from "../../../src/plan/changes.ts";
import { visitsOf } from "../../../src/plan/order.ts";

/** What one step does on one host: the exit status of its n-th execution (the last one repeats). */
export type Script = readonly (number | "timeout" | "skip" | "unreachable")[];

export interface ScriptedStep {
  /** Default: `s` and its number. */
  readonly id?: string;
  readonly retry?: number;
  readonly maxFailures?: number | "all";
  readonly batch?: boolean;
  readonly capture?: string;
  readonly hosts: Readonly<Record<string, Script>>;
  /** Verdicts over `results`, round by round (the last one repeats). */
  readonly batchPasses?: readonly boolean[];
  /** So many hosts at a time. */
  readonly serial?: number;
  /** Neighbours with the same number are a section that batches of so many hosts go through. */
  readonly rolling?: number;
  readonly confirm?: boolean;
  readonly checkpoint?: boolean;
  readonly manual?: boolean;
  readonly verify?: boolean;
  readonly reboot?: "during" | "after";
  /** It goes on, unless its script says that it ends before it is ready. */
  readonly background?: boolean;
  readonly interactive?: boolean;
  /** The id of the step that this one fixes. */
  readonly fixes?: string;
  /** Its text is another than it was. */
  readonly edited?: boolean;
}

/**
 * `held`: another run has the host. `lost`: the connection went before the order arrived. `silent`: it went before the
 * answer. `forgotten`: the host went down, and does not know how far it came.
 */
export type Hindrance = "held" | "lost" | "silent" | "forgotten";

const POINT = { line: 1, column: 1, offset: 0 };
const SPAN = { start: POINT, end: POINT };

export function planOf(scripted: readonly ScriptedStep[]): Plan {
  const hosts = [...new Set(scripted.flatMap((step) => Object.keys(step.hosts)))].toSorted();
  const steps = scripted.map((step, index): PlannedStep => {
    const id = step.id ?? `s${index}`;
    return {
      index,
      id,
      explicitId: true,
      title: id,
      sections: [],
      span: SPAN,
      hosts: hosts.filter((host) => host in step.hosts),
      role: step.fixes === undefined ? "run" : "fix",
      action:
        step.manual === true
          ? { kind: "manual", text: "", items: ["one", "two"] }
          : { kind: "command", language: "bash", interpreter: ["bash"], code: "true\n" },
      uses: [],
      asks: [],
      fresh: false,
      timeoutMs: 1000,
      retry: step.retry ?? 0,
      everyMs: 10,
      when: [],
      secret: false,
      verify: step.verify ?? false,
      maxFailures: step.maxFailures ?? 0,
      expectations: [],
      batch: step.batch ?? false,
      needsFacts: false,
      effectDigest: effectOf(step, id),
      expectDigest: "x",
      ...(step.capture !== undefined && { capture: step.capture }),
      ...(step.serial !== undefined && { serial: step.serial }),
      ...(step.reboot !== undefined && { reboot: step.reboot, newLogin: true }),
      ...(step.confirm === true && { confirm: "sure?" }),
      ...(step.checkpoint === true && { checkpoint: "look" }),
      ...(step.fixes !== undefined && { of: step.fixes }),
      ...(step.background === true && { background: true as const }),
      ...(step.interactive === true && { interactive: true as const }),
    };
  });
  const sections: Section[] = [];
  const groups = new Map<Section, ReadonlySet<string>>();
  const placed = steps.map((step, index) => {
    const { rolling } = scripted[index] ?? {};
    if (rolling === undefined) return { step };
    const open = sections.at(-1);
    const goesOn = scripted[index - 1]?.rolling === rolling && open?.serial?.value === rolling;
    const section: Section =
      goesOn && open !== undefined
        ? open
        : { title: "r", slug: "r", depth: 1, span: SPAN, serial: { value: rolling, span: SPAN } };
    if (section !== open) sections.push(section);
    groups.set(section, new Set([...(groups.get(section) ?? []), ...step.hosts]));
    return { step, section: sections.length - 1 };
  });
  const { order } = visitsOf(placed, sections, (section) => hosts.filter((host) => groups.get(section)?.has(host)));
  return {
    guide: { path: "guide.md", digest: "0" },
    hosts: [],
    remote: hosts,
    groups: {},
    variables: [],
    steps,
    order,
    rolling: [],
  };
}

function effectOf({ edited, manual }: ScriptedStep, id: string): string {
  return `e${id}${edited === true ? "'" : ""}${manual === true ? "m" : ""}`;
}

/**
 * The surroundings of the engine, without time or chance: hosts whose capsules outlive every crash, a journal, and
 * actions that wait to be performed in whatever order the test picks.
 */
export class World {
  readonly journal: RunEvent[] = [];
  /** Capsule key → how it ended, if the host still knows. A key that is there is never executed again. */
  readonly capsules = new Map<string, Outcome>();
  /** `step host` → how often its command really ran. */
  readonly executions = new Map<string, number>();
  /** `step host` → how often that rebooted the host. */
  readonly reboots = new Map<string, number>();
  /** How often each host was rebooted. */
  private readonly boots = new Map<string, number>();
  readonly problems: string[] = [];
  pending: Action[] = [];
  private steps: ReadonlyMap<string, ScriptedStep>;
  plan: Plan;
  private readonly rounds = new Map<string, number>();
  private now: Advanced = recall([]);
  private minted = 0;

  /** Whether the operator answers the n-th question of each process; one that is left alone pauses the run. */
  private readonly answers: (question: number) => boolean;
  private asked = 0;
  /** Nothing is fixed that could be, when that is asked. */
  declines = false;
  /** Whether a host stays away when it is waited for the n-th time. */
  staysAway: (wait: number) => boolean = () => false;
  private waits = 0;
  /** What goes on in the background: capsule key → step and host. It outlives the process. */
  readonly alive = new Map<string, string>();
  /** Capsule keys that nobody can claim any more. */
  private readonly tombs = new Set<string>();
  /** What comes in the way of the n-th order to a host. */
  hinders: (order: number) => Hindrance | undefined = () => undefined;
  private orders = 0;
  /** Attempts that were begun when somebody had agreed: also if the order for it had to be given once more. */
  private readonly agreed = new Set<string>();
  /** Steps whose checkpoint has been reached. */
  private readonly reached = new Set<string>();

  /** Whether the order of effects is looked at: the work for that grows with the square of the run. */
  private readonly watched: boolean;

  constructor(steps: readonly ScriptedStep[], answers: (question: number) => boolean = () => true, watched = true) {
    this.watched = watched;
    this.plan = planOf(steps);
    this.steps = byId(steps);
    this.answers = answers;
  }

  get state() {
    return this.now.state;
  }

  start(parallel: number): void {
    const guide = { path: "/guide.md", digest: "0" };
    this.append({
      type: "run-started",
      run: "r",
      token: "t",
      waymark: "0",
      guide,
      inventory: { hosts: [] },
      inputs: {},
      secretInputs: [],
      parallel,
    });
  }

  /** The process dies: whatever was in flight is lost, what hosts did is not. */
  crash(): void {
    this.pending = [];
    this.now = recall(this.journal);
    this.resume();
  }

  /** Dies, and is resumed with another guide. */
  edit(steps: readonly ScriptedStep[]): void {
    this.pending = [];
    this.now = recall(this.journal);
    const before = this.plan;
    this.plan = planOf(steps);
    this.steps = byId(steps);
    const { ambiguous: _, ...changes } = compareRevisions(before.steps, this.plan.steps);
    this.append({ type: "guide-changed", guide: { path: "/guide.md", digest: "1" }, ...changes });
    this.append({ type: "run-resumed", waymark: "0", retryFailed: false, parallel: this.now.state.parallel });
  }

  resume(retryFailed = false): void {
    this.pending = [];
    this.now = recall(this.journal);
    this.append({ type: "run-resumed", waymark: "0", retryFailed, parallel: this.now.state.parallel });
  }

  /** Somebody has looked, says what is to become of a step of unknown outcome, and resumes. */
  decide(step: string, decision: "rerun" | "done" | "skip", hosts: readonly string[]): void {
    this.choose({ decision, step, hosts });
  }

  /** Somebody makes a choice about a run that rests, and resumes it. */
  choose(choice: Omit<OperatorDecided, "type">): void {
    this.pending = [];
    this.now = recall(this.journal);
    this.append({ type: "operator-decided", ...choice });
    this.append({ type: "run-resumed", waymark: "0", retryFailed: false, parallel: this.now.state.parallel });
  }

  append(...bodies: readonly EventBody[]): void {
    for (const body of bodies) {
      // As the driver does: the run rests, or is over, once nothing goes on any more.
      if (body.type === "run-paused" || body.type === "run-finished") this.endBackgrounds(() => true);
      this.appendOne(body);
      if (body.type === "run-resumed") this.endBackgrounds((step) => !this.isBackground(step));
    }
  }

  private appendOne(body: EventBody): void {
    const seq = this.journal.length + 1;
    const event: RunEvent = { v: 1, seq, at: new Date(seq * 1000).toISOString(), ...body };
    this.check(event);
    this.journal.push(event);
    this.now = advance(this.plan, this.now, event);
    this.pending.push(...this.now.actions);
  }

  /** Performs the pending action at `index`; `crashAfterEffect`: it acts on its host, and nobody lives to write it down. */
  perform(index: number, crashAfterEffect = false): void {
    const [action] = this.pending.splice(index, 1);
    if (action === undefined) return;
    const answer = this.answer(action);
    if (crashAfterEffect) return this.crash();
    this.append(...answer);
  }

  /** Until nothing is left to do. */
  drain(pick: (count: number) => number = () => 0): void {
    for (let turns = 0; this.pending.length > 0; turns++) {
      if (turns > 200_000) throw new Error("the run does not come to an end");
      this.perform(pick(this.pending.length));
    }
  }

  private answer(action: Action): readonly EventBody[] {
    switch (action.type) {
      case "record":
        return action.events.map((event) => {
          if (event.type !== "attempt-started") return event;
          const reboots = this.state.tasks.get(event.step)?.get(event.host)?.reboots;
          return reboots === undefined ? event : { ...event, boot: this.boot(event.host) };
        });
      case "wait-until":
        return [{ type: "timer-fired", key: action.key }];
      case "cancel-attempts":
        return [];
      case "check-step":
        return action.hosts.map((host): EventBody => {
          const { step } = action;
          return { type: "check-finished", step, host, status: "ok", durationMs: 1, expectations: [] };
        });
      case "ask":
        return [this.hear(action)];
      case "finish-task": {
        const { event, capture, task, attempt } = action;
        if (capture === undefined) return [event];
        const { step, host } = event;
        return [
          { type: "variable-captured", step, host, name: capture, value: "v", secret: false, task, attempt },
          event,
        ];
      }
      case "start-task": {
        const { step, host } = action;
        if (this.hinders(this.orders++) === "held") return [{ type: "task-deferred", step, host, reason: "held" }];
        const [first] = this.script(step, host);
        if (first === "skip" || first === "unreachable") {
          const status = first === "skip" ? "skipped" : "unreachable";
          return [{ type: "task-finished", step, host, status, durationMs: 0, attempts: 0, expectations: [] }];
        }
        this.endBackgrounds((id, name) => id === step && name === host);
        const background = this.isBackground(step) ? { background: true as const } : {};
        const task = `task${this.minted++}`;
        const { effectDigest = "", reboot } = this.plan.steps.find(({ id }) => id === step) ?? {};
        const reboots = reboot === undefined ? {} : { reboots: reboot };
        return [{ type: "task-started", step, host, task, effectDigest, ...reboots, ...background }];
      }
      case "run-attempt": {
        const { step, host, task, attempt } = action;
        if (this.isBackground(step)) return this.goOn(action);
        this.checkTerminal(action);
        const known = this.state.tasks.get(step)?.get(host);
        const before = this.boot(host);
        const key = `${task}.${attempt}`;
        const hindrance = this.hinders(this.orders++);
        if (hindrance === "held") return [{ type: "task-deferred", step, host, reason: "held" }];
        const unknown = (asked: boolean): readonly EventBody[] => [
          { type: "task-unknown", step, host, task, attempt, reason: "", asked },
        ];
        if (hindrance === "lost") return unknown(false);
        const isNew = !this.capsules.has(key);
        const outcome = this.execute(step, host, key, action.attachOnly);
        if (hindrance === "forgotten" && isNew && outcome !== undefined) this.capsules.set(key, "forgotten");
        if (hindrance === "silent") return unknown(false);
        if (outcome === "forgotten" || this.capsules.get(key) === "forgotten") return unknown(true);
        const { boot = "" } = known ?? {};
        // Every other host goes down before the block that reboots it has ended.
        if (outcome === 0 && known?.reboots === "during" && "ac".includes(host)) {
          if (boot === this.boot(host)) this.problems.push(`${step} did not reboot ${host}, which was in ${before}`);
          const cut = { end: "rebooted" as const, durationMs: 0, stdoutBytes: 0, stderrBytes: 0 };
          return [
            { type: "attempt-finished", step, host, task, attempt, ...cut },
            { type: "host-rebooted", step, host, before: boot, boot: this.boot(host) },
          ];
        }
        if (outcome === undefined) {
          const end = { end: "refused" as const, durationMs: 0, stdoutBytes: 0, stderrBytes: 0 };
          return [{ type: "attempt-finished", step, host, task, attempt, ...end }];
        }
        const end = outcome === "timeout" ? ("timeout" as const) : ("exited" as const);
        const exit = outcome === "timeout" ? 143 : outcome;
        const bytes = { stdoutBytes: 0, stderrBytes: 0 };
        return [{ type: "attempt-finished", step, host, task, attempt, end, exit, durationMs: 1, ...bytes }];
      }
      case "judge-attempt": {
        const { step, host, attempt, exit } = action;
        return [{ type: "attempt-judged", step, host, attempt, passed: exit === 0, expectations: [] }];
      }
      case "reboot":
        return this.reboot(action);
      case "judge-batch": {
        const { step, attempt, hosts } = action;
        const verdicts = this.steps.get(step)?.batchPasses ?? [true];
        const round = this.rounds.get(step) ?? 0;
        this.rounds.set(step, round + 1);
        const passed = verdicts[Math.min(attempt, verdicts.length) - 1] ?? true;
        return [{ type: "batch-judged", step, attempt, hosts, passed, expectations: [] }];
      }
    }
  }

  private isBackground(id: string): boolean {
    return this.plan.steps.find((step) => step.id === id)?.background === true;
  }

  /** Ends, with proof, whatever may be alive of those. */
  private endBackgrounds(isMeant: (step: string, host: string) => boolean): void {
    for (const [task, { step, host, attempt }] of this.state.backgrounds) {
      if (!isMeant(step, host)) continue;
      const key = `${task}.${attempt}`;
      this.alive.delete(key);
      if (!this.capsules.has(key)) this.capsules.set(key, 143);
      this.appendOne({ type: "background-ended", step, host, task, attempt, end: "cancelled" });
    }
  }

  /** Starts what goes on, or finds it again. */
  private goOn({ step, host, task, attempt, attachOnly }: Extract<Action, { type: "run-attempt" }>): EventBody[] {
    const key = `${task}.${attempt}`;
    const ref = { step, host, task, attempt };
    const bytes = { durationMs: 1, stdoutBytes: 0, stderrBytes: 0 };
    const isNew = !this.capsules.has(key);
    if (attachOnly) {
      this.alive.delete(key);
      this.capsules.set(key, 143);
      return [{ type: "attempt-finished", ...ref, end: "refused", ...bytes }];
    }
    // What is only brought back was in its turn before.
    const outcome = this.execute(step, host, key, false, attempt > 1);
    if (isNew && outcome === 0) {
      if ([...this.alive.values()].includes(`${step} ${host}`)) this.problems.push(`two of ${step} at once on ${host}`);
      this.alive.set(key, `${step} ${host}`);
    }
    if (this.alive.has(key)) {
      return [{ type: "attempt-judged", step, host, attempt, passed: true, expectations: [], durationMs: 1 }];
    }
    const ended = outcome === 0 || outcome === 143 ? ({ end: "cancelled", exit: 143 } as const) : undefined;
    const exit = typeof outcome === "number" ? outcome : 143;
    return [{ type: "attempt-finished", ...ref, ...(ended ?? { end: "exited", exit }), ...bytes }];
  }

  /** There is one terminal. */
  private checkTerminal({ step }: Extract<Action, { type: "run-attempt" }>): void {
    if (this.plan.steps.find(({ id }) => id === step)?.interactive !== true) return;
    const others = this.pending.filter((action) => action.type === "run-attempt" && action.step === step);
    if (others.length > 0) this.problems.push(`${step} has the terminal on two hosts`);
  }

  private boot(host: string): string {
    return `boot ${this.boots.get(host) ?? 0}`;
  }

  private restart(step: string, host: string): void {
    this.boots.set(host, (this.boots.get(host) ?? 0) + 1);
    this.reboots.set(`${step} ${host}`, (this.reboots.get(`${step} ${host}`) ?? 0) + 1);
  }

  /** The order is written down in one turn, given in another: the process may die between them. */
  private reboot(action: Extract<Action, { type: "reboot" }>): readonly EventBody[] {
    const { step, host, task, attempt } = action;
    const known = this.state.tasks.get(step)?.get(host);
    const before = known?.leaving ?? (known?.reboots === "during" ? (known.boot ?? "") : this.boot(host));
    if (known?.leaving === undefined) {
      this.pending.push(action);
      return [{ type: "reboot-started", step, host, task, attempt, boot: before }];
    }
    if (this.staysAway(this.waits++)) {
      return [{ type: "task-unknown", step, host, task, attempt, reason: "away", asked: false }];
    }
    if (known.reboots === "after" && this.boot(host) === before) this.restart(step, host);
    const boot = this.boot(host);
    if (boot === before) this.problems.push(`${step} is to wait for ${host}, which does not reboot`);
    return [{ type: "host-rebooted", step, host, before, boot }];
  }

  private script(step: string, host: string): Script {
    return this.steps.get(step)?.hosts[host] ?? [0];
  }

  private hear(question: Extract<Action, { type: "ask" }>): EventBody {
    const { step } = question;
    const stays = this.answers(this.asked++);
    if (question.about === "fix") {
      const { fix, hosts } = question;
      const decision = stays && !this.declines ? "fix" : "no-fix";
      return { type: "operator-decided", decision, step, fix, hosts };
    }
    if (!stays) return { type: "run-paused", reason: question.about, step, detail: "" };
    const decided = { type: "operator-decided", step } as const;
    switch (question.about) {
      case "checkpoint":
        return { ...decided, decision: "continue" };
      case "confirm":
        return { ...decided, decision: "confirm", hosts: question.hosts };
      case "manual": {
        const { item, hosts } = question;
        return item === undefined ? { ...decided, decision: "done", hosts } : { ...decided, decision: "tick", item };
      }
      case "input":
        return { ...decided, decision: "input", name: question.name, value: "v" };
    }
  }

  /** Undefined: it was never run, and never will be. */
  private execute(step: string, host: string, key: string, attachOnly: boolean, again = false): Outcome | undefined {
    const known = this.capsules.get(key);
    if (known !== undefined) return known;
    if (attachOnly) this.tombs.add(key);
    if (this.tombs.has(key)) return undefined;
    if (this.watched && !again) this.checkOrder(step, host, key);
    const times = this.executions.get(`${step} ${host}`) ?? 0;
    const script = this.script(step, host);
    const outcome = script[Math.min(times, script.length - 1)];
    const result = typeof outcome === "number" || outcome === "timeout" ? outcome : 0;
    this.executions.set(`${step} ${host}`, times + 1);
    this.capsules.set(key, result);
    if (result === 0 && this.state.tasks.get(step)?.get(host)?.reboots === "during") this.restart(step, host);
    return result;
  }

  /** What no host may ever see: something before what stands above it has come to its end, or was agreed to. */
  private checkOrder(id: string, host: string, key: string): void {
    const { steps, order } = this.plan;
    const step = steps.find((known) => known.id === id);
    if (step === undefined) return void this.problems.push(`${id} ran although the guide has it no longer`);
    if (step.action.kind === "manual") this.problems.push(`${id} is done by a person, and ran on ${host}`);
    if (step.confirm !== undefined && !this.agreed.has(key)) {
      this.problems.push(`${id} ran on ${host}, and nobody had agreed`);
    }
    if (step.role === "fix") return;
    const own = order.findIndex((visit) => visit.step === step.index && visit.hosts.includes(host));
    for (const visit of order.slice(0, own)) {
      const above = steps[visit.step];
      if (above === undefined) continue;
      const open = visit.hosts.find(
        (other) => !this.state.setAside.has(other) && this.state.tasks.get(above.id)?.get(other)?.phase !== "finished",
      );
      if (open !== undefined) this.problems.push(`${id} ran on ${host} before ${above.id} had settled on ${open}`);
      const rebooted = this.state.tasks.get(above.id)?.get(host);
      const waits =
        // Somebody may have called it done.
        rebooted?.verdict?.passed === true &&
        rebooted.status === "ok" &&
        rebooted.reboots !== undefined &&
        !this.reboots.has(`${above.id} ${host}`);
      if (waits) this.problems.push(`${id} ran on ${host} before ${above.id} had rebooted it`);
      const reached = this.reached.has(above.id);
      // Of hosts that were set aside since, by a step that was moved above it, there is nothing to look at.
      const passed = visit.hosts.some(
        (other) => !this.state.setAside.has(other) && this.state.tasks.get(above.id)?.get(other)?.status === "ok",
      );
      if (above.checkpoint !== undefined && passed && !reached) {
        this.problems.push(`${id} ran on ${host}, past the checkpoint of ${above.id}`);
      }
    }
  }

  /** What no journal may ever say. */
  private check(event: RunEvent): void {
    if (event.type === "checkpoint-reached") this.reached.add(event.step);
    if (event.type === "attempt-started" && this.state.confirmed.get(event.step)?.has(event.host) === true) {
      this.agreed.add(`${event.task}.${event.attempt}`);
    }
    if (event.type === "task-started" || event.type === "attempt-started") {
      if (this.state.setAside.has(event.host)) this.problems.push(`${event.step} began on ${event.host}, set aside`);
      const task = this.state.tasks.get(event.step)?.get(event.host);
      if (task?.phase === "finished" && task.status !== "failed" && task.status !== "unreachable") {
        this.problems.push(`${event.step} started again on ${event.host} after it had finished`);
      }
    }
    if (event.type === "batch-judged") {
      const hosts = this.state.tasks.get(event.step);
      const open = this.state.current?.hosts.filter((host) => {
        const phase = hosts?.get(host)?.phase;
        return !this.state.setAside.has(host) && phase !== "judged" && phase !== "finished" && phase !== "batch-judged";
      });
      if (open !== undefined && open.length > 0) this.problems.push(`${event.step} judged before ${open[0]} was ready`);
    }
  }
}

type Outcome = number | "timeout" | "forgotten";

function byId(steps: readonly ScriptedStep[]): ReadonlyMap<string, ScriptedStep> {
  return new Map(steps.map((step, index) => [step.id ?? `s${index}`, step]));
}

/** How every task and the run ended, to be compared between runs. */
export function outcomeOf({ state }: World): unknown {
  return {
    ending: state.ending,
    steps: state.steps.toJS(),
    setAside: [...state.setAside.keys()].toSorted(),
    tasks: state.tasks.map((hosts) => hosts.map(({ phase, status, attempt }) => ({ phase, status, attempt }))).toJS(),
    captures: state.captures.map((hosts) => hosts.map(({ value, step }) => ({ value, step }))).toJS(),
  };
}
