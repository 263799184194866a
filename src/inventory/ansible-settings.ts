import { dirname, join, resolve } from "node:path";
import type { Host } from "../model/inventory.ts";
import type { Span } from "../model/source.ts";
import { variableNameProblem } from "../model/variable-name.ts";
import type { AnsibleVar, Report } from "./ansible-tree.ts";
import { isPort, parseDestination } from "./destination.ts";
import type { Surroundings } from "./surroundings.ts";

/** Ansible reads two names of most settings; the last one wins. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  host: ["ansible_host", "ansible_ssh_host"],
  port: ["ansible_port", "ansible_ssh_port"],
  user: ["ansible_user", "ansible_ssh_user"],
  identity: ["ansible_private_key_file", "ansible_ssh_private_key_file"],
  args: ["ansible_ssh_args", "ansible_ssh_extra_args", "ansible_ssh_common_args"],
};

const TAKEN: ReadonlySet<string> = new Set(["ansible_connection", ...Object.values(ALIASES).flat()]);

const CONNECTIONS: Readonly<Record<string, Host["transport"]>> = {
  ssh: "ssh",
  smart: "ssh",
  paramiko: "ssh",
  paramiko_ssh: "ssh",
  "ansible.builtin.ssh": "ssh",
  "ansible.builtin.paramiko_ssh": "ssh",
  local: "local",
  "ansible.builtin.local": "local",
};

/** What Waymark has no use for, silently: it needs no Python on hosts. */
const NEEDLESS = /^ansible_(?:python_interpreter|\w+_interpreter)$/;

/** What is not taken over, and what to do instead. */
const LEFT: readonly (readonly [RegExp, string])[] = [
  [/^ansible_become/, "The guide says which steps run as root: `sudo`."],
  [/pass(?:word|phrase)?$/, "Log in with a key or the SSH agent."],
  [/^ansible_group_priority$/, "Of groups at one depth, the last by name wins."],
  [/^ansible_(?:ssh|scp|sftp|shell)_/, "Say it in the ssh config, or in a hosts file of Waymark."],
];

/** Turns the variables of a host into what Waymark knows of it. Each thing that is lost is reported once. */
export class AnsibleSettings {
  readonly #folder: string;
  readonly #home: string;
  readonly #report: Report;
  readonly #reported = new Set<string>();

  constructor(path: string, { home, cwd }: Surroundings, report: Report) {
    this.#folder = resolve(cwd, dirname(path));
    this.#home = home;
    this.#report = report;
  }

  hostOf(name: string, span: Span, groups: readonly string[], vars: ReadonlyMap<string, AnsibleVar>): Host {
    const last = (setting: string): AnsibleVar | undefined =>
      (ALIASES[setting] ?? [setting]).map((key) => vars.get(key)).findLast((value) => value !== undefined);
    const address = this.#textOf(last("host"));
    const port = this.#portOf(last("port"));
    const user = this.#textOf(last("user"));
    const identity = this.#textOf(last("identity"));
    const jump = this.#jumpsOf((ALIASES["args"] ?? []).flatMap((key) => vars.get(key) ?? []));
    const transport = this.#transportOf(vars.get("ansible_connection"));
    const asksSshConfig = address === undefined && transport === "ssh";
    const unsaid = [...(port === undefined ? ["port" as const] : []), ...(jump === undefined ? ["jump" as const] : [])];
    return {
      name,
      address: address ?? name,
      port: port ?? 22,
      ...(user !== undefined && { user }),
      identity: identity === undefined ? [] : [this.#fileName(identity)],
      knownHosts: [],
      jump: jump ?? [],
      groups,
      vars: this.#varsOf(vars),
      transport,
      ...(asksSshConfig && { unsaid: ["address", ...unsaid] as const }),
      span,
    };
  }

  #textOf(value: AnsibleVar | undefined): string | undefined {
    return value?.text === "" ? undefined : value?.text;
  }

  #portOf(value: AnsibleVar | undefined): number | undefined {
    if (value === undefined) return undefined;
    if (value.text !== undefined && isPort(value.text)) return Number(value.text);
    const message = `\`${value.text ?? "…"}\` is not a port`;
    this.#once({ code: "WM2004", message, hint: "A port is a number from 1 to 65535." }, value.span);
    return undefined;
  }

  #transportOf(value: AnsibleVar | undefined): Host["transport"] {
    const transport = value === undefined ? "ssh" : CONNECTIONS[value.text ?? ""];
    if (transport !== undefined) return transport;
    const message = `\`ansible_connection\` is \`${value?.text ?? "…"}\`: Waymark knows \`ssh\` and \`local\``;
    this.#once({ code: "WM2047", message, hint: "Leave such hosts out." }, value?.span);
    return "ssh";
  }

  /** A jump, where that is all that the arguments of `ssh` say. */
  #jumpsOf(values: readonly AnsibleVar[]): readonly string[] | undefined {
    const text = values
      .map((value) => value.text?.trim() ?? "")
      .join(" ")
      .trim();
    const span = values.find((value) => value.text !== "")?.span;
    if (text === "") return undefined;
    const [, jump] =
      /^(?:-J\s*|-o\s*(?=ProxyJump)|-o\s*(?=["']ProxyJump))["']?(?:ProxyJump[= ])?([^\s"']+)["']?$/.exec(text) ?? [];
    const jumps = jump?.split(",");
    if (jumps?.every((each) => parseDestination(each).ok) === true) return jumps;
    const reached = /ProxyCommand|ProxyJump|-J/.test(text);
    const message = `\`${text}\` for ssh is not taken over`;
    const hint = reached
      ? "Write `-o ProxyJump=HOST` alone, or leave it to the ssh config."
      : "Say it in the ssh config, or in a hosts file of Waymark.";
    this.#once({ code: "WM2046", severity: reached ? "error" : "warning", message, hint }, span);
    return undefined;
  }

  #varsOf(vars: ReadonlyMap<string, AnsibleVar>): Host["vars"] {
    const kept: [string, string][] = [];
    for (const [name, { text, span }] of vars) {
      if (TAKEN.has(name) || NEEDLESS.test(name)) continue;
      const why = name.startsWith("ansible_")
        ? "is not taken over"
        : text === undefined
          ? "is not a single value, and not taken over"
          : variableNameProblem(name);
      if (why === undefined) kept.push([name, text ?? ""]);
      else {
        const hint = name.startsWith("ansible_")
          ? (LEFT.find(([names]) => names.test(name))?.[1] ?? "It has no effect here.")
          : "Steps do not have it as a variable.";
        const once = { code: "WM2046", severity: "warning", message: `\`${name}\` ${why}`, hint } as const;
        this.#once(once, span);
      }
    }
    return Object.fromEntries(kept);
  }

  #fileName(name: string): string {
    if (name === "~" || name.startsWith("~/")) return join(this.#home, name.slice(1));
    return resolve(this.#folder, name);
  }

  #once(problem: Parameters<Report>[0], span: Span | undefined): void {
    const key = `${problem.code} ${problem.message}`;
    if (span === undefined || this.#reported.has(key)) return;
    this.#reported.add(key);
    this.#report(problem, span);
  }
}
