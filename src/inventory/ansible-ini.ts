import { didYouMean } from "../model/nearest.ts";
import type { Span } from "../model/source.ts";
import { isIpv6, readHostPattern } from "./ansible-range.ts";
import { AnsibleTreeBuilder } from "./ansible-tree.ts";
import type { AnsibleTree, AnsibleVar, GrowingGroup, Report } from "./ansible-tree.ts";
import { isTemplate, templateProblem } from "./ansible-template.ts";
import { literalText, splitIniLine } from "./ini-words.ts";

type State = "hosts" | "children" | "vars";
const STATES: readonly State[] = ["hosts", "children", "vars"];

/** A line without the blanks around it. */
interface Line {
  readonly text: string;
  readonly span: (start?: number, end?: number) => Span;
}

/** Reads an Ansible inventory in INI form, as Ansible's own plugin `ini` does. */
export function readAnsibleIni(text: string, report: Report): AnsibleTree {
  const tree = new AnsibleTreeBuilder();
  // What stands before the first section belongs to no group.
  let group: GrowingGroup | undefined;
  let state: State = "hosts";
  // What stands below a section that cannot be read would be misread.
  let skipping = false;
  const declared = new Set(["all", "ungrouped"]);
  const named: { readonly name: string; readonly span: Span; readonly by: string }[] = [];

  for (const line of linesOf(text)) {
    if (/^\[.*\]\s*(?:#.*)?$/.test(line.text) && !isIpv6(line.text)) {
      const section = readSection(line, report);
      skipping = section === undefined;
      if (section === undefined) continue;
      group = tree.group(section.name, section.span);
      state = section.state;
      if (state === "vars") named.push({ ...section, by: `[${section.name}:vars]` });
      else declared.add(section.name);
      continue;
    }
    if (skipping) continue;
    group ??= tree.group("ungrouped", line.span(0, 0));
    if (state === "hosts") readHosts(line, group, tree, report);
    else if (state === "vars") {
      const assignment = readAssignment(line, report);
      if (assignment !== undefined) group.vars.set(assignment.name, assignment.value);
    } else {
      const [, name, rest] = /^([^:\]\s]+)\s*(.*)$/.exec(line.text) ?? [];
      if (name === undefined || (rest !== "" && rest?.startsWith("#") !== true)) {
        const message = `\`${line.text}\` is not the name of a group`;
        report(
          { code: "WM2042", message, hint: `Below \`[${group.name}:children]\`, name one group a line.` },
          line.span(),
        );
        continue;
      }
      const span = line.span(0, name.length);
      group.children.set(name, span);
      named.push({ name, span, by: `[${group.name}:children]` });
    }
  }
  for (const { name, span, by } of named) {
    if (declared.has(name)) continue;
    const message = `\`${by}\` names the group \`${name}\`, which does not exist`;
    const hint = didYouMean(name, declared, `Add a section \`[${name}]\`.`);
    report({ code: "WM2043", message, hint }, span);
  }
  return tree;
}

function* linesOf(text: string): Generator<Line> {
  let offset = 0;
  for (const [index, whole] of text.split("\n").entries()) {
    const indent = whole.length - whole.trimStart().length;
    const content = whole.trim();
    const at = (column: number) => ({ line: index + 1, column: column + 1, offset: begin + column });
    const begin = offset;
    offset += whole.length + 1;
    if (content === "" || content.startsWith("#") || content.startsWith(";")) continue;
    yield {
      text: content,
      span: (start = 0, end = content.length) => ({ start: at(indent + start), end: at(indent + end) }),
    };
  }
}

function readSection(
  line: Line,
  report: Report,
): { readonly name: string; readonly state: State; readonly span: Span } | undefined {
  const [, name, type] = /^\[([^:\]\s]+)(?::(\w+))?\]/.exec(line.text) ?? [];
  if (name === undefined) {
    const hint = "Write `[group]`, `[group:vars]` or `[group:children]`, without blanks.";
    report({ code: "WM2042", message: `\`${line.text}\` is not a section`, hint }, line.span());
    return undefined;
  }
  const state = STATES.find((each) => each === (type ?? "hosts"));
  if (state === undefined) {
    const start = name.length + 2;
    const message = `\`[${name}:${type}]\`: a section is of \`vars\` or of \`children\``;
    const hint = didYouMean(type ?? "", STATES, `Write \`[${name}:vars]\`, \`[${name}:children]\` or \`[${name}]\`.`);
    report({ code: "WM2042", message, hint }, line.span(start, start + (type?.length ?? 0)));
    return undefined;
  }
  return { name, state, span: line.span(1, 1 + name.length) };
}

function readHosts(line: Line, group: GrowingGroup, tree: AnsibleTreeBuilder, report: Report): void {
  const words = splitIniLine(line.text);
  if (words === undefined) {
    report({ code: "WM2042", message: "A quote is not closed", hint: "Close it, or remove it." }, line.span());
    return;
  }
  const [first, ...rest] = words;
  if (first === undefined) return;
  const template = words.find(({ text }) => isTemplate(text));
  if (template !== undefined) {
    const name = /^([^=]+)=/.exec(template.text)?.[1] ?? first.text;
    report(templateProblem(name), line.span(template.start, template.end));
    return;
  }
  const vars = new Map<string, AnsibleVar>();
  const pattern = readHostPattern(first.text);
  const span = line.span(first.start, first.end);
  if (!pattern.ok) report(pattern.problem, span);
  else if (pattern.port !== undefined) vars.set("ansible_port", { text: String(pattern.port), span });
  for (const { text, start, end } of rest) {
    const equals = text.indexOf("=");
    if (equals <= 0) {
      const message = `\`${text}\` is not a variable with its value`;
      report(
        { code: "WM2042", message, hint: "Write `name=value`, with quotes around blanks." },
        line.span(start, end),
      );
      continue;
    }
    vars.set(text.slice(0, equals), valueOf(text.slice(equals + 1), line.span(start, end)));
  }
  if (pattern.ok) for (const name of pattern.names) tree.addHost(name, span, group, vars);
}

function readAssignment(line: Line, report: Report): { readonly name: string; readonly value: AnsibleVar } | undefined {
  const equals = line.text.indexOf("=");
  const name = line.text.slice(0, Math.max(0, equals)).trim();
  if (name === "") {
    const message = `\`${line.text}\` is not a variable with its value`;
    report({ code: "WM2042", message, hint: "Write `name=value`." }, line.span());
    return undefined;
  }
  if (isTemplate(line.text)) report(templateProblem(name), line.span());
  return { name, value: valueOf(line.text.slice(equals + 1), line.span()) };
}

function valueOf(written: string, span: Span): AnsibleVar {
  const text = literalText(written);
  return { ...(text !== undefined && { text }), span };
}
