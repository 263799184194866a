import { variableNameProblem } from "../model/variable-name.ts";
import { dirname, join, resolve } from "node:path";
import type { Host } from "../model/inventory.ts";
import type { Diagnostic, Span } from "../model/source.ts";
import { expandAddresses } from "./addresses.ts";
import type { HostDefaults, HostEntry, HostsFile } from "./hosts-file-shape.ts";
import { circleProblem, jumpNameProblem, jumpProblems, jumpsBefore } from "./jumps.ts";
import { expandRanges } from "./name-range.ts";
import { groupNameProblem, hostNameProblem } from "./names.ts";
import type { Problem } from "./names.ts";
import { keySpan, scalarText, valueSpan } from "./yaml-text.ts";
import type { YamlPath, YamlText } from "./yaml-text.ts";

/** Where a hosts file came from. */
export interface Origin {
  readonly yaml: YamlText;
  /** From a path in the checked value to the path in the YAML. */
  readonly locate: (path: YamlPath) => YamlPath;
  readonly home: string;
  readonly cwd: string;
}

type Report = (problem: Problem, span: Span) => void;

/** Applies defaults and ranges. The hosts are only good when there are no errors. */
export function buildHosts(
  file: HostsFile,
  origin: Origin,
): { readonly hosts: readonly Host[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const report: Report = ({ code, severity = "error", message, hint }, span) => {
    diagnostics.push({ code, severity, message, hint, file: origin.yaml.path, span });
  };
  const defaults = file.defaults ?? {};
  const hosts = new Map<string, Host>();
  checkNames(defaults, ["defaults"], origin, report);
  for (const [source, entry] of Object.entries(file.hosts)) {
    checkNames(entry ?? {}, ["hosts", source], origin, report);
    for (const host of hostsOfEntry(source, entry ?? {}, defaults, origin, report)) {
      const first = hosts.get(host.name);
      if (first === undefined) hosts.set(host.name, host);
      else report(duplicate(host.name, first), host.span ?? startOfFile);
    }
  }
  for (const [path, entry] of [[["defaults"], defaults] as const, ...entriesOf(file)]) {
    list(entry.groups).forEach((group, index) => {
      if (hosts.has(group)) report(namedLikeHost(group), itemSpan(origin, path, "groups", index));
    });
    list(entry.jump).forEach((jump, index) => {
      for (const name of jumpList(jump)) {
        const problem = jumpNameProblem(name, hosts);
        if (problem !== undefined) report(problem, itemSpan(origin, path, "jump", index));
      }
    });
  }
  for (const circle of jumpProblems(hosts)) report(circleProblem(circle), circle.host.span ?? startOfFile);
  return { hosts: [...hosts.values()], diagnostics };
}

function entriesOf(file: HostsFile): readonly (readonly [YamlPath, HostEntry])[] {
  return Object.entries(file.hosts).map(([source, entry]) => [["hosts", source], entry ?? {}] as const);
}

/** One host for each name that the key stands for; none when the key is wrong. */
function hostsOfEntry(
  source: string,
  entry: HostEntry,
  defaults: HostDefaults,
  origin: Origin,
  report: Report,
): readonly Host[] {
  const path = ["hosts", source];
  const span = keySpan(origin.yaml, origin.locate(path));
  const names = expandRanges(source);
  if (!names.ok) {
    report({ code: "WM2008", message: names.message, hint: names.hint }, span);
    return [];
  }
  const problem = names.values.map(hostNameProblem).find((found) => found !== undefined);
  if (problem !== undefined) {
    report(problem, span);
    return [];
  }
  const expanded = expandAddresses(entry.address, names.values, names.ranged);
  if (!expanded.ok) {
    report(expanded.problem, valueSpan(origin.yaml, origin.locate([...path, "address"])));
    return [];
  }
  const user = entry.user ?? defaults.user;
  const transport = entry.transport ?? defaults.transport ?? "ssh";
  const forwardAgent = entry.forward_agent ?? defaults.forward_agent;
  const ownJump = entry.jump === undefined ? undefined : jumpList(entry.jump);
  const unsaid = (["port", "jump"] as const).filter((key) => entry[key] === undefined && defaults[key] === undefined);
  const shared = {
    port: entry.port ?? defaults.port ?? 22,
    ...(user === undefined ? {} : { user }),
    identity: list(entry.identity ?? defaults.identity).map((name) => fileName(name, origin)),
    knownHosts: list(entry.known_hosts ?? defaults.known_hosts).map((name) => fileName(name, origin)),
    ...(forwardAgent === undefined ? {} : { login: { forwardAgent } }),
    groups: [...new Set([...list(defaults.groups), ...list(entry.groups)])],
    vars: { ...varsOf(defaults, ["defaults"], origin), ...varsOf(entry, path, origin) },
    transport,
    ...(entry.address === undefined && transport === "ssh" ? { unsaid: ["address", ...unsaid] as const } : {}),
    span,
  } as const;
  const hostNamed = (name: string, address = name): Host => ({
    ...shared,
    name,
    address,
    jump: ownJump ?? jumpsBefore(name, jumpList(defaults.jump)),
  });
  return names.values.map((name, index) => hostNamed(name, expanded.addresses[index]));
}

function checkNames(entry: HostDefaults, path: YamlPath, origin: Origin, report: Report): void {
  list(entry.groups).forEach((group, index) => {
    const problem = groupNameProblem(group);
    if (problem !== undefined) report(problem, itemSpan(origin, path, "groups", index));
  });
  for (const name of Object.keys(entry.vars ?? {})) {
    const problem = variableNameProblem(name);
    if (problem === undefined) continue;
    report(
      { code: "WM2009", message: `\`${name}\` ${problem}`, hint: "Choose another name." },
      keySpan(origin.yaml, origin.locate([...path, "vars", name])),
    );
  }
}

function itemSpan(origin: Origin, path: YamlPath, key: "groups" | "jump", index: number): Span {
  return valueSpan(origin.yaml, origin.locate([...path, key, index]));
}

function varsOf(entry: HostDefaults, path: YamlPath, origin: Origin): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(entry.vars ?? {}).map(([name, value]) => [
      name,
      scalarText(origin.yaml, origin.locate([...path, "vars", name])) ?? String(value),
    ]),
  );
}

function fileName(name: string, { yaml, home, cwd }: Origin): string {
  if (name === "~" || name.startsWith("~/")) return join(home, name.slice(1));
  return resolve(cwd, dirname(yaml.path), name);
}

function list(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === "string" ? [value] : value;
}

/** `jump: a,b` is what `ssh -J` takes. */
function jumpList(value: string | readonly string[] | undefined): readonly string[] {
  return list(value).flatMap((item) => item.split(",").map((jump) => jump.trim()));
}

function duplicate(name: string, first: Host): Problem {
  const line = first.span?.start.line;
  const message = `\`${name}\` is here twice${line === undefined ? "" : ` (first on line ${line})`}`;
  return { code: "WM2005", message, hint: "Remove one of them, or give it another name." };
}

function namedLikeHost(group: string): Problem {
  const message = `\`${group}\` is both a group and a host`;
  return { code: "WM2006", message, hint: "Rename one of them, so that patterns are clear." };
}

const startOfFile: Span = { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } };
