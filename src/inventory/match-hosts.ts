import { LOCAL } from "../model/inventory.ts";
import type { Inventory } from "../model/inventory.ts";
import { nearest } from "../model/nearest.ts";
import type { Pattern, Subscript, Term } from "./pattern.ts";

/**
 * Names of the hosts that a pattern matches, in inventory order, `local` last. A subscript beyond the end matches
 * nothing, and so does a name that does not exist: see {@link unknownNames}.
 */
export function matchHosts(pattern: Pattern, inventory: Inventory): readonly string[] {
  const index = indexOf(inventory);
  const matched = (kind: Term["kind"]): readonly (readonly string[])[] =>
    pattern.terms.filter((term) => term.kind === kind).map((term) => matchTerm(term, index));
  const unions = matched("union");
  let chosen = new Set(unions.length === 0 ? index.names : unions.flat());
  for (const names of matched("intersection")) chosen = chosen.intersection(new Set(names));
  for (const names of matched("exclusion")) chosen = chosen.difference(new Set(names));
  const inOrder = index.names.filter((name) => chosen.has(name));
  return chosen.has(LOCAL) ? [...inOrder, LOCAL] : inOrder;
}

/** A plain name in a pattern that is neither a host nor a group. */
export interface UnknownName {
  readonly name: string;
  /** In the pattern's source. */
  readonly offset: number;
  /** What to do: the name that was probably meant, else what there is. */
  readonly hint: string;
  readonly nearMiss: boolean;
}

/**
 * The names in a pattern that nothing has. Globs may match nothing; a plain name that does not exist is a mistake,
 * above all after `!`.
 *
 * @param declared groups that exist although no host is in them
 */
export function unknownNames(
  pattern: Pattern,
  inventory: Inventory,
  declared: readonly string[] = [],
): readonly UnknownName[] {
  const { groups, hosts } = indexOf(inventory);
  const known = [...groups.keys(), ...declared, "all", LOCAL];
  return pattern.terms
    .filter(({ name, glob }) => glob === undefined && !hosts.has(name) && !known.includes(name))
    .map(({ name, offset }) => {
      const meant = nearest(name, [...known, ...hosts]);
      if (meant !== undefined) return { name, offset, hint: `Did you mean \`${meant}\`?`, nearMiss: true };
      const groupNames = [...groups.keys(), "all", LOCAL].join(", ");
      const hint = name.includes(":") ? "Separate names by commas." : `The groups are ${groupNames}.`;
      return { name, offset, hint, nearMiss: false };
    });
}

/** Names of each group's hosts in inventory order; groups in the order in which they first appear. Without `all`. */
export function groupsOf(inventory: Inventory): ReadonlyMap<string, readonly string[]> {
  return indexOf(inventory).groups;
}

interface Index {
  readonly names: readonly string[];
  readonly hosts: ReadonlySet<string>;
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

/** Inventories are never changed, so what was computed once stays true. */
const indexes = new WeakMap<Inventory, Index>();

function indexOf(inventory: Inventory): Index {
  const known = indexes.get(inventory);
  if (known !== undefined) return known;
  const groups = new Map<string, string[]>();
  for (const host of inventory.hosts) {
    for (const group of host.groups) {
      const members = groups.get(group);
      if (members === undefined) groups.set(group, [host.name]);
      else members.push(host.name);
    }
  }
  const names = inventory.hosts.map(({ name }) => name);
  const index = { names, hosts: new Set(names), groups };
  indexes.set(inventory, index);
  return index;
}

function matchTerm(term: Term, index: Index): readonly string[] {
  const names = term.glob === undefined ? matchName(term.name, index) : matchGlob(term.glob, index);
  return term.subscript === undefined ? names : pick(names, term.subscript);
}

function matchName(name: string, { names, hosts, groups }: Index): readonly string[] {
  if (name === "all") return names;
  if (name === LOCAL) return [LOCAL];
  return groups.get(name) ?? (hosts.has(name) ? [name] : []);
}

/** The hosts of every group with such a name, and every host with such a name; never `local`. */
function matchGlob(glob: RegExp, { names, groups }: Index): readonly string[] {
  const inGroups = new Set([...groups].flatMap(([group, members]) => (glob.test(group) ? members : [])));
  return names.filter((name) => inGroups.has(name) || glob.test(name));
}

function pick(names: readonly string[], { from, to }: Subscript): readonly string[] {
  const position = (index: number): number => (index < 0 ? names.length + index : index);
  const [first, last] = [position(from), position(to)];
  // `slice` would count a negative number from the end once more.
  return first < 0 || last < 0 ? [] : names.slice(first, last + 1);
}
