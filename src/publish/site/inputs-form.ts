import type { Element, ElementContent } from "hast";
import { h } from "hastscript";
import { HOST_NAME } from "../../plan/variables.ts";
import type { InputDeclaration } from "../../model/runbook.ts";
import { visibleText } from "../html/visible-text.ts";
import type { PageFacts } from "./page-facts.ts";
import { codeFrame, variable } from "./code-block.ts";
import { valueField } from "./value-field.ts";

/** Where the form is on its page. */
export const VALUES_ANCHOR = "values:form";

/** The values that a guide asks for: as a form, and as what to type in a shell instead. Nothing where it asks for none. */
export function inputsForm(facts: PageFacts): readonly Element[] {
  const { inputs, open } = facts;
  if (inputs.length === 0 && !open.has(HOST_NAME)) return [];
  const exports = exportsBox(inputs, open.has(HOST_NAME));
  if (inputs.length === 0) return [exports];
  const later = new Set([...facts.asked.values()].flat());
  const asked = inputs.filter(({ name }) => !later.has(name));
  return [
    h("section", { className: ["values"], ariaLabelledBy: VALUES_ANCHOR }, [
      h("h2", { id: VALUES_ANCHOR }, "Your values"),
      h("p", { className: ["for-scripts"], hidden: true }, [
        "They appear in the commands of this page, and stay in your browser.",
        ...(asked.some(({ secret }) => secret)
          ? [" Secrets stay in their fields, and are forgotten with the page."]
          : []),
      ]),
      ...asked.map(({ name }) => valueField(name, facts, "form")),
      exports,
    ]),
  ];
}

/** What to type in a shell instead. Where there is no form, it is only there without scripts: steps have their fields. */
function exportsBox(inputs: readonly InputDeclaration[], withHost: boolean): Element {
  const missing = withHost || inputs.some(({ secret, default: given }) => !secret && given === undefined);
  return h("details", { className: ["exports"], open: true }, [
    h("summary", "Export these first"),
    h("p", [
      "In each terminal that you type the commands in. The names then stand for your values.",
      ...(missing ? [" Put in what is missing first."] : []),
    ]),
    exportLines(inputs, withHost),
  ]);
}

/** What is typed comes last, and is one command: a shell that is given all of it at once would take the next for a value. */
function exportLines(inputs: readonly InputDeclaration[], withHost: boolean): Element {
  const values = inputs.filter(({ secret }) => !secret).map(({ name, default: given }) => valueLine(name, given));
  if (withHost) values.push(valueLine(HOST_NAME));
  const secrets = inputs.filter(({ secret }) => secret).map(secretLine);
  const lines = [...values, ...(secrets.length === 0 ? [] : [joined(secrets, " && \\\n")])];
  return codeFrame(joined(lines, "\n"), "Code, bash");
}

function joined(parts: readonly (readonly ElementContent[])[], between: string): readonly ElementContent[] {
  return parts.flatMap((part, index) => (index === 0 ? part : [text(between), ...part]));
}

function valueLine(name: string, given?: string): readonly ElementContent[] {
  const value = given === undefined ? [] : [text(shellWord(given))];
  return [h("span", { className: ["t-keyword"] }, "export"), text(` ${name}=`), variable(name, "assigned")(value)];
}

/** Typed unseen, and in no shell's history. */
function secretLine({ name }: InputDeclaration): readonly ElementContent[] {
  return [
    h("span", { className: ["t-function"] }, "printf"),
    text(" "),
    h("span", { className: ["t-string"] }, `'${name}: '`),
    text(" && "),
    h("span", { className: ["t-function"] }, "read"),
    text(` -rs ${name} && `),
    h("span", { className: ["t-keyword"] }, "export"),
    text(` ${name}`),
  ];
}

function text(value: string): ElementContent {
  return { type: "text", value: visibleText(value) };
}

/** A value as one word of a shell's (POSIX, Shell Command Language, 2.2.2). */
function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
