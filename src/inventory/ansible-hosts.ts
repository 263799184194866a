import type { Host } from "../model/inventory.ts";
import type { Span } from "../model/source.ts";
import { AnsibleSettings } from "./ansible-settings.ts";
import type { AnsibleGroup, AnsibleTree, AnsibleVar, Report } from "./ansible-tree.ts";
import { groupNameProblem, hostNameProblem } from "./names.ts";
import type { Surroundings } from "./surroundings.ts";

/** Groups that every inventory has. */
const BUILT_IN = new Set(["all", "ungrouped"]);

/** The hosts of an Ansible inventory. They are only good when no error was reported. */
export function hostsOfAnsible(tree: AnsibleTree, path: string, around: Surroundings, report: Report): readonly Host[] {
  if (!checkTree(tree, report)) return [];
  const parents = parentsOf(tree);
  const depths = depthsOf(tree, parents);
  const settings = new AnsibleSettings(path, around, report);
  return [...tree.hosts.values()].map(({ name, span, vars }): Host => {
    const own = [...tree.groups.values()].filter((group) => group.hosts.has(name));
    const around = withAncestors(own, tree, parents);
    // As in Ansible: all, then from the outermost group to the innermost, by name within a depth, then the host's own.
    const outermostFirst = [...around].toSorted(
      (a, b) => (depths.get(a.name) ?? 0) - (depths.get(b.name) ?? 0) || (a.name < b.name ? -1 : 1),
    );
    const merged = new Map<string, AnsibleVar>(
      [tree.groups.get("all"), ...outermostFirst].flatMap((group) => [...(group?.vars ?? [])]),
    );
    for (const [key, value] of vars) merged.set(key, value);
    const groups = [...tree.groups.keys()].filter(
      (each) => !BUILT_IN.has(each) && around.some((group) => group.name === each),
    );
    return settings.hostOf(name, span, groups.length > 0 ? groups : ["ungrouped"], merged);
  });
}

/** @returns whether the rest can be relied on */
function checkTree({ hosts, groups }: AnsibleTree, report: Report): boolean {
  for (const { name, span } of hosts.values()) {
    const problem = hostNameProblem(name);
    if (problem !== undefined) report(problem, span);
  }
  for (const { name, span } of groups.values()) {
    const problem = BUILT_IN.has(name) ? undefined : groupNameProblem(name);
    if (problem !== undefined) report(problem, span);
    if (hosts.has(name)) {
      const message = `\`${name}\` is both a group and a host`;
      report({ code: "WM2006", message, hint: "Rename one of them, so that patterns are clear." }, span);
    }
  }
  const circles = circlesOf(groups);
  for (const { way, span } of circles) {
    const message = `The group \`${way[0]}\` is within itself: ${way.join(" → ")}`;
    report({ code: "WM2044", message, hint: "Take it out of the children of the last one." }, span);
  }
  return circles.length === 0;
}

function circlesOf(groups: AnsibleTree["groups"]): readonly { readonly way: readonly string[]; readonly span: Span }[] {
  const circles: { way: readonly string[]; span: Span }[] = [];
  const settled = new Set<string>();
  const follow = (name: string, way: readonly string[], span: Span): void => {
    if (settled.has(name)) return;
    const start = way.indexOf(name);
    if (start !== -1) {
      circles.push({ way: [...way.slice(start), name], span });
      return;
    }
    for (const [child, place] of groups.get(name)?.children ?? []) follow(child, [...way, name], place);
    settled.add(name);
  };
  for (const { name, span } of groups.values()) follow(name, [], span);
  return circles;
}

type Parents = ReadonlyMap<string, readonly AnsibleGroup[]>;

function parentsOf({ groups }: AnsibleTree): Parents {
  const parents = new Map<string, AnsibleGroup[]>();
  for (const group of groups.values()) {
    for (const child of group.children.keys()) {
      const known = parents.get(child);
      if (known === undefined) parents.set(child, [group]);
      else known.push(group);
    }
  }
  return parents;
}

/** How many groups are around each, by the longest way. `all` is around every group anyhow. */
function depthsOf({ groups }: AnsibleTree, parents: Parents): ReadonlyMap<string, number> {
  const depths = new Map<string, number>([["all", 0]]);
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const depth = 1 + Math.max(0, ...(parents.get(name) ?? []).map((parent) => depthOf(parent.name)));
    depths.set(name, depth);
    return depth;
  };
  for (const name of groups.keys()) depthOf(name);
  return depths;
}

function withAncestors(own: readonly AnsibleGroup[], tree: AnsibleTree, parents: Parents): readonly AnsibleGroup[] {
  const found = new Set<AnsibleGroup>();
  const left = [...own];
  for (let group = left.pop(); group !== undefined; group = left.pop()) {
    if (found.has(group)) continue;
    found.add(group);
    left.push(...(parents.get(group.name) ?? []));
  }
  return [...tree.groups.values()].filter((group) => found.has(group));
}
