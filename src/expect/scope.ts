import type { ASTNode, Environment, ParseResult } from "@marcbachmann/cel-js";
import { createEnvironment, environmentOf, type ExpressionKind, ROOTS } from "./environment.ts";
import { textOf } from "./tree.ts";

export type Outcome = { readonly value: unknown } | { readonly error: Error };

/** Where the parts of an expression mean something: the root names, and those that loops around them bind. */
export interface Scope {
  readonly names: Readonly<Record<string, string>>;
  /** By name; getters, so that what nobody asks for is never made. */
  readonly values: object;
  readonly environment: Environment;
  /** Parts that were parsed already. */
  readonly programs: Map<ASTNode, ParseResult>;
}

export function rootScope(kind: ExpressionKind, values: object): Scope {
  return { names: ROOTS[kind], values, environment: environmentOf(kind), programs: new Map() };
}

/** Evaluates a part on its own. Never throws. */
export function evaluate(node: ASTNode, scope: Scope): Outcome {
  try {
    let program = scope.programs.get(node);
    if (!program) scope.programs.set(node, (program = scope.environment.parse(textOf(node))));
    const value: unknown = program(scope.values);
    return { value };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** The scope of a loop's body, for each of its items. */
export function bodyScope(variable: string, over: ASTNode, scope: Scope): (item: unknown) => Scope {
  return binder(variable, itemType(typeOf(over, scope)), scope);
}

/** The scope of `cel.bind`'s last argument. */
export function bindScope(variable: string, value: ASTNode, scope: Scope): (bound: unknown) => Scope {
  return binder(variable, typeOf(value, scope), scope);
}

function binder(variable: string, type: string, scope: Scope): (value: unknown) => Scope {
  const names = { ...scope.names, [variable]: type };
  const environment = createEnvironment(names);
  const programs = new Map<ASTNode, ParseResult>();
  return (value) => ({
    names,
    values: Object.create(scope.values, { [variable]: { value } }) as object,
    environment,
    programs,
  });
}

function typeOf(node: ASTNode, { environment }: Scope): string {
  return environment.check(textOf(node)).type ?? "dyn";
}

/** Items of a list, keys of a map. The type of an empty list's items is a placeholder: one capital letter. */
function itemType(type: string): string {
  const item = /^list<(.*)>$/.exec(type)?.[1] ?? /^map<([^,]*), .*>$/.exec(type)?.[1] ?? "dyn";
  return item.length === 1 ? "dyn" : item;
}
