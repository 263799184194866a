import type { ASTNode } from "@marcbachmann/cel-js";
import type { Lookup } from "./context.ts";
import { explainFailure } from "./failure.ts";
import { literal } from "./literal.ts";
import { bindScope, bodyScope, evaluate, type Scope } from "./scope.ts";
import { bindOf, hasNames, isPath, type Loop, loopOf, operandsOf, textOf } from "./tree.ts";

/** Items shown of those that decided a loop. */
const MOST_ITEMS = 5;

export interface Explaining {
  readonly redact: (text: string) => string;
  readonly vars: Lookup;
}

type Lines = Generator<string, void>;

/**
 * The values that made an expression false, or why it could not be worked out, line by line: both sides of a
 * comparison, the part of an `&&` that is false, all parts of an `||`, the items for which an `all` does not hold, what
 * there was where nothing `exists`. Lines are made one at a time, so that whoever has enough can stop.
 */
export function* explain(expression: ASTNode, scope: Scope, how: Explaining): Lines {
  yield* once(reasons(expression, scope, how));
}

function* reasons(expression: ASTNode, scope: Scope, how: Explaining): Lines {
  const outcome = evaluate(expression, scope);
  if ("error" in outcome) yield* explainFailure(expression, scope, how);
  else if (typeof outcome.value === "boolean") yield* why(expression, outcome.value, scope, how);
  else yield `it is ${literal(outcome.value, how.redact)}, not true or false`;
}

/** Leaves out what was said already, save what is said of single items. */
function* once(lines: Lines): Lines {
  const said = new Set<string>();
  for (const line of lines) {
    if (said.has(line)) continue;
    if (!line.startsWith(" ")) said.add(line);
    yield line;
  }
}

/** Why the part came out as `got`. Under a `!`, that is why it is true. */
function* why(node: ASTNode, got: boolean, scope: Scope, how: Explaining): Lines {
  const loop = loopOf(node);
  if (loop && ["all", "exists", "exists_one"].includes(loop.method)) {
    yield* whyLoop(loop, got, scope, how);
    return;
  }
  const bind = bindOf(node);
  if (bind) {
    const bound = evaluate(bind.value, scope);
    if ("error" in bound) return;
    yield `${bind.variable} is ${literal(bound.value, how.redact)}`;
    yield* why(bind.body, got, bindScope(bind.variable, bind.value, scope)(bound.value), how);
    return;
  }
  switch (node.op) {
    case "&&":
    case "||":
      yield* whyLogical(node.args, got, node.op === "||", scope, how);
      return;
    case "!_":
      yield* why(node.args, !got, scope, how);
      return;
    case "?:": {
      const [condition, yes, no] = node.args;
      const chosen = evaluate(condition, scope);
      if ("error" in chosen) return;
      yield* why(condition, chosen.value === true, scope, how);
      yield* why(chosen.value === true ? yes : no, got, scope, how);
      return;
    }
    default:
      if (isPath(node)) yield `${textOf(node)} is ${got}`;
      else yield* values(node, scope, how);
  }
}

/** @param decisive - the value that one part gives to the whole: false for `&&`, true for `||` */
function* whyLogical(parts: readonly ASTNode[], got: boolean, decisive: boolean, scope: Scope, how: Explaining): Lines {
  for (const part of parts) {
    const outcome = evaluate(part, scope);
    if ("error" in outcome) yield* explainFailure(part, scope, how);
    else if (typeof outcome.value === "boolean" && (got !== decisive || outcome.value === decisive)) {
      yield* why(part, outcome.value, scope, how);
    }
  }
}

/** An item of a loop, and what its body is for it. */
interface Turn {
  readonly label: string;
  readonly item: unknown;
  readonly holds: boolean;
  /** It could not be worked out. */
  readonly failed: boolean;
  readonly scope: Scope;
}

function* whyLoop({ method, over, variable, bodies }: Loop, got: boolean, scope: Scope, how: Explaining): Lines {
  const [body] = bodies;
  const items = evaluate(over, scope);
  if ("error" in items || body === undefined) return;
  const name = textOf(over);
  const turns = turnsOf(name, items.value, body, bodyScope(variable, over, scope));
  if (turns.length === 0) {
    yield `${name} is empty`;
    return;
  }
  const telling = method !== "all";
  const decided = turns.filter(({ holds }) => holds === telling);
  const none = decided.length === 0;
  yield `${telling ? "true" : "false"} for ${none ? "none" : decided.length} of ${turns.length} in ${name}:`;
  // Nothing exists: show what there was. An `all` that holds, under a `!`: any of them shows why.
  const shown = none ? turns : decided;
  for (const { label, item, holds, failed, scope: inner } of shown.slice(0, MOST_ITEMS)) {
    yield `  ${label} is ${literal(item, how.redact)}`;
    if (none && !got) continue;
    const lines = failed ? explainFailure(body, inner, how) : why(body, holds, inner, how);
    for (const line of once(lines)) {
      if (!line.startsWith(`${variable} is `)) yield `    ${line}`;
    }
  }
  if (shown.length > MOST_ITEMS) yield `  … ${shown.length - MOST_ITEMS} more`;
}

function turnsOf(name: string, items: unknown, body: ASTNode, scopeOf: (item: unknown) => Scope): readonly Turn[] {
  const keys = items instanceof Map ? [...items.keys()] : undefined;
  const each: readonly unknown[] = keys ?? (Array.isArray(items) ? items : []);
  return each.map((item, index) => {
    const scope = scopeOf(item);
    const outcome = evaluate(body, scope);
    const label = keys ? `a key of ${name}` : `${name}[${index}]`;
    const failed = "error" in outcome;
    return { label, item, holds: !failed && outcome.value === true, failed, scope };
  });
}

/** Calls whose value tells no more than what they were given. */
const CONVERSIONS: ReadonlySet<string> = new Set(["int", "uint", "double", "string", "dyn"]);

/** What went into a comparison or a call, from the outside in; what is written out needs no telling. */
function* values(node: ASTNode, scope: Scope, how: Explaining): Lines {
  for (const operand of operandsOf(node)) {
    if (!hasNames(operand, scope.names)) continue;
    if (operand.op === "call" && CONVERSIONS.has(operand.args[0])) {
      yield* values(operand, scope, how);
      continue;
    }
    const outcome = evaluate(operand, scope);
    if ("error" in outcome) continue;
    yield `${textOf(operand)} is ${literal(outcome.value, how.redact)}`;
    if (!isPath(operand)) yield* values(operand, scope, how);
  }
}
