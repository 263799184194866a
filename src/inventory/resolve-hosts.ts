import type { Host, Inventory } from "../model/inventory.ts";
import type { Diagnostic } from "../model/source.ts";
import { parseDestination } from "./destination.ts";
import { circleProblem, jumpProblems } from "./jumps.ts";
import type { SshDirectives } from "./ssh-directives.ts";
import { withSshConfig } from "./ssh-config-host.ts";
import type { SshConfigOwner } from "./ssh-config-host.ts";

/** What `ssh` would be called with. */
export interface SshQuestion {
  readonly name: string;
  readonly user?: string;
  readonly port?: number;
}

export type SshAnswer =
  | { readonly ok: true; readonly directives: SshDirectives }
  /** `message`: ssh's own words. */
  | { readonly ok: false; readonly message: string };

/** As many questions at once; each may be a process. */
const AT_ONCE = 8;

/**
 * Completes hosts for connecting: those without a written address with what the user's ssh config says, and the hosts
 * they are reached through, which need be no part of the inventory. Nobody else is asked about.
 *
 * @param wanted names of the hosts to be connected to
 * @returns all hosts of the inventory, the wanted ones completed, and behind them those that are only gone through,
 * called as in `jump`
 */
export async function resolveHosts(
  inventory: Inventory,
  wanted: Iterable<string>,
  ask: (question: SshQuestion) => Promise<SshAnswer>,
  owner: SshConfigOwner,
): Promise<{ readonly hosts: readonly Host[]; readonly diagnostics: readonly Diagnostic[] }> {
  const hosts = new Map(inventory.hosts.map((host) => [host.name, host]));
  const findings: Finding[] = [];
  const seen = new Set(wanted);
  let next = [...seen].flatMap((name) => hosts.get(name) ?? []);
  while (next.length > 0) {
    const resolved = await inTurns(next, (host) => resolveHost(host, ask, owner, findings));
    for (const host of resolved) hosts.set(host.name, host);
    next = resolved.flatMap((host) =>
      host.jump
        .filter((jump) => !seen.has(jump))
        .flatMap((jump) => {
          seen.add(jump);
          return hosts.get(jump) ?? goneThrough(jump, host, findings);
        }),
    );
  }
  const circles = jumpProblems(hosts).map((circle) => ({ ...circleProblem(circle), severity: "error" as const }));
  return {
    hosts: [...hosts.values()],
    diagnostics: [
      ...gathered(findings).map((diagnostic) => placed(diagnostic, inventory)),
      ...circles.map(({ host, ...problem }) => placed({ ...problem, host }, inventory)),
    ],
  };
}

async function resolveHost(
  host: Host,
  ask: (question: SshQuestion) => Promise<SshAnswer>,
  owner: SshConfigOwner,
  findings: Finding[],
): Promise<Host> {
  if (host.transport === "local" || host.unsaid?.includes("address") !== true) return host;
  const answer = await ask({
    name: host.address,
    ...(host.user !== undefined && { user: host.user }),
    ...(!host.unsaid.includes("port") && { port: host.port }),
  });
  if (!answer.ok) {
    const hint = "Correct the ssh config, or give the host an `address`.";
    findings.push({ host, code: "WM2031", severity: "error", message: `ssh config: ${answer.message}`, hint });
    return host;
  }
  const { host: resolved, untaken } = withSshConfig(host, answer.directives, owner);
  for (const { severity, setting, consequence, hint } of untaken) {
    findings.push({ host, code: "WM2032", severity, message: `ssh config has \`${setting}\`: ${consequence}`, hint });
  }
  return resolved;
}

/** A jump that the inventory does not have: what is after `ssh -J`. */
function goneThrough(jump: string, from: Host, findings: Finding[]): readonly Host[] {
  const parsed = parseDestination(jump);
  if (!parsed.ok) {
    const message = `ssh config has \`ProxyJump ${jump}\`: ${parsed.message}`;
    findings.push({ host: from, code: "WM2012", severity: "error", message, hint: "Correct it there." });
    return [];
  }
  const { user, address, port } = parsed.destination;
  const host: Host = {
    name: jump,
    address,
    port: port ?? 22,
    ...(user !== undefined && { user }),
    identity: [],
    knownHosts: [],
    jump: [],
    groups: [],
    vars: {},
    transport: "ssh",
    unsaid: port === undefined ? ["address", "port", "jump"] : ["address", "jump"],
    ...(from.span !== undefined && { span: from.span }),
  };
  return [host];
}

interface Finding extends Omit<Diagnostic, "file" | "span"> {
  readonly host: Host;
}

/** What is found of many hosts is said once, at the first of them. */
function gathered(findings: readonly Finding[]): readonly Finding[] {
  const alike = Map.groupBy(findings, ({ code, severity, message }) => `${code} ${severity} ${message}`);
  return [...alike.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const names = [first, ...others].map(({ host }) => host.name);
    const shown = names.length > 3 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
    return [{ ...first, message: `${first.message} (${shown.join(", ")})` }];
  });
}

function placed({ host, ...problem }: Finding, { path }: Inventory): Diagnostic {
  return { ...problem, ...(path !== undefined && host.span !== undefined && { file: path, span: host.span }) };
}

/** Like `Promise.all`, with only so many at work. Results in the order of the items. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
