import { didYouMean } from "../model/nearest.ts";
import { readHostPattern } from "./ansible-range.ts";
import { AnsibleTreeBuilder } from "./ansible-tree.ts";
import { isTemplate, templateProblem } from "./ansible-template.ts";
import type { AnsibleTree, AnsibleVar, Report } from "./ansible-tree.ts";
import { keySpan, nodeAt, scalarText, valueSpan } from "./yaml-text.ts";
import type { YamlPath, YamlText } from "./yaml-text.ts";

/** What may stand in a group. */
export const GROUP_KEYS = ["hosts", "children", "vars"];

/** Groups in groups; deeper is an alias that contains itself. */
const DEEPEST = 100;

/** Reads an Ansible inventory in YAML form: a map of groups, each with `hosts`, `children` and `vars`. */
export function readAnsibleYaml(yaml: YamlText, value: unknown, report: Report): AnsibleTree {
  const reader = new YamlReader(yaml, report);
  for (const [name, group] of reader.entries(value, [], "An Ansible inventory")) reader.readGroup(name, group, [name]);
  return reader.tree;
}

/** One pass over a file. Owns the tree that comes of it. */
class YamlReader {
  readonly tree = new AnsibleTreeBuilder();
  readonly #yaml: YamlText;
  readonly #report: Report;

  constructor(yaml: YamlText, report: Report) {
    this.#yaml = yaml;
    this.#report = report;
  }

  readGroup(name: string, value: unknown, path: YamlPath): void {
    const group = this.tree.group(name, keySpan(this.#yaml, path));
    if (path.length > 2 * DEEPEST) {
      const hint = "Name the group alone below the second `children`.";
      const message = `The group \`${name}\` is nested more than ${DEEPEST} deep`;
      this.#report({ code: "WM2044", message, hint }, keySpan(this.#yaml, path.slice(0, 1)));
      return;
    }
    for (const [key, below] of this.entries(value, path, `The group \`${name}\``)) {
      const at = [...path, key];
      const entries = (): readonly [string, unknown][] => this.entries(below, at, `\`${key}\` of \`${name}\``);
      if (key === "vars") {
        for (const [variable, set] of entries()) group.vars.set(variable, this.#variable(set, [...at, variable]));
      } else if (key === "children") {
        for (const [child, inner] of entries()) {
          group.children.set(child, keySpan(this.#yaml, [...at, child]));
          this.readGroup(child, inner, [...at, child]);
        }
      } else if (key === "hosts") {
        for (const [source, set] of entries()) this.#readHosts(source, set, [...at, source], group.name);
      } else {
        const hint = didYouMean(key, GROUP_KEYS, `It has ${GROUP_KEYS.join(", ")}; groups stand below \`children\`.`);
        const message = `The group \`${name}\` has no key \`${key}\``;
        this.#report({ code: "WM2045", message, hint }, keySpan(this.#yaml, at));
      }
    }
  }

  /** Of a map; nothing says as much as an empty one, and a lone name as one with nothing. */
  entries(value: unknown, path: YamlPath, what: string): readonly [string, unknown][] {
    if (value === undefined || value === null) return [];
    if (typeof value === "object" && !Array.isArray(value)) return Object.entries(value);
    if (typeof value === "string" && GROUP_KEYS.includes(String(path.at(-1)))) return [[value, undefined]];
    const hint = "Write a map: names with a colon behind them, one a line.";
    this.#report({ code: "WM2045", message: `${what} must be a map`, hint }, valueSpan(this.#yaml, path));
    return [];
  }

  #readHosts(source: string, value: unknown, path: YamlPath, group: string): void {
    const span = keySpan(this.#yaml, path);
    const pattern = readHostPattern(source);
    if (!pattern.ok) {
      this.#report(pattern.problem, span);
      return;
    }
    const vars = new Map<string, AnsibleVar>();
    if (pattern.port !== undefined) vars.set("ansible_port", { text: String(pattern.port), span });
    for (const [variable, set] of this.entries(value, path, `The host \`${source}\``)) {
      vars.set(variable, this.#variable(set, [...path, variable]));
    }
    for (const name of pattern.names) this.tree.addHost(name, span, this.tree.group(group, span), vars);
  }

  #variable(value: unknown, path: YamlPath): AnsibleVar {
    const span = valueSpan(this.#yaml, path);
    if (nodeAt(this.#yaml, path)?.tag === "!vault") {
      const message = `\`${String(path.at(-1))}\` is encrypted with Ansible's vault, which Waymark cannot open`;
      const hint = 'Make it an input of the guide: `{ secret: true, from: "…" }`.';
      this.#report({ code: "WM2041", message, hint }, span);
    }
    if (typeof value === "string" && isTemplate(value)) this.#report(templateProblem(String(path.at(-1))), span);
    const isScalar = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    return { ...(isScalar && { text: scalarText(this.#yaml, path) ?? String(value) }), span };
  }
}
