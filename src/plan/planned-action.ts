import { LOCAL } from "../model/inventory.ts";
import type { CopyLine, PlannedAction } from "../model/plan.ts";
import type { CopyAction, StepAction, StepOptions } from "../model/runbook.ts";
import type { Located } from "../model/source.ts";
import { spanWithin } from "./span-within.ts";

/**
 * What a step does, with the host patterns of its `copy` lines resolved.
 *
 * @param hosts of the step: a line that names no other goes to all that it matches among them
 * @param hostsOf the one host that a pattern must match; nothing where it does not, which is reported
 */
export function plannedAction(
  action: StepAction,
  options: StepOptions,
  hosts: readonly string[],
  hostsOf: HostsOf,
): PlannedAction {
  switch (action.kind) {
    case "command": {
      const { language, interpreter, code } = action;
      const { dir } = options;
      return { kind: "command", language, interpreter, code, ...(dir === undefined ? {} : { dir: dir.value }) };
    }
    case "file":
      return { ...action, path: action.path.value };
    case "copy": {
      // Where it goes nowhere there is nothing to be wrong with.
      const lines = hosts.length === 0 ? [] : action.lines.flatMap((line) => copyLine(line, hosts, hostsOf));
      return { ...action, lines };
    }
    case "manual":
      return { kind: "manual", text: action.text, items: action.items.map(({ value }) => value) };
  }
}

type HostsOf = (pattern: Located<string>, what: string) => readonly string[];

function copyLine(line: CopyAction["lines"][number], hosts: readonly string[], hostsOf: HostsOf): readonly CopyLine[] {
  const { value: text, source, target, recursive, preserve } = line;
  const located = (host: string, at: number): Located<string> => {
    return { value: host, span: at === -1 ? line.span : spanWithin(line, at, host.length) };
  };
  const [from] = hostsOf(located(source.host, text.indexOf(`${source.host}:`)), "source");
  if (from === undefined) return [];
  const toHost = located(target.host, text.lastIndexOf(`${target.host}:`));
  const to = new Set(target.host === LOCAL ? [LOCAL] : hostsOf(toHost, "target"));
  const goesTo = hosts.filter((host) => to.has(host));
  return [
    {
      text,
      source: { host: from, path: source.path },
      target: { hosts: goesTo, path: target.path },
      recursive,
      preserve,
    },
  ];
}
