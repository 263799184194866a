import type { Facts } from "./inventory.ts";
import type { Severity } from "./source.ts";

/** How one host answered to `waymark hosts`. `host`: its name in the inventory. */
export type HostReport = ReachedHost | UnreachedHost;

export interface UnreachedHost {
  readonly type: "unreachable";
  readonly host: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface ReachedHost {
  readonly type: "reached";
  readonly host: string;
  readonly facts: Facts;
  /** From a small request to its answer, on an open session. */
  readonly latencyMs: number;
  readonly found: HostFindings | NoFindings;
}

/** Nothing can be run there, not even to look around. */
export interface NoFindings {
  readonly type: "refused";
  /** In the host's own words. */
  readonly reason: string;
}

export interface HostFindings {
  readonly type: "looked";
  /** The folder that runs make theirs in: `/var/tmp`. */
  readonly folder: string;
  /** The disk that it is on, and that of `/`; absent where `df` does not say. */
  readonly folderDisk?: Disk;
  readonly rootDisk?: Disk;
  /** The login shell, `/bin/bash`; `""` where it is not known. */
  readonly shell: string;
  /** Programs that jobs or most guides need and that are not there. */
  readonly missing: readonly string[];
  /** machine-id(5), `""` where there is none. */
  readonly machineId: string;
  /** Linux's random id of this boot, `""` elsewhere. */
  readonly bootId: string;
  readonly sudo: Sudo;
  /** Absent where the host's `date` is of no use. */
  readonly clock?: ClockSkew;
}

/** A row of `df -P`. */
export interface Disk {
  /** What is mounted: `/dev/sda1`, `tmpfs`. */
  readonly device: string;
  readonly freeBytes: number;
}

/**
 * Whether steps can have root. `root`: they have it anyway; `given`: with the password that was given; `password`: with
 * one; `wrong`: not with the one that was given. `reason`: in the host's own words, as far as they are its own.
 */
export type Sudo =
  | { readonly type: "root" | "yes" | "given" }
  | { readonly type: "password" | "wrong" | "missing" | "refused"; readonly reason: string };

/** The host's clock less this machine's, and by how much that may be wrong. */
export interface ClockSkew {
  readonly skewMs: number;
  readonly uncertaintyMs: number;
}

/** What is wrong with hosts. `error`: a run would stop there; `warning`: worth knowing before one. */
export interface HostProblem {
  readonly hosts: readonly string[];
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}
