import type { ReactNode } from "react";
import type { PlannedStep } from "../../model/plan.ts";
import type { RunView } from "../../story/run-fold.ts";
import { type Filter, filteredOut, filteredTitle } from "../screen/filter.ts";
import { badHostsOfAny, exceptionsFirst, namedExceptions, SIGNED_HOSTS } from "../screen/exceptions.ts";
import { matrixLines } from "../screen/matrix.ts";
import { inside } from "../screen/screen-layout.ts";
import { span } from "../screen/text-line.ts";
import { Pane, type PaneFrame } from "./pane.tsx";

/** A row a host, a sign a step. */
export function MatrixPane({
  frame,
  steps,
  hosts,
  view,
  top,
  cursor,
  filter,
}: {
  readonly frame: PaneFrame;
  readonly steps: readonly PlannedStep[];
  readonly hosts: readonly string[];
  readonly view: RunView;
  readonly top: number;
  readonly cursor: number;
  /** What the hosts were chosen by, if anything. */
  readonly filter: Filter | undefined;
}): ReactNode {
  const bad = badHostsOfAny(view);
  const lines = matrixLines(frame.style, steps, exceptionsFirst(hosts, bad), view, {
    top,
    cursor,
    ...inside(frame.area, frame.framed),
  });
  const shown = hosts.length === 0 && filter !== undefined ? [filteredOut(filter, "host")] : lines;
  return (
    <Pane
      {...frame}
      title={filteredTitle("Hosts and steps", filter)}
      aside={[span(counts(hosts, bad), "dim")]}
      lines={shown.map((line) => ({ line }))}
    />
  );
}

/** `500 hosts, 2 not well: pi-117, pi-230`: of many hosts not all rows are seen. */
function counts(hosts: readonly string[], bad: ReadonlySet<string>): string {
  if (hosts.length <= SIGNED_HOSTS) return "";
  const among = new Set(hosts.filter((host) => bad.has(host)));
  const names = namedExceptions(among);
  return ` ${hosts.length} hosts${among.size === 0 ? "" : `, ${among.size} not well`}${names && `: ${names}`} `;
}
