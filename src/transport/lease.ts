import { HostHeld } from "../engine/ports.ts";
import { createHash } from "node:crypto";

/*
 * The lease of a host, as seen from here: what the agent is given to take it (see lease-program.ts), and what it says
 * then. What it says of somebody else's lease may have been written by anybody.
 */

/** For whom a run takes its hosts. */
export interface LeaseWish {
  /** The run's id. */
  readonly run: string;
  /** The operator: `user@machine`. */
  readonly owner: string;
}

/** What an agent works under. `refused`: why no lease could be had at all, and so nothing may be run. */
export type Lease = { readonly folder: string; readonly line: string } | { readonly refused: string };

/** The variables wm_lease and wm_who of the agent. @param host name in the inventory: several may be one machine */
export function leaseVariables(
  token: string,
  host: string,
  { run, owner }: LeaseWish,
): { readonly wm_lease: string; readonly wm_who: string } {
  // The token names folders that must not be guessed before they are there.
  return { wm_lease: `${runOf(token)} ${digest(host)}`, wm_who: `${word(run)} ${word(owner)}` };
}

/** The variables of an agent that works under a lease which another has taken. */
export function underLease(lease: Lease | undefined): Readonly<Record<"wm_L" | "wm_head" | "wm_unleased", string>> {
  if (lease === undefined) return { wm_L: "", wm_head: "", wm_unleased: "" };
  if ("refused" in lease) return { wm_L: "", wm_head: "", wm_unleased: lease.refused };
  return { wm_L: lease.folder, wm_head: lease.line, wm_unleased: "" };
}

/**
 * What the first agent printed before it was ready.
 * @throws {HostHeld} where another run has the host
 */
export function parseLease(host: string, text: string): Lease {
  const [first = "", line = ""] = text.split("\n");
  const at = first.indexOf(" ");
  const rest = first.slice(at + 1);
  switch (first.slice(0, at)) {
    case "lease":
      return { folder: rest, line };
    case "held":
      throw heldBy(host, rest);
    default:
      return { refused: rest };
  }
}

/** `why TAKEN RENEWED NAME OWNER`, times in centiseconds before now. */
function heldBy(host: string, text: string): HostHeld {
  const [why = "", taken = "", renewed = "", run = "", owner = ""] = text.split(" ");
  const state = why === "busy" ? "at work" : why === "rebooted" ? "restarted" : "connected";
  return new HostHeld(host, {
    run: word(run),
    owner: word(owner),
    state,
    ...(why !== "rebooted" && { takenMs: Number(taken) * 10, renewedMs: Number(renewed) * 10 }),
  });
}

/** What leases call a run. */
export function runOf(token: string): string {
  return digest(token);
}

/** One word of harmless characters, at most 80. */
function word(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9@._+-]/g, "_").slice(0, 80) || "_";
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
