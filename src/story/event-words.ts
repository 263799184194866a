import type { GuideChanged, OperatorDecided } from "../model/event.ts";
import { countHosts } from "./compress-hosts.ts";

/** What an edit did to the steps of a guide; ids as they are. */
export function editWords({ added, removed, changed, rejudged = [], moved = [] }: GuideChanged): string {
  const parts = Object.entries({ added, removed, changed, "judged otherwise": rejudged, moved });
  const told = parts.flatMap(([what, steps]) => (steps.length === 0 ? [] : [`${steps.join(", ")} ${what}`]));
  return told.length === 0 ? "no step is another" : told.join("; ");
}

/**
 * What somebody decided, about a step that stands beside it.
 * @param hosts absent: they stand beside it as well
 */
export function decisionWords(event: OperatorDecided, hosts: readonly string[] = []): string {
  const { decision, step, item, fix, name, value } = event;
  const on = hosts.length === 0 ? "" : ` on ${countHosts(hosts)}`;
  switch (decision) {
    case "rerun":
      return `is to run again${on}`;
    case "skip":
      return `is to be left out${on}`;
    case "done":
      return `is called done${on}`;
    case "interrupt":
      return "the run is to stop once what is at work has finished";
    case "cancel":
      return "the run is to be cancelled";
    case "rest-after":
      return `the run is to rest after ${step === undefined ? "the step at work" : "it"}`;
    case "no-rest":
      return "the run is not to rest after all";
    case "set-aside":
      return on === "" ? "is done without from here on" : `the run goes on without ${countHosts(hosts)}`;
    case "shell":
      return `somebody has a shell${on}`;
    case "continue":
      return "the run goes past its checkpoint";
    case "confirm":
      return `is confirmed${on}`;
    case "tick":
      return `done by hand${on}: ${item ?? ""}`;
    case "fix":
      return `is to be mended by ${fix ?? "its fix"}${on}`;
    case "no-fix":
      return `is not to be mended by ${fix ?? "its fix"}`;
    case "input":
      return `${name ?? "an input"} is ${value === undefined ? "«secret»" : `'${value}'`}`;
  }
}
