import { type ASTNode, EvaluationError } from "@marcbachmann/cel-js";
import { HostValue } from "./environment.ts";
import type { Explaining } from "./explain.ts";
import { literal } from "./literal.ts";
import { NotJson } from "./printed.ts";
import { bindScope, bodyScope, evaluate, type Scope } from "./scope.ts";
import { accessOf, bindOf, hasNames, loopOf, operandsOf, partsOf, textOf } from "./tree.ts";
import { plain } from "./wording.ts";

/** Why a part could not be worked out: the innermost part that fails, what is wrong with it, and the values in it. */
export function* explainFailure(node: ASTNode, scope: Scope, how: Explaining): Generator<string, void> {
  const within = failingPart(node, scope);
  if (within) {
    if (within.item)
      yield `in ${within.item.name}, where ${within.item.variable} is ${literal(within.item.value, how.redact)}:`;
    yield* explainFailure(within.node, within.scope, how);
    return;
  }
  const outcome = evaluate(node, scope);
  if (!("error" in outcome)) return;
  yield messageOf(outcome.error, node, scope, how);
  if (accessOf(node)) return;
  for (const operand of operandsOf(node)) {
    const value = evaluate(operand, scope);
    if ("value" in value && hasNames(operand, scope.names)) {
      yield `${textOf(operand)} is ${literal(value.value, how.redact)}`;
    }
  }
}

interface Failing {
  readonly node: ASTNode;
  readonly scope: Scope;
  /** Of the loop that the part is in. */
  readonly item?: { readonly name: string; readonly variable: string; readonly value: unknown };
}

function failingPart(node: ASTNode, scope: Scope): Failing | undefined {
  const loop = loopOf(node);
  if (loop) {
    const { over, variable, bodies } = loop;
    const items = evaluate(over, scope);
    if ("error" in items) return { node: over, scope };
    const scopeOf = bodyScope(variable, over, scope);
    const each: Iterable<unknown> = items.value instanceof Map ? items.value.keys() : asList(items.value);
    for (const value of each) {
      const inner = scopeOf(value);
      const body = bodies.find((one) => "error" in evaluate(one, inner));
      if (body) return { node: body, scope: inner, item: { name: textOf(over), variable, value } };
    }
    return undefined;
  }
  const bind = bindOf(node);
  if (bind) {
    const bound = evaluate(bind.value, scope);
    if ("error" in bound) return { node: bind.value, scope };
    return { node: bind.body, scope: bindScope(bind.variable, bind.value, scope)(bound.value) };
  }
  for (const { node: part } of partsOf(node)) {
    if ("error" in evaluate(part, scope)) return { node: part, scope };
    // Of the branches only the chosen one was tried.
    if (node.op === "?:" && part === node.args[0]) {
      const chosen = evaluate(part, scope);
      const branch = "value" in chosen && chosen.value === true ? node.args[1] : node.args[2];
      return "value" in chosen && typeof chosen.value === "boolean" ? { node: branch, scope } : undefined;
    }
  }
  return undefined;
}

function messageOf(error: Error, node: ASTNode, scope: Scope, how: Explaining): string {
  if (error instanceof NotJson) return how.redact(error.message);
  if (!(error instanceof EvaluationError)) return `${textOf(node)} cannot be worked out`;
  switch (error.code) {
    case "no_such_key":
    case "index_out_of_bounds":
      return missingFrom(node, scope, how) ?? plain(error.summary);
    case "int_conversion_error":
    case "uint_conversion_error":
      return `${textOf(node)} is no whole number`;
    case "double_conversion_error":
      return `${textOf(node)} is no number`;
    case "no_such_overload":
      return `${textOf(node)}: ${plain(error.summary.replace("no such overload: ", ""))} does not go together`;
    case "bool_conversion_error":
      return `${textOf(node)} is neither true nor false`;
    default:
      return `${textOf(node)}: ${how.redact(plain(error.summary))}`;
  }
}

/** What an access was looking for in vain. */
function missingFrom(node: ASTNode, scope: Scope, how: Explaining): string | undefined {
  const access = accessOf(node);
  if (!access) return undefined;
  const key = access.key ?? keyOf(access.index, scope);
  const name = textOf(access.of);
  const shown = literal(key, how.redact);
  const found = evaluate(access.of, scope);
  if (name === "vars" && typeof key === "string") {
    const variable = how.vars(key);
    if ("missing" in variable) return variable.missing;
  }
  if (name === "captures" && typeof key === "string") return `nothing has captured ${key} yet`;
  if ("error" in found) return undefined;
  if (found.value instanceof HostValue)
    return `${String(key)} of host ${literal(found.value, how.redact)} is not known`;
  if (found.value instanceof Map) return `${name} has no ${shown}; it has ${listed([...found.value.keys()], how)}`;
  if (Array.isArray(found.value)) {
    const { length } = found.value;
    return `there is no ${textOf(node)}: ${name} has ${length === 1 ? "1 item" : `${length} items`}`;
  }
  return `${name} is ${literal(found.value, how.redact)}, which has no ${shown}`;
}

function keyOf(index: ASTNode | undefined, scope: Scope): unknown {
  const outcome = index && evaluate(index, scope);
  return outcome && "value" in outcome ? outcome.value : undefined;
}

function listed(keys: readonly unknown[], how: Explaining): string {
  if (keys.length === 0) return "nothing";
  const shown = keys.slice(0, 12).map((key) => literal(key, how.redact));
  return [...shown, ...(keys.length > shown.length ? [`${keys.length - shown.length} more`] : [])].join(", ");
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
