/*
 * One case an event, so that it can be seen that none is forgotten: longer than most files for that.
 */
import type { EventBody, TaskOutput } from "../../model/event.ts";
import type { ExpectationResult } from "../../model/outcome.ts";
import { compressHosts, countHosts } from "../../story/compress-hosts.ts";
import { decisionWords, editWords } from "../../story/event-words.ts";
import { clockTime, formatDuration } from "../../story/format-time.ts";
import { plural } from "../../story/plural.ts";
import { oneLine } from "../../story/terminal-text.ts";
import { RUN_SIGN } from "../render-summary.ts";
import { holderWords } from "../render-holder.ts";
import { pauseWords } from "../render-pause.ts";
import type { Sign } from "../style.ts";
import { TASK_SIGN } from "../task-line.ts";

/** An event in plain words: whose step and host it is about stands beside it. */
export interface EventWords {
  readonly sign: Sign;
  /** One line, safe to print. */
  readonly words: string;
}

/** @param at when it happened; ISO 8601 */
export function eventWords(event: EventBody, at: string): EventWords {
  const { sign, words } = told(event, at);
  return { sign, words: oneLine(words) };
}

/** The step and the host that an event is about, if any. */
export function aboutOf(event: EventBody | TaskOutput): { readonly step?: string; readonly host?: string } {
  const { step, host } = event as { readonly step?: unknown; readonly host?: unknown };
  return { ...(typeof step === "string" && { step }), ...(typeof host === "string" && { host }) };
}

function told(event: EventBody, at: string): EventWords {
  const says = (words: string, sign: Sign = "pending"): EventWords => ({ sign, words });
  switch (event.type) {
    case "run-started":
      return says(`run ${event.run} starts, with ${plural(event.parallel, "host")} at once`, "running");
    case "run-resumed":
      return says(
        event.undo === true ? "is undone" : `goes on${event.retryFailed ? ", with hosts that were set aside" : ""}`,
        "running",
      );
    case "guide-changed":
      return says(`the guide was edited: ${editWords(event)}`, "unknown");
    case "host-connected":
      return says(["connected", event.note].filter(Boolean).join(": "));
    case "host-lost":
      return says(`connection lost: ${event.reason}`, "unknown");
    case "reboot-started":
      return says("goes down to reboot", "reboot");
    case "host-rebooted":
      return says("is back from its reboot", "reboot");
    case "host-facts": {
      const { os, arch, kernel } = event.facts;
      return says(`is ${[os.id, os.version, arch, kernel].filter(Boolean).join(" ") || "of an unknown kind"}`);
    }
    case "host-set-aside":
      return says(`set aside: ${event.reason}`, "unknown");
    case "step-started":
      return says(event.hosts.length === 0 ? "begins" : `begins on ${countHosts(event.hosts)}`, "running");
    case "task-started": {
      const { user, where } = event;
      return says(["begins", where && `at ${where}`, user && `as ${user}`].filter(Boolean).join(" "), "running");
    }
    case "attempt-started":
      return says(event.attempt === 1 ? "its command starts" : `attempt ${event.attempt} starts`, "running");
    case "attempt-finished":
      return says(attemptWords(event));
    case "attempt-judged":
      return event.passed ? says("is as expected") : says(`is not as expected: ${brokenWords(event.expectations)}`);
    case "batch-judged": {
      const { passed, hosts, expectations } = event;
      const all = `${compressHosts(hosts)} together`;
      return passed
        ? says(`${all}: as expected`)
        : says(`${all}: not as expected: ${brokenWords(expectations)}`, "failed");
    }
    case "background-ended":
      return says(
        `ended in the background: ${event.reason ?? (event.exit === undefined ? (event.end ?? "nobody knows how") : `exit status ${event.exit}`)}`,
        event.end === "cancelled" ? "pending" : "unknown",
      );
    case "task-finished": {
      const { status, reason, attempts, durationMs } = event;
      const why = reason === undefined ? "" : `: ${reason}`;
      const took = attempts === 0 ? "" : `, ${formatDuration(durationMs)}`;
      return says(`${status}${why}${attempts > 1 ? `, ${attempts} attempts` : ""}${took}`, TASK_SIGN[status]);
    }
    case "task-unknown":
      return says(`outcome unknown: ${event.reason}`, "unknown");
    case "task-deferred": {
      const { reason, holder, where } = event;
      if (reason === "interrupted" || holder === undefined) return says("not begun: the run was to stop", "unknown");
      return says(`not begun: ${where ?? "its host"} is held by ${holderWords(holder, at)}`, "unknown");
    }
    case "host-held":
      return says(`held by ${holderWords(event.holder, at)}; waited for until ${clockTime(event.until)}`, "unknown");
    case "step-finished":
      return says(event.status === "ok" ? "done" : event.status, event.status);
    case "variable-captured":
      return says(`${event.name} is ${event.secret ? "«secret»" : `'${event.value ?? ""}'`}`);
    case "checkpoint-reached":
      return says(`checkpoint${event.text && `: ${event.text}`}`, "checkpoint");
    case "operator-decided":
      return says(decisionWords(event, event.hosts), "question");
    case "check-started":
      return says(`is looked at again on ${countHosts(event.hosts)}`, "running");
    case "check-finished": {
      const { status, reason } = event;
      const why = reason ?? brokenWords(event.expectations);
      if (status === "ok") return says("still holds", "ok");
      const what = status === "drifted" ? "holds no longer" : "could not be looked at";
      return says(why === "" ? what : `${what}: ${why}`, status === "drifted" ? "failed" : "unknown");
    }
    case "step-undone":
      return says(event.by === undefined ? "is undone" : `is undone by ${event.by}`);
    case "timer-fired":
      return says("a wait is over");
    case "run-paused":
      return says(pauseWords(event), "unknown");
    case "run-finished": {
      const { status, setAside } = event;
      const aside = setAside.length === 0 ? "" : `, without ${countHosts(setAside)}`;
      return says(`${status}${aside}`, RUN_SIGN[status]);
    }
  }
}

function attemptWords(event: Extract<EventBody, { type: "attempt-finished" }>): string {
  const { end, exit, reason, durationMs, stdoutBytes, stderrBytes, unchanged } = event;
  const how =
    end === "exited"
      ? unchanged === true
        ? "found everything in place"
        : `ended with exit status ${exit ?? "unknown"}`
      : { timeout: "took too long", cancelled: "was cancelled", refused: "was refused", rebooted: "went down" }[end];
  const printed = stdoutBytes + stderrBytes;
  const after = end === "refused" ? "" : ` after ${formatDuration(durationMs)}`;
  return `${how}${after}${reason === undefined ? "" : `: ${reason}`}${printed === 0 ? "" : `, ${bytes(printed)} printed`}`;
}

/** In the largest unit that leaves a whole number before the point. */
export function bytes(count: number): string {
  if (count < 1000) return plural(count, "byte");
  const [value, unit] = count < 1e6 ? [count / 1e3, "kB"] : count < 1e9 ? [count / 1e6, "MB"] : [count / 1e9, "GB"];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

function brokenWords(expectations: readonly ExpectationResult[]): string {
  return expectations
    .filter(({ passed }) => !passed)
    .map(({ source, line }) => `${source === "output" ? "the output" : source} (line ${line})`)
    .join("; ");
}
