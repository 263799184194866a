import type { Element } from "hast";
import { parsePattern, type Subscript, type Term } from "../../inventory/pattern.ts";
import type { Requirement } from "../../model/runbook.ts";
import { articleOf, type Noun, nounOf } from "./host-nouns.ts";
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
 * A host pattern (FORMAT, section 3) as one says it: `worker,!arch` is *every worker except the arch hosts*. What is no
 * pattern is shown as it is written.
 */
export function hostWords(pattern: string, names: HostNames): Words {
  const parsed = parsePattern(pattern);
  if (!parsed.ok) return ["the hosts ", literal(pattern)];
  const of = (kind: Term["kind"]): readonly Term[] => parsed.pattern.terms.filter((term) => term.kind === kind);
  const [unions, within, without] = [of("union"), of("intersection"), of("exclusion")];
  // All hosts that are also workers are the workers.
  const isAll = unions.every(({ name, subscript }) => name === "all" && subscript === undefined);
  const whole = isAll ? within.slice(0, 1) : unions;
  const also = isAll ? within.slice(1) : within;
  return [
    ...(whole.length === 0 ? ["every host"] : listed(whole.map((term) => everyWords(term, names)))),
    ...alsoWords(also, whole.length > 1, names),
    ...(without.length === 0 ? [] : [" except ", ...listed(without.map((term) => bareWords(term, names)))]),
  ];
}

/** @param several it is said of more than one kind of host */
function alsoWords(also: readonly Term[], several: boolean, names: HostNames): Words {
  if (also.length === 0) return [];
  return [
    several ? ", each only if it is also " : " that is also ",
    ...listed(also.map((term) => oneWords(term, names))),
  ];
}

/** *every worker* */
function everyWords(term: Term, names: HostNames): Words {
  const { one, many } = nounOf(term.name);
  if (term.glob !== undefined) return ["every host with a name like ", asWritten(term)];
  return knownWords(term, names) ?? [many === term.name ? `all ${many}` : `every ${one}`];
}

/** The same behind *except*: *the workers*. */
function bareWords(term: Term, names: HostNames): Words {
  if (term.glob !== undefined) return ["hosts with names like ", asWritten(term)];
  return knownWords(term, names) ?? [`the ${nounOf(term.name).many}`];
}

/** One of them: *a worker*. */
function oneWords(term: Term, names: HostNames): Words {
  const noun = nounOf(term.name);
  if (term.glob !== undefined) return ["a host with a name like ", asWritten(term)];
  const isSeveral = term.subscript !== undefined && term.subscript.from !== term.subscript.to;
  const known = knownWords(term, names);
  return known === undefined ? [`${articleOf(noun)} ${noun.one}`] : isSeveral ? ["one of ", ...known] : known;
}

/** What is always called the same: the computer at hand, a host by its name, the only one of a group, some of one. */
function knownWords({ name, subscript }: Term, { single, hosts }: HostNames): Words | undefined {
  if (name === "local") return ["your own computer"];
  if (single.has(name)) return [`the ${nounOf(name).one}`];
  if (hosts.has(name)) return [literal(name)];
  return subscript === undefined ? undefined : [partWords(subscript, nounOf(name))];
}

function partWords({ from, to }: Subscript, { one, many }: Noun): string {
  if (from === to) return `the ${positionOf(from)} ${one}`;
  if (to === -1) return from === 0 ? `all ${many}` : `all ${many} but the first${from === 1 ? "" : ` ${from}`}`;
  return from === 0 ? `the first ${to + 1} ${many}` : `the ${positionOf(from)} to the ${positionOf(to)} ${one}`;
}

/** `first`, `second to last` */
function positionOf(index: number): string {
  if (index >= 0) return ordinal(index);
  return index === -1 ? "last" : `${ordinal(-index - 1)} to last`;
}

function asWritten({ name, subscript }: Term): Element {
  if (subscript === undefined) return literal(name);
  const { from, to } = subscript;
  return literal(`${name}[${from === to ? from : `${from}:${to === -1 ? "" : to}`}]`);
}

function ordinal(index: number): string {
  const known = ["first", "second", "third", "fourth", "fifth"][index];
  if (known !== undefined) return known;
  const number = index + 1;
  const suffix = number % 100 > 10 && number % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${suffix}`;
}
