import type { Diagnostic, Span } from "../model/source.ts";
import { hostsOfAnsible } from "./ansible-hosts.ts";
import { readAnsibleIni } from "./ansible-ini.ts";
import type { AnsibleTree, Report } from "./ansible-tree.ts";
import { GROUP_KEYS, readAnsibleYaml } from "./ansible-yaml.ts";
import { readHostsFile } from "./hosts-file.ts";
import type { InventoryReading } from "./hosts-file.ts";
import type { Surroundings } from "./surroundings.ts";
import { keySpan, parseYaml } from "./yaml-text.ts";

export interface FileReading extends InventoryReading {
  /** Whose way of writing it is. */
  readonly form: "hosts file" | "ansible";
}

/**
 * Reads a hosts file, or an inventory of Ansible's, by what is in it:
 * - A first line (blank ones and comments aside) that is no YAML map begins an INI inventory: `[group]`, `host key=value`.
 * - YAML with `hosts` or `defaults` at the top is a hosts file, with groups at the top an inventory.
 */
export function readInventoryFile(path: string, text: string, around: Surroundings): FileReading {
  if (text.startsWith("#!")) {
    const message = "This is a program that makes an inventory; Waymark does not run it";
    return fails(path, "WM2041", message, FREEZE, lineSpan(text));
  }
  if (!looksLikeYaml(text)) return readAnsible(path, around, (report) => readAnsibleIni(text, report));
  const { yaml, value, diagnostics } = parseYaml(path, text, "WM2001");
  if (diagnostics.length > 0) return { form: "hosts file", diagnostics };
  if (!isMap(value)) return { form: "hosts file", ...readHostsFile(path, text, around) };
  const [dynamic, message] = DYNAMIC.find(([key]) => key in value) ?? [];
  if (dynamic !== undefined && message !== undefined) {
    return fails(path, "WM2041", message, FREEZE, keySpan(yaml, [dynamic]));
  }
  const kinds = kindsOf(value);
  if (kinds.length > 1) {
    const message = `This can be read as a hosts file (\`hosts\`) and as an inventory of Ansible's (\`${kinds[1]}\`)`;
    const hint = "Rename the group, or put all groups below `all: { children: … }`.";
    return fails(path, "WM2040", message, hint, keySpan(yaml, ["hosts"]));
  }
  if (kinds.length === 0 || kinds[0] === "") return { form: "hosts file", ...readHostsFile(path, text, around) };
  return readAnsible(path, around, (report) => readAnsibleYaml(yaml, value, report));
}

/** Keys that only stand in what Ansible makes inventories of. */
const DYNAMIC = [
  ["plugin", "This configures a plugin that makes an inventory; Waymark does not run it"],
  ["_meta", "This is what a program that makes inventories prints, which is no inventory file"],
] as const;

const FREEZE = "Write down what it says: `ansible-inventory -i FILE --list --yaml --output hosts.yml`.";

/** The first line that says something. In INI it is a section, or a host with `key=value` behind it. */
function looksLikeYaml(text: string): boolean {
  const first = text.split(/\r?\n/).find((line) => !/^\s*(?:[#;].*)?$/.test(line)) ?? "---";
  return /^\s*(?:---|[%{]|[?-]\s)|^\s*(?:"[^"]*"|'[^']*'|[^\s:=[]+)\s*:(?:\s|$)|^\s*<<\s*:/.test(first);
}

/** `""` for a hosts file; for an inventory of Ansible's, the name of its first group. */
function kindsOf(value: Readonly<Record<string, unknown>>): readonly string[] {
  const isGroup = (group: unknown): boolean =>
    isMap(group) && Object.keys(group).length > 0 && Object.keys(group).every((key) => GROUP_KEYS.includes(key));
  const ours = "hosts" in value || "defaults" in value;
  const group = Object.keys(value).find((key) => {
    // `defaults: { vars: … }` is what a hosts file may well have.
    if (key === "defaults") return false;
    return key === "all" || key === "ungrouped" || isGroup(value[key]);
  });
  return [...(ours ? [""] : []), ...(group === undefined ? [] : [group])];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readAnsible(path: string, around: Surroundings, read: (report: Report) => AnsibleTree): FileReading {
  const diagnostics: Diagnostic[] = [];
  const report: Report = ({ code, severity = "error", message, hint }, span) => {
    diagnostics.push({ code, severity, message, hint, file: path, span });
  };
  const hosts = hostsOfAnsible(read(report), path, around, report);
  const sorted = diagnostics.toSorted((a, b) => (a.span?.start.offset ?? 0) - (b.span?.start.offset ?? 0));
  const failed = diagnostics.some(({ severity }) => severity === "error");
  return { form: "ansible", ...(!failed && { inventory: { path, hosts } }), diagnostics: sorted };
}

function fails(path: string, code: string, message: string, hint: string, span: Span): FileReading {
  return { form: "ansible", diagnostics: [{ code, severity: "error", message, hint, file: path, span }] };
}

function lineSpan(text: string): Span {
  const end = text.search(/\r?\n|$/);
  return { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: end + 1, offset: end } };
}
