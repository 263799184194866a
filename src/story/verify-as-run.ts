import type { CheckFinished, EventBody, RunEvent } from "../model/event.ts";

/**
 * The journal of `waymark verify` as if each check had been a task, so that whatever tells of runs can tell of it: what
 * has drifted has failed, and what could not be looked at was skipped. That of a run is left as it is.
 */
export function verifyAsRun(events: readonly RunEvent[]): readonly RunEvent[] {
  if (!events.some((event) => event.type === "run-started" && event.verify === true)) return events;
  return events.flatMap((event, index): readonly RunEvent[] => {
    if (event.type === "check-started") {
      const { step, hosts } = event;
      return [{ ...stampOf(event), type: "step-started", step, hosts }];
    }
    if (event.type !== "check-finished") return [event];
    const { step } = event;
    const next = events[index + 1];
    const told = taskOf(event);
    if (next?.type === "check-finished" && next.step === step) return told;
    const checks = events.filter((one) => one.type === "check-finished" && one.step === step);
    return [...told, { ...stampOf(event), type: "step-finished", step, status: statusOf(checks) }];
  });
}

function taskOf(event: RunEvent & CheckFinished): readonly RunEvent[] {
  const { step, host, status, exit, durationMs, reason, expectations } = event;
  const from = new Date(Date.parse(event.at) - durationMs).toISOString();
  const attempt = { step, host, task: "", attempt: 1 };
  const exited = exit === undefined ? {} : { exit };
  const end = (task: "ok" | "failed" | "skipped", attempts: number): EventBody => ({
    type: "task-finished",
    step,
    host,
    status: task,
    ...exited,
    durationMs,
    attempts,
    ...(reason !== undefined && { reason }),
    expectations,
  });
  const at = (time: string, body: EventBody): RunEvent => ({ ...stampOf(event), at: time, ...body });
  const started: EventBody = { type: "task-started", step, host, task: "", effectDigest: "" };
  if (status === "unverifiable") return [at(from, started), at(event.at, end("skipped", 0))];
  const output = { stdoutBytes: 0, stderrBytes: 0 };
  const passed = status === "ok";
  return [
    at(from, started),
    at(from, { type: "attempt-started", ...attempt }),
    at(event.at, { type: "attempt-finished", ...attempt, end: "exited", ...exited, durationMs, ...output }),
    at(event.at, { type: "attempt-judged", step, host, attempt: 1, passed, expectations }),
    at(event.at, end(passed ? "ok" : "failed", 1)),
  ];
}

function statusOf(checks: readonly RunEvent[]): "ok" | "failed" | "skipped" {
  const has = (status: CheckFinished["status"]): boolean =>
    checks.some((one) => one.type === "check-finished" && one.status === status);
  return has("drifted") ? "failed" : has("ok") ? "ok" : "skipped";
}

function stampOf({ v, seq, at }: RunEvent): Pick<RunEvent, "v" | "seq" | "at"> {
  return { v, seq, at };
}
