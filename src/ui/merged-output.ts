import { countHosts } from "../story/compress-hosts.ts";
import type { OutputTail } from "./output-tail.ts";
import { fit, paint, sign } from "./style.ts";
import type { Style } from "./style.ts";

/** Hosts that printed the same. */
export interface SameOutput {
  readonly hosts: readonly string[];
  readonly output: OutputTail;
}

/** Characters of one line that are shown. */
const LINE = 1000;

/** Gathers hosts by what they printed; those that printed nothing are left out. Most hosts first. */
export function mergeOutput(hosts: readonly string[], outputs: ReadonlyMap<string, OutputTail>): readonly SameOutput[] {
  const groups = new Map<string, { hosts: string[]; output: OutputTail }>();
  for (const host of hosts) {
    const output = outputs.get(host);
    if (output === undefined || output.isEmpty) continue;
    const digest = output.digest();
    const group = groups.get(digest);
    if (group === undefined) groups.set(digest, { hosts: [host], output });
    else group.hosts.push(host);
  }
  return [...groups.values()].toSorted((a, b) => b.hosts.length - a.hosts.length);
}

/**
 * Each output once, under the hosts that printed it, as `clush -b` does; the ends of them, where together they are
 * longer than `budget` lines. A single line stands beside its hosts.
 * @returns lines
 */
export function renderOutput(
  style: Style,
  groups: readonly SameOutput[],
  options: { readonly budget: number; readonly named: boolean },
): readonly string[] {
  const bar = paint(style, "dim", sign(style, "bar"));
  const share = Math.max(10, Math.floor(options.budget / Math.max(1, groups.length)));
  const lines: string[] = [];
  for (const [index, { hosts, output }] of groups.entries()) {
    if (lines.length >= options.budget) {
      const left = groups.slice(index).flatMap((group) => group.hosts);
      lines.push(`${sign(style, "more")} ${countHosts(left)} printed something else`);
      break;
    }
    const { lines: shown, earlier } = output.tail(share);
    const printed = shown.map((line) => `${bar} ${fit(style, line, LINE)}`.trimEnd());
    const cut = earlier > 0 ? [paint(style, "dim", `${sign(style, "more")} ${earlier} lines before`)] : [];
    if (!options.named) lines.push(...cut, ...printed);
    else if (shown.length === 1 && earlier === 0) lines.push(`${countHosts(hosts)} ${printed[0] ?? ""}`);
    else lines.push(`${countHosts(hosts)}:`, ...[...cut, ...printed].map((line) => `  ${line}`));
  }
  return lines;
}
