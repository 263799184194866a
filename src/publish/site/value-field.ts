import type { Element } from "hast";
import { h } from "hastscript";
import { HOST_NAME } from "../../plan/variables.ts";
import type { InputDeclaration } from "../../model/runbook.ts";
import type { PageFacts } from "./page-facts.ts";

/*
 * Fields for values that appear in the commands of the page. They are of no use without the page's script, which shows
 * them. A secret stays in its field: nothing reads it but the button that copies it.
 */

/** The field of a variable. @param place a word for its id: a variable may have several */
export function valueField(name: string, facts: PageFacts, place: string): Element {
  const input = facts.inputs.find((one) => one.name === name);
  const id = `value:${name}:${place}`;
  const hint = input === undefined ? hintOf(name) : input.description;
  const described = { ...(hint !== undefined && { ariaDescribedBy: `${id}:hint` }) };
  return h("div", { className: ["value"], hidden: true }, [
    h("label", { htmlFor: id }, name),
    input?.secret === true ? secretControl(id, described) : control(id, name, input, described),
    ...(hint === undefined ? [] : [h("span", { id: `${id}:hint`, className: ["hint"] }, hint)]),
    h("span", { className: ["wrong"], role: "status" }),
  ]);
}

/** Of a variable that is no input. */
function hintOf(name: string): string {
  return name === HOST_NAME ? "The host that you do it for, by its name" : "What the step above has printed";
}

function control(
  id: string,
  name: string,
  input: InputDeclaration | undefined,
  more: Readonly<Record<string, string>>,
): Element {
  const common = { id, dataInput: name, autoComplete: "off", ...more };
  const { choices, pattern, type } = input ?? {};
  const given = input?.default ?? "";
  const list = choices ?? (type === "boolean" ? ["true", "false"] : undefined);
  if (list !== undefined) {
    const options = list.map((choice) => h("option", { value: choice, selected: choice === given }, choice));
    return h("select", common, given === "" ? [h("option", { value: "" }, "choose…"), ...options] : options);
  }
  return h("input", {
    ...common,
    type: "text",
    value: given,
    dataDefault: given,
    spellCheck: "false",
    autoCapitalize: "none",
    ...(pattern !== undefined && { dataPattern: pattern }),
    ...((type === "integer" || type === "number") && {
      dataType: type,
      inputMode: type === "integer" ? "numeric" : "decimal",
    }),
  });
}

function secretControl(id: string, more: Readonly<Record<string, string>>): Element {
  return h("span", { className: ["secret"] }, [
    h("input", { id, type: "password", dataSecret: true, autoComplete: "off", spellCheck: "false", ...more }),
    h("button", { type: "button", className: ["copy-secret"], ariaLabel: "Copy the secret" }, "Copy"),
  ]);
}
