import type { Step } from "../model/runbook.ts";
import type { Located, Span } from "../model/source.ts";
import { spanWithin } from "./span-within.ts";
import type { VariableTable } from "./variable-table.ts";
import { referencesIn } from "./variables.ts";

/** A declared variable in a step's text, with the first place that names it. */
export interface Use {
  readonly name: string;
  readonly span: Span;
}

/**
 * The declared variables that a step's text names (FORMAT.md, section 6): as a whole word in what a shell or another
 * interpreter reads, where `$` need not stand before it; as `$NAME` where Waymark replaces it. What the step itself
 * captures is a name of its own there: it is a use only if an earlier step has captured it too.
 *
 * @param earlier names captured by the steps above
 */
export function usesOf(step: Step, variables: VariableTable, earlier: ReadonlySet<string>): readonly Use[] {
  const uses = new Map<string, Use>();
  const own = step.options.capture?.value;
  const add = (name: string, span: () => Span): void => {
    if (!variables.has(name) || uses.has(name)) return;
    if (name !== own || earlier.has(name)) uses.set(name, { name, span: span() });
  };
  for (const text of interpretedTexts(step)) {
    for (const match of text.value.matchAll(/\w+/g)) {
      add(match[0], () => spanWithin(text, match.index, match[0].length));
    }
  }
  for (const text of replacedTexts(step)) {
    for (const { name, offset, length } of referencesIn(text.value)) {
      add(name, () => spanWithin(text, offset, length));
    }
  }
  return [...uses.values()];
}

function interpretedTexts({ action, options }: Step): readonly Located<string>[] {
  // The newline that ends a script need not stand in the guide.
  const code = action.kind === "command" ? [{ value: action.code.replace(/\n$/, ""), span: action.codeSpan }] : [];
  return [...code, ...(options.unless === undefined ? [] : [options.unless])];
}

function replacedTexts({ action, options, expectations, span }: Step): readonly Located<string>[] {
  const files =
    action.kind === "file" ? [action.path, ...(action.template ? [{ value: action.content, span }] : [])] : [];
  const copies = action.kind === "copy" ? action.lines : [];
  const outputs = expectations.flatMap((one) =>
    one.kind === "output" ? [{ value: one.lines.join("\n"), span: one.span }] : [],
  );
  const given = [options.dir, options.creates, options.confirm].filter((text) => text !== undefined);
  return [...given, ...files, ...copies, ...outputs];
}
