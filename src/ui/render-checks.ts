import type { CheckFinished } from "../model/event.ts";
import type { PlannedStep } from "../model/plan.ts";
import { countHosts } from "../story/compress-hosts.ts";
import { renderFailures } from "./render-failures.ts";
import type { TaskView } from "../story/run-fold.ts";
import { plural } from "../story/plural.ts";
import { joined, paint, sign } from "./style.ts";
import type { Style } from "./style.ts";
import { oneLine } from "../story/terminal-text.ts";

/** What became of `verify` steps that were looked at once more: a line when all hold, else what does not, and why. */
export function renderChecks(
  style: Style,
  guide: string,
  steps: readonly PlannedStep[],
  checks: readonly CheckFinished[],
): readonly string[] {
  if (checks.length === 0) return [];
  const byStep = Map.groupBy(checks, ({ step }) => step);
  const troubled = steps.flatMap((step) => {
    const own = byStep.get(step.id) ?? [];
    return own.every(({ status }) => status === "ok") ? [] : renderStep(style, guide, step, own);
  });
  return [`${plural(byStep.size, "check")}: ${summary(style, checks)}`, ...troubled.map((line) => `  ${line}`)];
}

/** `all hold`, or how many do and do not. */
function summary(style: Style, checks: readonly CheckFinished[]): string {
  const count = (status: CheckFinished["status"]): number => checks.filter((check) => check.status === status).length;
  const [ok, drifted, unverifiable] = [count("ok"), count("drifted"), count("unverifiable")];
  if (ok === checks.length) return "all hold";
  return joined(
    style,
    ok === 0 ? "" : `${ok} hold`,
    drifted === 0 ? "" : `${drifted} drifted`,
    unverifiable === 0 ? "" : `${unverifiable} not verifiable`,
  );
}

function renderStep(
  style: Style,
  guide: string,
  step: PlannedStep,
  checks: readonly CheckFinished[],
): readonly string[] {
  const place = `#${step.id}  ${guide}:${step.span.start.line}`;
  const drifted = checks.filter(({ status }) => status === "drifted").map(asFailed);
  const silent = Map.groupBy(
    checks.filter(({ status }) => status === "unverifiable"),
    ({ reason = "" }) => reason,
  );
  return [
    `${oneLine(step.title)}  ${paint(style, "dim", place)}`,
    ...renderFailures(style, guide, drifted, new Map()).flat(),
    ...[...silent].map(([reason, alike]) => {
      const hosts = countHosts(alike.map(({ host }) => host));
      return `${sign(style, "unknown")} ${hosts}: not verifiable: ${oneLine(reason)}`;
    }),
  ];
}

/** It is told like a task that failed. */
function asFailed({ step, host, exit, durationMs, reason, expectations }: CheckFinished): TaskView {
  return {
    host,
    status: "failed",
    since: "",
    attempts: 1,
    durationMs,
    broken: expectations.filter(({ passed }) => !passed),
    loggedAs: step,
    ...(exit !== undefined && { exit }),
    ...(reason !== undefined && { reason }),
  };
}
