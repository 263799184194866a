import type { PlannedStep } from "../model/plan.ts";
import { formatSetting } from "./format-time.ts";
import { oneLine } from "./terminal-text.ts";

/** FORMAT.md: what a step has where nothing is said. */
const DEFAULT_TIMEOUT_MS = 30 * 60_000;

/** As whom it runs, and whether it only looks. */
export function shortFacts({
  user,
  verify,
  at,
  interactive,
  background,
  reboot,
  newLogin,
}: PlannedStep): readonly string[] {
  const sudo = user === undefined ? "" : user === "root" ? "sudo" : `sudo as ${user}`;
  return [
    at === undefined ? "" : `at ${at}`,
    sudo,
    verify ? "verify" : "",
    interactive === true ? "interactive" : "",
    background === true ? "background" : "",
    reboot === "during" ? "reboots" : reboot === "after" ? "reboots afterwards" : "",
    newLogin === true && reboot === undefined ? "logs in anew afterwards" : "",
  ].filter(Boolean);
}

/** Everything about how a step runs that is not as it would be anyway. */
export function allFacts(step: PlannedStep): readonly string[] {
  const { action, timeoutMs, retry, everyMs, when, unless, creates, capture, secret, maxFailures, batch } = step;
  const facts = [
    (action.kind === "copy" || action.kind === "manual") && action.kind,
    action.kind === "file" && `file ${action.path}`,
    action.kind === "command" && action.dir !== undefined && `in ${action.dir}`,
    step.fresh && "fresh",
    step.serial !== undefined && `${step.serial} at a time`,
    step.confirm !== undefined && "asks first",
    step.checkpoint !== undefined && "checkpoint",
    ...when.map(({ value }) => `when ${value}`),
    unless !== undefined && `unless ${unless}`,
    creates !== undefined && `creates ${creates}`,
    timeoutMs !== DEFAULT_TIMEOUT_MS && `timeout ${formatSetting(timeoutMs)}`,
    retry > 0 && `retry ${retry} every ${formatSetting(everyMs)}`,
    maxFailures === "all" && "all may fail",
    typeof maxFailures === "number" && maxFailures > 0 && `${maxFailures} may fail`,
    batch && "judged together",
    capture !== undefined && `sets ${capture}`,
    secret && "output withheld",
  ];
  return [...shortFacts(step), ...facts.filter((fact) => fact !== false).map(oneLine)];
}
