import type { Host } from "../model/inventory.ts";
import type { Diagnostic } from "../model/source.ts";
import { parseDestination } from "./destination.ts";
import type { Destination } from "./destination.ts";
import { groupNameProblem, hostNameProblem } from "./names.ts";
import type { Problem } from "./names.ts";

interface Mention extends Destination {
  readonly group: string;
}

/**
 * Reads the values of `--host`: `GROUP=[USER@]ADDRESS[:PORT],…`, an IPv6 address in brackets. A host is called by its
 * address, with `:PORT` where one address has several; named for several groups it is one host in all of them.
 */
export function parseAdHocHosts(values: readonly string[]): {
  readonly hosts: readonly Host[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const report = (value: string, { code, message, hint }: Problem): void => {
    diagnostics.push({ code, severity: "error", message: `\`--host ${value}\`: ${message}`, hint });
  };
  const destinations: Mention[] = [];
  for (const value of values) {
    const parsed = parseValue(value);
    if (parsed.ok) destinations.push(...parsed.mentions);
    else report(value, parsed.problem);
  }
  const endpoints = Map.groupBy(destinations, ({ address, port = 22 }) => `${address} ${port}`);
  const portsOf = Map.groupBy([...endpoints.values()], ([first]) => first?.address);
  const hosts = [...endpoints.values()].flatMap((mentions) => {
    const [first] = mentions;
    if (first === undefined) return [];
    const { address } = first;
    const port = mentions.find((mention) => mention.port !== undefined)?.port;
    const users = [...new Set(mentions.flatMap(({ user }) => user ?? []))];
    if (users.length > 1) {
      const message = `${address} is given with the users ${users.join(" and ")}`;
      report(`${first.group}=${users[0]}@${address}`, { code: "WM2010", message, hint: "Give it one user." });
    }
    const name = (portsOf.get(address)?.length ?? 1) > 1 ? `${address}:${port ?? 22}` : address;
    return [hostAt(name, address, port, users[0], [...new Set(mentions.map(({ group }) => group))])];
  });
  const groups = new Set(destinations.map(({ group }) => group));
  for (const { name, groups: own } of hosts.filter(({ name }) => groups.has(name))) {
    const message = `\`${name}\` is both a group and a host`;
    report(`${own[0]}=${name}`, { code: "WM2006", message, hint: "Name the group differently." });
  }
  return { hosts, diagnostics };
}

/** As `ssh` would be called: the address may be a name that only the user's ssh config knows. */
function hostAt(
  name: string,
  address: string,
  port: number | undefined,
  user: string | undefined,
  groups: readonly string[],
): Host {
  return {
    name,
    address,
    port: port ?? 22,
    ...(user === undefined ? {} : { user }),
    identity: [],
    knownHosts: [],
    jump: [],
    groups,
    vars: {},
    transport: "ssh",
    unsaid: port === undefined ? ["address", "port", "jump"] : ["address", "jump"],
  };
}

const example = "Write it as `--host master=pi@192.168.0.27,worker=10.0.0.2:2222`.";

type ParsedValue =
  | { readonly ok: true; readonly mentions: readonly Mention[] }
  | { readonly ok: false; readonly problem: Problem };

/** `a=X,Y,b=Z`: what follows a comma without a group of its own belongs to the group before it. */
function parseValue(value: string): ParsedValue {
  const fail = (message: string, hint = example): ParsedValue => ({
    ok: false,
    problem: { code: "WM2010", message, hint },
  });
  const mentions: Mention[] = [];
  let group: string | undefined;
  for (const part of value.split(",")) {
    const equals = part.indexOf("=");
    if (equals !== -1) group = part.slice(0, equals).trim();
    if (group === undefined) return fail("the group is missing");
    const problem = groupNameProblem(group);
    if (problem !== undefined) return { ok: false, problem };
    const parsed = parseDestination(part.slice(equals + 1).trim());
    if (!parsed.ok) return fail(parsed.message, parsed.hint);
    const unfit = hostNameProblem(parsed.destination.address);
    if (unfit !== undefined) return { ok: false, problem: { ...unfit, code: "WM2010" } };
    mentions.push({ group, ...parsed.destination });
  }
  return { ok: true, mentions };
}
