/** Ranges named before the rest is only counted. */
const NAMED = 12;

/**
 * Names hosts in few words: `pi-w1, pi-w2, pi-w3, nas` → `pi-w[1-3], nas`; many → the first and how many more. Ranges
 * are written as in `hosts.yaml`, leading zeros included.
 */
export function compressHosts(hosts: readonly string[], most = NAMED): string {
  const groups = groupByNumber(hosts);
  const parts: string[] = [];
  let room = most;
  let shown = 0;
  for (const { before, after, ranges } of groups) {
    if (room <= 0) break;
    const taken = ranges.slice(0, room);
    room -= taken.length;
    shown += taken.reduce((sum, { count }) => sum + count, 0);
    const inner = taken.map(({ text }) => text).join(",");
    parts.push(taken.length === 1 && taken[0]?.count === 1 ? before + inner + after : `${before}[${inner}]${after}`);
  }
  if (shown < hosts.length) parts.push(`${hosts.length - shown} more`);
  return parts.join(", ");
}

/** How many, where that is not seen at a glance, and which. */
export function countHosts(hosts: readonly string[]): string {
  return hosts.length > 3 ? `${compressHosts(hosts)} (${hosts.length})` : compressHosts(hosts);
}

interface Numbered {
  readonly before: string;
  readonly after: string;
  /** Digits; empty for a name without a number. */
  readonly digits: string;
}

interface Group {
  readonly before: string;
  readonly after: string;
  readonly ranges: readonly { readonly text: string; readonly count: number }[];
}

/** Each name is split at that one of its numbers in which most names differ from it. Groups keep the order of the names. */
function groupByNumber(hosts: readonly string[]): readonly Group[] {
  const splits = hosts.map(splitAtNumbers);
  const sizes = new Map<string, number>();
  for (const split of splits.flat()) sizes.set(keyOf(split), (sizes.get(keyOf(split)) ?? 0) + 1);
  const groups = new Map<string, Numbered[]>();
  for (const [index, name] of hosts.entries()) {
    const best = (splits[index] ?? []).reduce<Numbered>(
      (best, split) => ((sizes.get(keyOf(split)) ?? 0) >= (sizes.get(keyOf(best)) ?? 0) ? split : best),
      { before: name, after: "", digits: "" },
    );
    const group = groups.get(keyOf(best));
    if (group === undefined) groups.set(keyOf(best), [best]);
    else group.push(best);
  }
  return [...groups.values()].flatMap((group) => {
    const { before = "", after = "" } = group[0] ?? {};
    return { before, after, ranges: rangesOf(group.map(({ digits }) => digits)) };
  });
}

function splitAtNumbers(name: string): readonly Numbered[] {
  // Numbers that are too long to count with stay part of the name.
  return [...name.matchAll(/(?<!\d)\d{1,9}(?!\d)/g)].map(({ 0: digits, index }) => ({
    before: name.slice(0, index),
    after: name.slice(index + digits.length),
    digits,
  }));
}

function keyOf({ before, after, digits }: Numbered): string {
  return digits === "" ? before : `${before}\0${after}`;
}

/** Runs of numbers that follow each other and are written alike: `8, 9, 10` and `08, 09, 10`, but not `9, 010`. */
function rangesOf(numbers: readonly string[]): Group["ranges"] {
  const sorted = numbers.toSorted((a, b) => Number(a) - Number(b) || a.length - b.length);
  const runs: { first: string; last: string; count: number }[] = [];
  for (const digits of sorted) {
    const run = runs.at(-1);
    const follows = run !== undefined && digits === successor(run.last);
    if (follows) {
      run.last = digits;
      run.count++;
    } else runs.push({ first: digits, last: digits, count: 1 });
  }
  return runs.map(({ first, last, count }) => ({ text: count === 1 ? first : `${first}-${last}`, count }));
}

/** The number that comes next in a range that is written with as many digits, where the first has leading zeros. */
function successor(digits: string): string {
  return digits === "" ? "" : String(Number(digits) + 1).padStart(digits.length, "0");
}
