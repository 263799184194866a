import type { Span } from "../model/source.ts";
import type { Problem } from "./names.ts";

/*
 * What an Ansible inventory says, in whatever form it was written
 * (https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html).
 */

export interface AnsibleTree {
  /** By name, in the order in which they first appear. */
  readonly hosts: ReadonlyMap<string, AnsibleHost>;
  readonly groups: ReadonlyMap<string, AnsibleGroup>;
}

export interface AnsibleHost {
  readonly name: string;
  readonly span: Span;
  readonly vars: AnsibleVars;
}

export interface AnsibleGroup {
  readonly name: string;
  readonly span: Span;
  /** Names of the hosts directly in it. */
  readonly hosts: ReadonlySet<string>;
  /** Names of its child groups, and where they are named. */
  readonly children: ReadonlyMap<string, Span>;
  readonly vars: AnsibleVars;
}

export type AnsibleVars = ReadonlyMap<string, AnsibleVar>;

export interface AnsibleVar {
  /** As typed, without quotes; absent for what is no single value. */
  readonly text?: string;
  /** Of name and value. */
  readonly span: Span;
}

export type Report = (problem: Problem, span: Span) => void;

export interface GrowingGroup {
  readonly name: string;
  readonly span: Span;
  readonly hosts: Set<string>;
  readonly children: Map<string, Span>;
  readonly vars: Map<string, AnsibleVar>;
}

/** An inventory while it is read: hosts and groups may appear several times, and add up. */
export class AnsibleTreeBuilder implements AnsibleTree {
  readonly hosts = new Map<string, AnsibleHost & { readonly vars: Map<string, AnsibleVar> }>();
  readonly groups = new Map<string, GrowingGroup>();

  group(name: string, span: Span): GrowingGroup {
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    const group: GrowingGroup = { name, span, hosts: new Set(), children: new Map(), vars: new Map() };
    this.groups.set(name, group);
    return group;
  }

  /** What is said of a host later wins. */
  addHost(name: string, span: Span, group: GrowingGroup, vars: AnsibleVars): void {
    let host = this.hosts.get(name);
    if (host === undefined) {
      host = { name, span, vars: new Map() };
      this.hosts.set(name, host);
    }
    group.hosts.add(name);
    for (const [key, value] of vars) host.vars.set(key, value);
  }
}
