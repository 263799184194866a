import type { Node } from "yaml";
import { isMap, isSeq } from "yaml";
import type { InputDeclaration } from "../model/runbook.ts";
import { didYouMean } from "../model/nearest.ts";
import { CODE } from "./problem-code.ts";
import type { Problems } from "./problems.ts";
import type { Range, SourceText } from "./source-text.ts";
import { variableNameProblem } from "../model/variable-name.ts";
import type { YamlEntry } from "./yaml-place.ts";
import { entriesOf, kindOf, placeOf, textOf } from "./yaml-place.ts";

type Field = Partial<Omit<InputDeclaration, "name" | "span">>;

/** What a field's value means, or what should have stood there. */
type FieldReading = { readonly value: Field } | { readonly expected: string; readonly at?: Range };

const FIELDS = new Map<string, (node: Node, base: number) => FieldReading>([
  ["default", (node) => text(node, (value) => ({ default: value }))],
  ["description", (node) => text(node, (description) => ({ description }))],
  ["choices", readChoices],
  ["pattern", (node) => text(node, (pattern) => ({ pattern }), isPattern, "a regular expression of ECMAScript")],
  ["type", (node) => oneOf(node, ["string", "integer", "number", "boolean"], (type) => ({ type }))],
  ["secret", (node) => oneOf(node, ["true", "false"], (secret) => ({ secret: secret === "true" }))],
  [
    "from",
    (node) =>
      text(
        node,
        (from) => ({ from }),
        (value) => value.trim() !== "",
        "a shell command",
      ),
  ],
  ["ask", (node) => oneOf(node, ["first", "late"], (ask) => ({ ask }))],
]);

/** Reads one entry of `runbook.inputs`. Nothing for a name that cannot be a variable. */
export function readInput(
  entry: YamlEntry,
  base: number,
  source: SourceText,
  problems: Problems,
): readonly InputDeclaration[] {
  const name = entry.key;
  const problem = variableNameProblem(name);
  if (problem !== undefined) {
    const message = `An input cannot be called \`${name}\`: it ${problem}`;
    problems.error(CODE.badVariableName, entry.keyRange, message, "Choose another name, such as `POD_CIDR`.");
    return [];
  }
  const fields: { -readonly [K in keyof Field]: Field[K] } = {};
  const places = new Map<string, Range>();
  for (const field of fieldsOf(entry, base, problems)) {
    const value = readField(name, field, base, problems);
    if (value === undefined) continue;
    Object.assign(fields, value);
    places.set(field.key, field.range);
  }
  const input = { secret: false, ask: "first" as const, ...fields, name, span: source.span(entry.keyRange) };
  checkDefault(input, places.get("default"), problems);
  return [input];
}

function fieldsOf(entry: YamlEntry, base: number, problems: Problems): readonly YamlEntry[] {
  if (entry.value === undefined) return [];
  if (isMap(entry.value)) return entriesOf(entry.value, base);
  const written = textOf(entry.value);
  const message = `The input \`${entry.key}\` must be a mapping, not ${kindOf(entry.value)}`;
  const hint = `Write ${entry.key}: { default: ${written === undefined || written === "" ? "…" : written} }.`;
  problems.error(CODE.badSetting, entry.range, message, hint);
  return [];
}

function readField(input: string, field: YamlEntry, base: number, problems: Problems): Field | undefined {
  const read = FIELDS.get(field.key);
  if (read === undefined) {
    const hint = didYouMean(field.key, FIELDS.keys(), `An input has ${[...FIELDS.keys()].join(", ")}.`);
    problems.error(CODE.unknownSetting, field.keyRange, `Inputs have no setting \`${field.key}\``, hint);
    return undefined;
  }
  const reading = field.value === undefined ? { expected: 'a value, or "" for an empty one' } : read(field.value, base);
  if ("value" in reading) return reading.value;
  const at = "at" in reading && reading.at !== undefined ? reading.at : field.range;
  const message = `\`${field.key}\` of the input \`${input}\` cannot be read`;
  problems.error(CODE.badSetting, at, message, `Write ${reading.expected}.`);
  return undefined;
}

function text(
  node: Node,
  set: (value: string) => Field,
  fits: (value: string) => boolean = () => true,
  expected = "a single value",
): FieldReading {
  const value = textOf(node);
  return value !== undefined && fits(value) ? { value: set(value) } : { expected };
}

function oneOf<T extends string>(node: Node, names: readonly T[], set: (name: T) => Field): FieldReading {
  const value = textOf(node);
  const name = names.find((each) => each === value);
  return name === undefined ? { expected: names.map((each) => `\`${each}\``).join(" or ") } : { value: set(name) };
}

function readChoices(node: Node, base: number): FieldReading {
  const expected = "a list of different values, such as [flannel, calico]";
  if (!isSeq(node) || node.items.length === 0) return { expected };
  const choices: string[] = [];
  for (const item of node.items as readonly Node[]) {
    const choice = textOf(item);
    if (choice === undefined || choices.includes(choice)) return { expected, at: placeOf(item, base) };
    choices.push(choice);
  }
  return { value: { choices } };
}

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

const TYPES = {
  string: /^/,
  integer: /^[+-]?\d+$/,
  number: /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/,
  boolean: /^(?:true|false)$/,
};

/** A default must be a value that one could have given. */
function checkDefault(input: InputDeclaration, at: Range | undefined, problems: Problems): void {
  if (input.default === undefined || at === undefined) return;
  if (input.secret) {
    const message = `The secret \`${input.name}\` has its value in the guide`;
    problems.error(CODE.secretInGuide, at, message, "Remove the default; use `from:` to fetch the value.");
    return;
  }
  const value = input.default;
  const fits =
    (input.choices?.includes(value) ?? true) &&
    (input.pattern === undefined || new RegExp(`^(?:${input.pattern})$`, "u").test(value)) &&
    TYPES[input.type ?? "string"].test(value);
  if (fits) return;
  const message = `The default of \`${input.name}\` is not a value that it may have`;
  problems.error(CODE.badDefault, at, message, "Make it one of `choices`, matching `pattern` and `type`.");
}
