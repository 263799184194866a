import type { Problem } from "./names.ts";

/** Whether Ansible would fill something in (Jinja). */
export function isTemplate(text: string): boolean {
  return /\{\{|\{%/.test(text);
}

export function templateProblem(name: string): Problem {
  const hint = "Write the value out; `ansible NAME -m debug -a var=VARIABLE` shows what Ansible makes of it.";
  return { code: "WM2041", message: `\`${name}\` is a template, which only Ansible can fill in`, hint };
}
