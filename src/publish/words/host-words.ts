import type { Requirement } from "../../model/runbook.ts";
import { listed, literal, type Words } from "./words.ts";

/** What is known of the names in host patterns without an inventory. */
export interface HostNames {
  /** Groups that are a single host: readers say *the master*. */
  readonly single: ReadonlySet<string>;
  /** Names of hosts rather than of groups. */
  readonly hosts: ReadonlySet<string>;
}

/** What a guide says of its hosts itself: how many it requires, and those it lists. */
export function hostNames(requires: readonly Requirement[], listed: unknown): HostNames {
  const single = new Set(requires.filter(({ max }) => max === 1).map(({ group }) => group));
  const map = isMap(listed) && isMap(listed["hosts"]) ? listed["hosts"] : {};
  return { single, hosts: new Set(Object.keys(map)) };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A host pattern (FORMAT, section 3) as one says it: `worker,!arch` is *every worker except arch*. What has no short
 * name is shown as it is written.
 */
export function hostWords(pattern: string, names: HostNames): Words {
  const terms = pattern
    .split(",")
    .map((term) => term.trim())
    .filter((term) => term !== "");
  const added = terms.filter((term) => !/^[!&]/.test(term));
  const within = terms.filter((term) => term.startsWith("&")).map((term) => term.slice(1));
  const without = terms.filter((term) => term.startsWith("!")).map((term) => term.slice(1));
  const whole = listed((added.length === 0 ? ["all"] : added).map((term) => termWords(term, names)));
  const also = within.length === 0 ? [] : [" that is also ", ...listed(within.map((term) => bareWords(term, names)))];
  const but = without.length === 0 ? [] : [" except ", ...listed(without.map((term) => bareWords(term, names)))];
  return [...whole, ...also, ...but];
}

function termWords(term: string, names: HostNames): Words {
  const [, name = term, subscript] = /^([^[]*)\[(-?\d*:?-?\d*)\]$/.exec(term) ?? [];
  const every = everyWords(name, names);
  if (subscript === undefined || name === "") return every;
  const of = name === "all" ? "host" : name;
  if (/^\d+$/.test(subscript)) return [`the ${ordinal(Number(subscript))} ${of}`];
  if (subscript === "-1") return [`the last ${of}`];
  if (subscript === "1:") return [...every, " but the first"];
  const first = /^0?:(\d+)$/.exec(subscript)?.[1];
  if (first !== undefined) return [`the first ${first} of ${name === "all" ? "the" : name} hosts`];
  return ["the hosts ", literal(term)];
}

function everyWords(name: string, { single, hosts }: HostNames): Words {
  if (name === "all") return ["every host"];
  if (name === "local") return ["your own computer"];
  if (single.has(name)) return [`the ${name}`];
  if (hosts.has(name)) return [literal(name)];
  if (/^[\p{L}\p{N}_.-]+$/u.test(name)) return [`every ${name}`];
  return ["every host called ", literal(name)];
}

function bareWords(term: string, names: HostNames): Words {
  const [first, ...rest] = termWords(term, names);
  return first === undefined ? [] : [typeof first === "string" ? first.replace(/^every /, "") : first, ...rest];
}

function ordinal(index: number): string {
  const known = ["first", "second", "third", "fourth", "fifth"][index];
  if (known !== undefined) return known;
  const number = index + 1;
  const suffix = number % 100 > 10 && number % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${suffix}`;
}
