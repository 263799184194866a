/*
 * The run as lines for people and for logs of CI systems: nothing is ever rewritten.
 *
 * Up to twelve hosts have a line each as they settle; of more only the exceptions do, and the rest is counted. What was
 * printed follows once the step has settled, each output once under the hosts that printed it. Memory is bounded: the
 * end of every output of the step at work, whatever the hosts print.
 */
import type { Reporter } from "../engine/ports.ts";
import type { CheckFinished, EventBody, Holder, RunEvent, TaskOutput } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { compressHosts, countHosts } from "../story/compress-hosts.ts";
import { clockTime, formatDuration } from "../story/format-time.ts";
import { mergeOutput, renderOutput } from "./merged-output.ts";
import { OutputTail } from "./output-tail.ts";
import { RebootLines } from "./reboot-lines.ts";
import { renderChecks } from "./render-checks.ts";
import { type Edited, renderEdits } from "./render-edits.ts";
import { holderWords } from "./render-holder.ts";
import { restAfterLine } from "./render-pause.ts";
import { renderFailures } from "./render-failures.ts";
import { outlineOf, renderSummary, runSteps } from "./render-summary.ts";
import { stoppingLine } from "./render-stopping.ts";
import { RunFold } from "../story/run-fold.ts";
import type { TaskView } from "../story/run-fold.ts";
import { shortFacts } from "../story/step-facts.ts";
import { backgroundLine } from "./render-background.ts";
import { fit, joined, paint, sign } from "./style.ts";
import type { Style, TextSink } from "./style.ts";
import { statement } from "../story/task-statement.ts";
import { taskLine } from "./task-line.ts";
import { oneLine } from "../story/terminal-text.ts";

/** Hosts that have a line each. */
const NAMED_HOSTS = 12;
/** Lines of output that a step which went well may take. */
const OUTPUT_LINES = 200;

export interface PlainReporter extends Reporter {
  /** Says who is still at work. For a timer of the caller's: every half minute, say. */
  tick(now: Date): void;
  /** Tells all there is to tell of a step that has failed: somebody is about to be asked what to do about it. */
  settle(): void;
}

export interface PlainOptions {
  readonly plan: Plan;
  /** Absent: a dry run, of which nothing stays. */
  readonly run?: string;
  /** The folder of what tasks printed, to tell people. */
  readonly logs?: string;
  /** What happened before, where a run goes on. */
  readonly past: readonly RunEvent[];
  /** How the guide was edited since then. */
  readonly edited?: Edited;
}

export function plainReporter(sink: TextSink, style: Style, options: PlainOptions): PlainReporter {
  return new PlainLines(sink, style, options);
}

/** Owns the picture of the run, and the outputs of the step at work. */
class PlainLines implements PlainReporter {
  readonly #sink: TextSink;
  readonly #style: Style;
  readonly #options: PlainOptions;
  readonly #fold = new RunFold();
  #step: string | undefined;
  /** The step whose end was told before it came: somebody was to be asked about it. */
  #ended: string | undefined;
  /** Hosts that the step at work was started on, that have settled, and that were told of already. */
  #hosts: readonly string[] = [];
  #settled: string[] = [];
  #told = 0;
  readonly #outputs = new Map<string, OutputTail>();
  readonly #lost = new Set<string>();
  /** Hosts that something was said of already. */
  readonly #noted = new Set<string>();
  /** Held hosts that were waited for, and those that somebody was told of. */
  readonly #waited = new Set<string>();
  readonly #heldBack = new Set<string>();
  /** Hosts that the run is to go on without. */
  readonly #aside: string[] = [];
  /** Told once the run goes on. */
  readonly #checks: CheckFinished[] = [];

  readonly #reboots: RebootLines;

  constructor(sink: TextSink, style: Style, options: PlainOptions) {
    this.#reboots = new RebootLines(style);
    this.#sink = sink;
    this.#style = style;
    this.#options = options;
    for (const event of options.past) this.#fold.add(event);
  }

  event(event: RunEvent): void {
    const done = event.type === "step-started" ? this.#doneHosts(event.step) : new Set<string>();
    this.#fold.add(event);
    this.#tell(event, done);
  }

  output({ step, host, stream, text }: TaskOutput): void {
    // What goes on in the background prints beside the step at work.
    if (step !== this.#step) return;
    const tail = this.#outputs.get(host) ?? new OutputTail();
    this.#outputs.set(host, tail);
    tail.add(stream, text);
  }

  tick(now: Date): void {
    const running = this.#tasks(this.#hosts).filter(({ status }) => status === "running");
    const [first] = running;
    if (first === undefined) return;
    const away = running.every(({ rebooting }) => rebooting !== undefined);
    const longest = Math.max(...running.map(({ since, rebooting = since }) => now.getTime() - Date.parse(rebooting)));
    const said = running.length === 1 ? (this.#outputs.get(first.host)?.tail(1).lines[0] ?? "") : "";
    const names = countHosts(running.map(({ host }) => host));
    const line = `  ${sign(this.#style, "running")} ${names}  ${away ? "not back" : "at work"} for ${formatDuration(longest)}`;
    this.#print(said === "" ? line : `${line}: ${fit(this.#style, said, Math.max(20, this.#style.columns - 40))}`);
  }

  settle(): void {
    this.#endStep();
  }

  #tell(event: EventBody, doneBefore: ReadonlySet<string>): void {
    const step = this.#options.plan.steps.find(({ id }) => id === this.#step);
    const reboots = this.#reboots.tell(event, step, this.#fold.view.updated);
    if (reboots !== undefined) {
      if (this.#hosts.length <= NAMED_HOSTS) this.#print(...reboots);
      return;
    }
    switch (event.type) {
      case "run-started":
        this.#header("");
        break;
      case "run-resumed":
        this.#header(event.undo === true ? "is undone" : "goes on");
        if (this.#aside.length > 0) this.#print(`without ${countHosts(this.#aside.splice(0))}, set aside`);
        this.#tellEdits();
        break;
      case "check-finished":
        this.#checks.push(event);
        break;
      case "step-started":
        this.#tellChecks();
        this.#beginStep(event.step, event.hosts, doneBefore);
        break;
      case "attempt-started":
        this.#outputs.delete(event.host); // only the last attempt counts, as in the log
        break;
      case "task-finished":
      case "task-unknown":
        this.#settle(event.step, event.host);
        break;
      case "host-held":
        this.#tellHeld(event.host, `held by ${this.#words(event.holder)}; waiting until ${clockTime(event.until)}`);
        this.#waited.add(event.host);
        break;
      case "task-deferred": {
        const { where: host = event.host, holder } = event;
        if (holder === undefined || this.#heldBack.has(host)) break;
        this.#heldBack.add(host);
        this.#tellHeld(host, `${this.#waited.has(host) ? "still" : "not begun:"} held by ${this.#words(holder)}`);
        break;
      }
      case "background-ended":
        // Ended because the run is, it is not worth a line.
        if (event.end !== "cancelled" || event.reason !== undefined) this.#print(backgroundLine(this.#style, event));
        break;
      case "host-lost":
        this.#lost.add(event.host);
        this.#print(`  ${sign(this.#style, "unknown")} ${event.host}  connection lost: ${oneLine(event.reason)}`);
        break;
      case "host-connected":
        this.#tellNote(event.host, event.note);
        if (this.#lost.delete(event.host)) {
          this.#print(`  ${sign(this.#style, "pending")} ${event.host}  connected again`);
        }
        break;
      case "host-set-aside":
        this.#endStep();
        this.#print(`  ${sign(this.#style, "unknown")} ${event.host}  set aside: ${oneLine(event.reason)}`);
        break;
      case "operator-decided":
        if (event.decision === "interrupt" || event.decision === "cancel") {
          this.#print(stoppingLine(this.#fold.view, event.decision));
        }
        if (event.decision === "fix" || event.decision === "no-fix") this.#endStep();
        if (event.decision === "no-rest") this.#print("It will not rest after all.");
        if (event.decision === "rest-after") this.#print(restAfterLine(event, this.#step !== undefined));
        if (event.decision === "set-aside") this.#aside.push(...(event.hosts ?? []));
        break;
      case "checkpoint-reached":
        this.#endStep();
        this.#print(`  ${sign(this.#style, "checkpoint")} checkpoint${event.text && `: ${oneLine(event.text)}`}`);
        break;
      case "step-finished":
        this.#tellChecks();
        if (this.#step === undefined && event.step !== this.#ended && event.status !== "ok")
          this.#passOver(event.step, event.status);
        this.#endStep();
        this.#ended = undefined;
        break;
      case "run-paused":
      case "run-finished":
        this.#tellChecks();
        this.#endStep();
        this.#summary();
        break;
      case "task-started":
      case "attempt-finished":
      case "attempt-judged":
      case "reboot-started":
      case "host-rebooted":
      case "batch-judged":
      case "host-facts":
      case "variable-captured":
      case "timer-fired":
      case "check-started":
      case "guide-changed":
      case "step-undone":
        break;
    }
  }

  /** It is the same each time that the host is connected to. */
  #tellNote(host: string, note: string | undefined): void {
    if (note === undefined || this.#noted.has(host)) return;
    this.#noted.add(host);
    this.#print(`  ${sign(this.#style, "unknown")} ${host}  ${oneLine(note)}`);
  }

  #header(what: string): void {
    const { plan, run } = this.#options;
    const style = this.#style;
    this.#print(
      paint(style, "bold", oneLine(plan.guide.title ?? plan.guide.path)),
      joined(
        style,
        plan.guide.title === undefined ? "" : plan.guide.path,
        run === undefined ? "dry run" : `run ${run}${what && ` ${what}`}`,
      ),
      `hosts: ${plan.remote.length === 0 ? "none but this machine" : countHosts(plan.remote)}`,
    );
  }

  #tellEdits(): void {
    const { edited, plan } = this.#options;
    if (edited === undefined) return;
    this.#print(...renderEdits(this.#style, plan.guide.path, edited));
  }

  #tellChecks(): void {
    const { guide, steps } = this.#options.plan;
    this.#print(...renderChecks(this.#style, guide.path, steps, this.#checks.splice(0)));
  }

  #beginStep(id: string, hosts: readonly string[], doneBefore: ReadonlySet<string>): void {
    this.#step = id;
    this.#hosts = hosts.filter((host) => !doneBefore.has(host));
    this.#settled = [];
    this.#told = 0;
    this.#outputs.clear();
    const step = this.#options.plan.steps.find((step) => step.id === id);
    const before = doneBefore.size === 0 ? "" : `done before on ${compressHosts([...doneBefore])}`;
    const place = step === undefined ? "" : `${this.#options.plan.guide.path}:${step.span.start.line}`;
    this.#print("", this.#title(id));
    const now = this.#hosts.length === 0 ? "" : `on ${countHosts(this.#hosts)}`;
    const facts = [now, before, ...(step === undefined ? [] : shortFacts(step)), place];
    this.#print(`  ${paint(this.#style, "dim", joined(this.#style, ...facts))}`);
  }

  #title(id: string): string {
    const step = this.#options.plan.steps.find((step) => step.id === id);
    if (step === undefined) return paint(this.#style, "bold", id);
    const steps = runSteps(this.#options.plan);
    const place = step.role === "run" ? `${steps.indexOf(step) + 1}/${steps.length}` : `${step.role} of ${step.of}`;
    return paint(this.#style, "bold", `[${place}] ${oneLine(step.title)}`);
  }

  /** Of many hosts the summary tells. */
  #tellHeld(host: string, words: string): void {
    if (this.#hosts.length > NAMED_HOSTS && this.#told++ >= NAMED_HOSTS) return;
    this.#print(`  ${sign(this.#style, "unknown")} ${host}  ${words}`);
  }

  #words(holder: Holder): string {
    return holderWords(holder, this.#fold.view.updated);
  }

  /** A step that was never begun. */
  #passOver(id: string, status: "failed" | "skipped"): void {
    const skip = this.#options.plan.steps.find((step) => step.id === id)?.skip;
    const why =
      status === "failed" ? "no host is left to run it on" : `skipped${skip === undefined ? "" : `: ${skip}`}`;
    this.#print("", this.#title(id), `  ${sign(this.#style, status)} ${why}`);
  }

  #settle(step: string, host: string): void {
    if (step !== this.#step) return;
    this.#settled.push(host);
    const [task] = this.#tasks([host]);
    // Skips are told together, by their reasons.
    if (task === undefined || task.status === "skipped") return;
    const exception = task.status !== "ok" && task.status !== "unchanged";
    if (this.#hosts.length > NAMED_HOSTS && (!exception || this.#told >= NAMED_HOSTS)) return;
    this.#told++;
    this.#print(`  ${taskLine(this.#style, task)}`);
  }

  /** What can only be said when all hosts have settled, or when the run stops over the step. */
  #endStep(): void {
    if (this.#step === undefined) return;
    const style = this.#style;
    const tasks = this.#tasks(this.#settled);
    const skipped = tasks.filter(({ status }) => status === "skipped");
    const good = tasks.filter(({ status }) => status === "ok" || status === "unchanged");
    const bad = tasks.filter(({ status }) => ["failed", "unreachable", "unknown"].includes(status));
    for (const [story, alike] of Map.groupBy(skipped, statement)) {
      this.#print(`  ${sign(style, "skipped")} ${countHosts(alike.map(({ host }) => host))}  ${story}`);
    }
    if (this.#hosts.length > NAMED_HOSTS && good.length > 0) {
      this.#print(`  ${sign(style, "ok")} ${good.length} of ${this.#hosts.length} hosts`);
    }
    // What has found nothing to change has nothing more to say.
    const printed = mergeOutput(
      good.filter(({ status }) => status === "ok").map(({ host }) => host),
      this.#outputs,
    );
    const named = this.#hosts.length > 1;
    for (const line of renderOutput(style, printed, { budget: OUTPUT_LINES, named })) this.#print(`    ${line}`);
    const failures = renderFailures(style, this.#options.plan.guide.path, bad, this.#outputs);
    // A cause in one line says no more than the lines of its hosts.
    const told = this.#hosts.length <= NAMED_HOSTS ? failures.filter((cause) => cause.length > 1) : failures;
    if (told.length > 0) this.#print("", ...told.flat().map((line) => `  ${line}`));
    this.#ended = this.#step;
    this.#step = undefined;
    this.#hosts = [];
    this.#outputs.clear();
  }

  #summary(): void {
    const { plan, logs } = this.#options;
    const around = { guide: plan.guide.path, outline: outlineOf(plan), plan, ...(logs !== undefined && { logs }) };
    this.#print("", ...renderSummary(this.#style, this.#fold.view, around));
  }

  #tasks(hosts: readonly string[]): readonly TaskView[] {
    const tasks = this.#step === undefined ? undefined : this.#fold.view.steps.get(this.#step)?.tasks;
    return hosts.flatMap((host) => tasks?.get(host) ?? []);
  }

  #doneHosts(step: string): ReadonlySet<string> {
    // What goes on in the background is looked for again.
    if (this.#options.plan.steps.some(({ id, background }) => id === step && background === true)) return new Set();
    const tasks = [...(this.#fold.view.steps.get(step)?.tasks.values() ?? [])];
    return new Set(
      tasks.filter(({ status }) => ["ok", "unchanged", "skipped"].includes(status)).map(({ host }) => host),
    );
  }

  #print(...lines: readonly string[]): void {
    if (lines.length > 0) this.#sink.write(`${lines.join("\n")}\n`);
  }
}
