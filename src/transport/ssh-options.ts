import type { Host } from "../model/inventory.ts";
import type { Asker } from "./asker.ts";

/** What the way to a host depends on besides the host. Times are milliseconds. */
export interface SshOptions {
  /** The operator's login name: for hosts without a `user`. */
  readonly user: string;
  /** The operator's home: `.ssh/known_hosts`, `.ssh/id_ed25519` and so on. */
  readonly home: string;
  /** Socket of the SSH agent (`SSH_AUTH_SOCK`). */
  readonly agent?: string;
  /** Accept keys of hosts that nothing is known of, and remember them. Changed keys are refused all the same. */
  readonly acceptNew?: boolean;
  /** Absent: nobody can be asked. */
  readonly asker?: Asker;
  /** known_hosts files besides the operator's own. Default: `/etc/ssh/ssh_known_hosts`. */
  readonly systemKnownHosts?: readonly string[];
  readonly limits?: Partial<SshLimits>;
}

export interface SshLimits {
  /** From the first packet to a complete login. */
  readonly connectMs: number;
  /** From asking for a channel to its program running. */
  readonly channelMs: number;
  /** Between two questions whether the host is still there. */
  readonly keepaliveMs: number;
  /** Unanswered ones until it counts as lost. */
  readonly keepaliveCount: number;
  /** Channels at once on a connection; sshd allows 10 (`MaxSessions`). */
  readonly channels: number;
}

const SSH_LIMITS: SshLimits = {
  connectMs: 20_000,
  channelMs: 10_000,
  keepaliveMs: 10_000,
  keepaliveCount: 3,
  channels: 8,
};

/** A host between that falls silent is to be noticed before those behind it, which only seem to. */
export function sshLimits({ jump, login }: Host, { limits }: SshOptions): SshLimits {
  const { connectMs, keepaliveMs, keepaliveCount, ...common } = { ...SSH_LIMITS, ...limits };
  return {
    ...common,
    connectMs: login?.connectMs ?? connectMs,
    keepaliveMs: login?.keepaliveMs ?? keepaliveMs,
    keepaliveCount: (login?.keepaliveCount ?? keepaliveCount) + jump.length,
  };
}

/** Socket of the SSH agent to ask about a host, and of the one to forward there. */
export function agentsOf(
  { login }: Host,
  options: SshOptions,
): { readonly agent?: string; readonly forwarded?: string } {
  const agent = login?.agent === "none" ? undefined : (login?.agent ?? options.agent);
  const wanted = login?.forwardAgent ?? false;
  const forwarded = typeof wanted === "string" ? wanted : wanted ? agent : undefined;
  return { ...(agent !== undefined && { agent }), ...(forwarded !== undefined && { forwarded }) };
}

/** The known_hosts files that count for a host, the one that new keys go to first (ssh_config(5), UserKnownHostsFile). */
export function knownHostsFiles(own: readonly string[], options: SshOptions): readonly string[] {
  if (own.length > 0) return own;
  const system = options.systemKnownHosts ?? ["/etc/ssh/ssh_known_hosts"];
  return [`${options.home}/.ssh/known_hosts`, `${options.home}/.ssh/known_hosts2`, ...system];
}

/** Private keys to try for a host: its own, else what OpenSSH would (ssh_config(5), IdentityFile). */
export function identityFiles(own: readonly string[], options: SshOptions): readonly string[] {
  if (own.length > 0) return own;
  return ["id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk"].map(
    (name) => `${options.home}/.ssh/${name}`,
  );
}
