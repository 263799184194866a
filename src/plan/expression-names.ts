import type { Expression } from "../expect/expression.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Diagnostic, Located } from "../model/source.ts";
import { spanOfWord } from "./expressions.ts";
import type { VariableTable } from "./variable-table.ts";

type Problem = Omit<Diagnostic, "file">;

/** Names in an expression that nothing declares. */
export function undeclaredNames(
  located: Located<Expression>,
  variables: VariableTable,
  groups: ReadonlySet<string>,
): readonly Problem[] {
  const { vars, captures, groups: named } = located.value;
  const captured = [...variables.values()].filter(({ capturedBy }) => capturedBy.length > 0).map(({ name }) => name);
  const problem = (code: string, name: string, message: string, hint: string): Problem => ({
    code,
    severity: "error",
    message,
    hint,
    span: spanOfWord(located, name),
  });
  return [
    ...[...vars]
      .filter((name) => !variables.has(name))
      .map((name) => {
        const hint = didYouMean(name, variables.keys(), "Declare it under `inputs`, or capture it in a step above.");
        return problem("WM3103", name, `There is no variable \`${name}\``, hint);
      }),
    ...[...captures]
      .filter((name) => !captured.includes(name))
      .map((name) => {
        const hint = didYouMean(name, captured, "Capture it in a step above, with `capture=`.");
        return problem("WM3103", name, `No step captures \`${name}\``, hint);
      }),
    ...[...named]
      .filter((name) => !groups.has(name))
      .map((name) => {
        const hint = didYouMean(name, groups, "If it may be empty, list it under `requires`, as `0..`.");
        return problem("WM2021", name, `No group is called \`${name}\``, hint);
      }),
  ];
}

/** Secrets that a `when` asks for: its text and its outcome are shown, and would tell something of them. */
export function secretsAskedFor(located: Located<Expression>, variables: VariableTable): readonly Problem[] {
  const { vars, captures, dynamicVars } = located.value;
  const secrets = [...variables.values()].filter(({ secret }) => secret).map(({ name }) => name);
  const problem = (message: string, span: Diagnostic["span"]): Problem => ({
    code: "WM3106",
    severity: "error",
    message,
    hint: "Let a step above look at the secret, and capture what it finds.",
    ...(span === undefined ? {} : { span }),
  });
  const [any] = secrets;
  if (dynamicVars && any !== undefined) {
    return [problem(`\`when\` may ask for any variable, also the secret \`${any}\``, located.span)];
  }
  return secrets
    .filter((name) => vars.has(name) || captures.has(name))
    .map((name) => problem(`\`when\` asks for the secret \`${name}\``, spanOfWord(located, name)));
}
