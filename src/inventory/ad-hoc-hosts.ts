import type { Host } from "../model/inventory.ts";
import type { Diagnostic } from "../model/source.ts";
import { groupNameProblem, hostNameProblem } from "./names.ts";
import type { Problem } from "./names.ts";

interface Destination {
  readonly group: string;
  readonly user?: string;
  readonly address: string;
  readonly port: number;
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
  const destinations: Destination[] = [];
  for (const value of values) {
    const parsed = parseValue(value);
    if (parsed.ok) destinations.push(...parsed.destinations);
    else report(value, parsed.problem);
  }
  const endpoints = Map.groupBy(destinations, ({ address, port }) => `${address} ${port}`);
  const portsOf = Map.groupBy([...endpoints.values()], ([first]) => first?.address);
  const hosts = [...endpoints.values()].flatMap((mentions) => {
    const [first] = mentions;
    if (first === undefined) return [];
    const { address, port } = first;
    const users = [...new Set(mentions.flatMap(({ user }) => user ?? []))];
    if (users.length > 1) {
      const message = `${address} is given with the users ${users.join(" and ")}`;
      report(`${first.group}=${users[0]}@${address}`, { code: "WM2010", message, hint: "Give it one user." });
    }
    const name = (portsOf.get(address)?.length ?? 1) > 1 ? `${address}:${port}` : address;
    return [hostAt(name, first, users[0], [...new Set(mentions.map(({ group }) => group))])];
  });
  const groups = new Set(destinations.map(({ group }) => group));
  for (const { name, groups: own } of hosts.filter(({ name }) => groups.has(name))) {
    const message = `\`${name}\` is both a group and a host`;
    report(`${own[0]}=${name}`, { code: "WM2006", message, hint: "Name the group differently." });
  }
  return { hosts, diagnostics };
}

function hostAt(
  name: string,
  { address, port }: Destination,
  user: string | undefined,
  groups: readonly string[],
): Host {
  return {
    name,
    address,
    port,
    ...(user === undefined ? {} : { user }),
    identity: [],
    knownHosts: [],
    jump: [],
    groups,
    vars: {},
    transport: "ssh",
  };
}

const example = "Write it as `--host master=pi@192.168.0.27,worker=10.0.0.2:2222`.";

type ParsedValue =
  | { readonly ok: true; readonly destinations: readonly Destination[] }
  | { readonly ok: false; readonly problem: Problem };

/** `a=X,Y,b=Z`: what follows a comma without a group of its own belongs to the group before it. */
function parseValue(value: string): ParsedValue {
  const fail = (message: string, hint = example): ParsedValue => ({
    ok: false,
    problem: { code: "WM2010", message, hint },
  });
  const destinations: Destination[] = [];
  let group: string | undefined;
  for (const part of value.split(",")) {
    const equals = part.indexOf("=");
    if (equals !== -1) group = part.slice(0, equals).trim();
    if (group === undefined) return fail("the group is missing");
    const problem = groupNameProblem(group);
    if (problem !== undefined) return { ok: false, problem };
    const [, user, bracketed, plain, port] = /^(?:([^@]*)@)?(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(
      part.slice(equals + 1).trim(),
    ) ?? [undefined, undefined, undefined, "", "?"];
    const address = bracketed ?? plain ?? "";
    if (bracketed === undefined && port?.includes(":"))
      return fail("an IPv6 address must be in brackets", "Write `[::1]` or `[::1]:22`.");
    if (address === "") return fail("the address is missing");
    if (user === "") return fail("the user before `@` is missing");
    const unfit = hostNameProblem(address);
    if (unfit !== undefined) return { ok: false, problem: { ...unfit, code: "WM2010" } };
    if (port !== undefined && !isPort(port))
      return fail(`\`${port}\` is not a port`, "A port is a number from 1 to 65535.");
    destinations.push({ group, ...(user === undefined ? {} : { user }), address, port: Number(port ?? 22) });
  }
  return { ok: true, destinations };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}
