import type { PlannedStep } from "../../../../src/model/plan.ts";
import { historyOf } from "../../../../src/publish/report/history.ts";
import type { Excerpt, Report } from "../../../../src/publish/report/report.ts";
import { type GuideText, reportOf } from "../../../../src/publish/report/report-of.ts";
import { foldRun } from "../../../../src/story/run-fold.ts";
import { standingNow } from "../../../../src/story/standing.ts";
import { hostOf } from "../../host-of.ts";
import { planOf, Script, step } from "../../ui/sample-run.ts";

export interface Kept {
  /** Of the guide's first text, whose digest is `d`. */
  readonly steps?: readonly PlannedStep[];
  readonly texts?: ReadonlyMap<string, GuideText>;
  /** By `step host`; of earlier attempts by `step host task number`. */
  readonly outputs?: Readonly<Record<string, string | Excerpt>>;
  readonly hosts?: readonly string[];
  /** Somebody works on it. */
  readonly held?: boolean;
}

/** The report of a scripted run. */
export function reportOn(
  script: Script,
  { steps = [], texts, outputs = {}, hosts = [], held = true }: Kept = {},
): Report {
  const folded = foldRun(script.events);
  if (folded === undefined) throw new Error("the script has no beginning");
  const view = standingNow(folded, held);
  return reportOf({
    view,
    history: historyOf(script.events),
    texts: texts ?? new Map([["d", textOf("# Guide\n", steps, hosts)]]),
    outputOf: ({ loggedAs, host }) => {
      const output = outputs[`${loggedAs} ${host}`];
      return typeof output === "string" ? { head: output } : output;
    },
    earlierOf: ({ loggedAs, task, number }, host) => {
      const output = outputs[`${loggedAs} ${host} ${task} ${number}`];
      return typeof output === "string" ? { head: output } : output;
    },
    made: script.now.toISOString(),
    logs: "/state/runs/r/output",
  });
}

export function textOf(text: string, steps: readonly PlannedStep[], hosts: readonly string[] = []): GuideText {
  return { text, plan: planOf(steps, { hosts: hosts.map((name) => hostOf(name)) }) };
}

export function taskOf(report: Report, step: string, host: string): Report["steps"][number]["tasks"][number] {
  const task = report.steps.find(({ id }) => id === step)?.tasks.find((one) => one.host === host);
  if (task === undefined) throw new Error(`no ${step} on ${host}`);
  return task;
}

/** A run of many steps on many hosts, each of which prints something else; every hundredth step on a host fails once. */
export function largeReport(hosts: number, steps: number): Report {
  const names = Array.from({ length: hosts }, (_, index) => `node-${String(index + 1).padStart(3, "0")}`);
  const script = new Script().started();
  const outputs: Record<string, string> = {};
  const planned: PlannedStep[] = [];
  for (let number = 1; number <= steps; number++) {
    const id = `step-${number}`;
    planned.push(step(number - 1, id, `Do thing number ${number}`, { hosts: names }));
    script.step(id, names);
    for (const host of names) script.begin(id, host);
    for (const [index, host] of names.entries()) {
      const fails = (index * 7 + number) % 100 === 0;
      if (fails) {
        script.event({
          type: "attempt-finished",
          step: id,
          host,
          task: `${id} ${host}`,
          attempt: 1,
          end: "exited",
          exit: 1,
          durationMs: 300,
          stdoutBytes: 1,
          stderrBytes: 0,
        });
        script.event({ type: "attempt-judged", step: id, host, attempt: 1, passed: false, expectations: [] });
        script.event({ type: "attempt-started", step: id, host, task: `${id} ${host}`, attempt: 2 });
      }
      const attempt = fails ? 2 : 1;
      script.event({
        type: "attempt-finished",
        step: id,
        host,
        task: `${id} ${host}`,
        attempt,
        end: "exited",
        exit: 0,
        durationMs: 300,
        stdoutBytes: 1,
        stderrBytes: 0,
      });
      script.event({ type: "attempt-judged", step: id, host, attempt, passed: true, expectations: [] });
      script.finish(id, host, "ok", { exit: 0, attempts: attempt });
      outputs[`${id} ${host}`] = `${host}: installed 3 packages\n${host}: step ${number} of ${steps} is done\n`;
    }
    script.stepEnds(id);
  }
  return reportOn(script.ends("passed"), { steps: planned, outputs, hosts: names });
}
