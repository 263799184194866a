import type { ASTNode } from "@marcbachmann/cel-js";
import { FACT_NAMES } from "./environment.ts";
import { accessOf, partsOf } from "./tree.ts";

/** What an expression asks for, read off its text. */
export interface Mentions {
  /** Root names. */
  readonly names: ReadonlySet<string>;
  /** X of `vars.X` and `vars["X"]`. */
  readonly vars: ReadonlySet<string>;
  /** X of `captures.X` and `captures["X"]`. */
  readonly captures: ReadonlySet<string>;
  /** X of `groups.X` and `groups["X"]`. */
  readonly groups: ReadonlySet<string>;
  /** `vars` or `captures` are used otherwise than by a name written out: any of them may be needed. */
  readonly dynamicVars: boolean;
  readonly mentionsExit: boolean;
  readonly mentionsResults: boolean;
  /** It may ask for what only a host can say (`host.os`, …). */
  readonly needsFacts: boolean;
  /** It tries a regular expression. */
  readonly matches: boolean;
  /** It may take long: it loops, or tries a regular expression. */
  readonly mayBeSlow: boolean;
}

const NAMED = ["vars", "captures", "groups"] as const;
const WITH_HOSTS = ["hosts", "groups", "step", "results"] as const;

/** @param roots - the root names there are; anything else that is not bound is a type such as `int` */
export function mentionsOf(expression: ASTNode, roots: ReadonlySet<string>): Mentions {
  const names = new Set<string>();
  const keys = { vars: new Set<string>(), captures: new Set<string>(), groups: new Set<string>() };
  const fields = new Set<string>();
  const methods = new Set<string>();
  let dynamicVars = false;
  let hostFacts = false;
  let loops = false;

  const visit = (node: ASTNode, bound: ReadonlySet<string>): void => {
    const isRoot = (part: ASTNode, name: string): boolean => part.op === "id" && part.args === name && !bound.has(name);
    if (node.op === "id" && roots.has(node.args) && !bound.has(node.args)) {
      names.add(node.args);
      if (node.args === "vars" || node.args === "captures") dynamicVars = true;
    }
    if (node.op === "rcall") methods.add(node.args[0]);
    const access = accessOf(node);
    if (access) {
      const { of, key } = access;
      if (key !== undefined) fields.add(key);
      if (isRoot(of, "host")) hostFacts ||= key === undefined || FACT_NAMES.has(key);
      const root = NAMED.find((name) => isRoot(of, name));
      if (root !== undefined && key !== undefined) {
        names.add(root);
        keys[root].add(key);
        return;
      }
    }
    for (const part of partsOf(node)) {
      loops ||= part.binds !== undefined;
      visit(part.node, part.binds === undefined ? bound : new Set([...bound, part.binds]));
    }
  };
  visit(expression, new Set());

  const mentionsResults = names.has("results");
  return {
    names,
    ...keys,
    dynamicVars,
    mentionsExit: names.has("exit") || (mentionsResults && fields.has("exit")),
    mentionsResults,
    needsFacts:
      hostFacts || (WITH_HOSTS.some((name) => names.has(name)) && [...fields].some((name) => FACT_NAMES.has(name))),
    matches: methods.has("matches"),
    mayBeSlow: loops || methods.has("matches"),
  };
}
