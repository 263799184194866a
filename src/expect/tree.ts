import type { ASTNode } from "@marcbachmann/cel-js";

/** A part of an expression, and the name that the whole makes known to it (`n` in `table.all(n, …)`). */
export interface Part {
  readonly node: ASTNode;
  readonly binds?: string;
}

/** Methods whose first argument names each item of their receiver in the other arguments. */
const LOOPS: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "map", "filter"]);

/** `X.all(v, P)` and its like. */
export interface Loop {
  readonly method: string;
  readonly over: ASTNode;
  readonly variable: string;
  readonly bodies: readonly ASTNode[];
}

export function loopOf(node: ASTNode): Loop | undefined {
  if (node.op !== "rcall") return undefined;
  const [method, over, [variable, ...bodies]] = node.args;
  if (!LOOPS.has(method) || variable?.op !== "id" || bodies.length === 0) return undefined;
  return { method, over, variable: variable.args, bodies };
}

/** The direct parts of an expression, in the order written. */
export function partsOf(node: ASTNode): readonly Part[] {
  const loop = loopOf(node);
  if (loop) return [{ node: loop.over }, ...loop.bodies.map((body) => ({ node: body, binds: loop.variable }))];
  const bind = bindOf(node);
  if (bind) return [{ node: bind.value }, { node: bind.body, binds: bind.variable }];
  switch (node.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [{ node: node.args[0] }];
    case "!_":
    case "-_":
      return [{ node: node.args }];
    case "call":
      return node.args[1].map(alone);
    case "rcall":
      return [node.args[1], ...node.args[2]].map(alone);
    case "list":
      return node.args.map(alone);
    case "map":
      return node.args.flat().map(alone);
    case "!=":
    case "==":
    case "in":
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "?:":
    case "||":
    case "&&":
    case "[]":
    case "[?]":
      return node.args.map(alone);
  }
}

/** `cel.bind(variable, value, body)`. */
export function bindOf(
  node: ASTNode,
): { readonly variable: string; readonly value: ASTNode; readonly body: ASTNode } | undefined {
  if (node.op !== "rcall") return undefined;
  const [method, receiver, [variable, value, body]] = node.args;
  if (method !== "bind" || receiver.op !== "id" || receiver.args !== "cel") return undefined;
  return variable?.op === "id" && value && body ? { variable: variable.args, value, body } : undefined;
}

/** `X.key` or `X["key"]`; the index where the key has to be worked out. */
export function accessOf(
  node: ASTNode,
): { readonly of: ASTNode; readonly key?: string; readonly index?: ASTNode } | undefined {
  if (node.op === ".") return { of: node.args[0], key: node.args[1] };
  if (node.op !== "[]") return undefined;
  const [of, index] = node.args;
  return index.op === "value" && typeof index.args === "string" ? { of, key: index.args } : { of, index };
}

/** A name, or what is reached from one by `.` and `[…]`. */
export function isPath(node: ASTNode): boolean {
  return node.op === "id" || (accessOf(node) !== undefined && isPath(accessOf(node)?.of ?? node));
}

/** What goes into an operator or a call. For a loop that is what it loops over: its body means nothing outside. */
export function operandsOf(node: ASTNode): readonly ASTNode[] {
  return partsOf(node)
    .filter(({ binds }) => binds === undefined)
    .map((part) => part.node);
}

/** Whether its value depends on any of the names. */
export function hasNames(node: ASTNode, names: Readonly<Record<string, string>>): boolean {
  if (node.op === "id") return Object.hasOwn(names, node.args);
  return partsOf(node).some((part) => hasNames(part.node, names));
}

function alone(node: ASTNode): Part {
  return { node };
}

/**
 * The source of a part, as written. The parser keeps no parentheses, so a node's range may end in the middle of
 * them; growing it until they balance gives the smallest text that means the same.
 */
export function textOf(node: ASTNode): string {
  const { input } = node;
  let { start, end } = node.range;
  const pairs = parentheses(input);
  for (let changed = true; changed;) {
    changed = false;
    for (const [open, close] of pairs) {
      const opens = open >= start && open < end;
      const closes = close >= start && close < end;
      if (opens === closes) continue;
      [start, end, changed] = [Math.min(start, open), Math.max(end, close + 1), true];
    }
  }
  return input.slice(start, end);
}

/** Offsets of matching `(` and `)`, those inside of string literals left out. */
function parentheses(input: string): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = [];
  const open: number[] = [];
  for (const token of input.matchAll(TOKENS)) {
    if (token[0] === "(") open.push(token.index);
    const start = token[0] === ")" ? open.pop() : undefined;
    if (start !== undefined) pairs.push([start, token.index]);
  }
  return pairs;
}

const TOKENS = /"{3}(?:\\[^]|[^\\])*?"{3}|'{3}(?:\\[^]|[^\\])*?'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\/\/.*|[()]/g;
