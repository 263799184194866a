import { hostname } from "node:os";
import { positiveDuration } from "../document/key-value.ts";
import { WaymarkError } from "../model/errors.ts";
import type { LeaseWish } from "../transport/lease.ts";
import type { Surroundings } from "./terminal.ts";

/** As whose a run takes its hosts: what others are told who want them. */
export function leaseWish({ user }: Surroundings, run: string): LeaseWish {
  return { run, owner: `${user}@${hostname()}` };
}

/** `--wait`: how long to wait for a host that another run has, in milliseconds. @throws {WaymarkError} */
export function readWait(text: string | undefined): number {
  if (text === undefined) return 0;
  const reading = positiveDuration(text);
  if ("value" in reading) return reading.value;
  throw new WaymarkError("WM8031", `--wait ${text} is not a duration`, { hint: "such as --wait 10m, or 90s" });
}
