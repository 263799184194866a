import type { Span } from "./source.ts";

/** The machine Waymark runs on, in patterns and `copy` lines. It is never part of `all`. */
export const LOCAL = "local";

export interface Host {
  readonly name: string;
  /** What is connected to: a name or an IP address without brackets. */
  readonly address: string;
  readonly port: number;
  /** Absent: the operator's own login name. */
  readonly user?: string;
  /** Private key files, absolute paths, in the order tried. */
  readonly identity: readonly string[];
  /** Files in known_hosts format, absolute paths. Empty: the user's and the system's. */
  readonly knownHosts: readonly string[];
  /** Hosts to go through, nearest first: inventory names or `[user@]address[:port]`. */
  readonly jump: readonly string[];
  /** In the order written; without `all`. */
  readonly groups: readonly string[];
  readonly vars: Readonly<Record<string, string>>;
  readonly transport: "ssh" | "local";
  /** What is not as usual when logging in there. */
  readonly login?: LoginSettings;
  /**
   * Of a host without a written address: what else was not written, so that the user's ssh config may say it. Absent
   * for hosts with an address, and once ssh config has been asked. Until then these keys hold what OpenSSH would assume.
   */
  readonly unsaid?: readonly ("address" | "port" | "jump")[];
  readonly span?: Span;
}

/** Settings of ssh_config(5), and of hosts files. Absent: as usual. Times are milliseconds. */
export interface LoginSettings {
  /** Its name in known_hosts, instead of address and port. */
  readonly hostKeyAlias?: string;
  /** What becomes of a host key that nothing is known of: never even asked about; accepted without asking. */
  readonly newKeys?: "refuse" | "accept";
  /** Socket of the SSH agent, an absolute path; or `none`. */
  readonly agent?: string;
  /** Of the agent's keys only those of `identity` are used. */
  readonly onlyIdentity?: true;
  /** Steps there may use the agent, or the one of this socket (an absolute path). */
  readonly forwardAgent?: boolean | string;
  readonly connectMs?: number;
  /** Between two questions whether it is still there, and how many may go unanswered. */
  readonly keepaliveMs?: number;
  readonly keepaliveCount?: number;
}

/** Every host a run may name, in the order of the inventory. `local` is not among them. */
export interface Inventory {
  /** The file as the user named it; absent for `--host` alone. */
  readonly path?: string;
  readonly hosts: readonly Host[];
}

/** What a host says of itself; a fact that cannot be had is `""`. Names as in os-release(5) and uname(1). */
export interface Facts {
  readonly os: {
    readonly id: string;
    readonly like: string;
    readonly version: string;
    readonly name: string;
  };
  readonly arch: string;
  readonly kernel: string;
  readonly hostname: string;
  /** The login user. */
  readonly user: string;
}
