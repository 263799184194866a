import { didYouMean } from "../model/nearest.ts";
import type { InputDeclaration } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";

/** Shorter values occur by chance in what a host prints: they cannot be redacted reliably. */
const SHORTEST_SECRET = 8;

/** A diagnostic that has no place yet. */
export type InputProblem = Pick<Diagnostic, "code" | "severity" | "message" | "hint">;

/** What is wrong with a value for an input, wherever it came from. Messages never repeat a secret. */
export function checkInput(declaration: InputDeclaration, value: string): readonly InputProblem[] {
  const { name, secret, choices, description } = declaration;
  const about = description === undefined ? "Give it another value." : `It is: ${description}`;
  const wrong = (demand: string, hint = about): InputProblem => ({
    code: "WM3004",
    severity: "error",
    message: `\`${name}\` must be ${demand}${secret ? "" : `, not \`${value}\``}`,
    hint,
  });
  const problems: InputProblem[] = [];
  const type = declaration.type === undefined ? undefined : TYPES[declaration.type];
  if (type !== undefined && !type.test.test(value)) problems.push(wrong(type.demand));
  if (choices !== undefined && !choices.includes(value)) {
    problems.push(wrong(`one of ${choices.map((choice) => `\`${choice}\``).join(", ")}`, meant(declaration, value)));
  }
  const pattern = inputPattern(declaration);
  if (pattern !== undefined && !pattern.test(value)) {
    problems.push(wrong(`all of the form \`${declaration.pattern}\``));
  }
  if (value.includes("\0")) problems.push(wrong("text without NUL characters"));
  if (secret && value.length < SHORTEST_SECRET) {
    problems.push({
      code: "WM3008",
      severity: "warning",
      message: `The value of \`${name}\` is shorter than ${SHORTEST_SECRET} characters: it cannot be hidden reliably`,
      hint: "Use a longer secret.",
    });
  }
  return problems;
}

/** The pattern of a declaration, made to match whole values; undefined when there is none or it is not valid. */
export function inputPattern({ pattern }: InputDeclaration): RegExp | undefined {
  if (pattern === undefined) return undefined;
  try {
    // Alone first: `a)(b` would be valid inside a group.
    void new RegExp(pattern, "u");
    return new RegExp(`^(?:${pattern})$`, "u");
  } catch {
    return undefined;
  }
}

const TYPES = {
  string: { test: /^/, demand: "text" },
  integer: { test: /^[+-]?\d+$/, demand: "a whole number" },
  number: { test: /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/, demand: "a number" },
  boolean: { test: /^(?:true|false)$/, demand: "`true` or `false`" },
} as const;

function meant({ secret, choices = [] }: InputDeclaration, value: string): string {
  // Naming the nearest would tell what was typed.
  return secret ? "Give one of them." : didYouMean(value, choices, "Give one of them.");
}
