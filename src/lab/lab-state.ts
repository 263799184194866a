import { readFile, rename, writeFile } from "node:fs/promises";
import { labPaths } from "./lab-layout.ts";
import type { LabHost } from "./lab-layout.ts";
import type { ProcessIdentity } from "./process-identity.ts";

/** One server of a lab. */
export interface LabProcess extends ProcessIdentity {
  /** Names of the hosts it serves. */
  readonly hosts: readonly string[];
}

/** `lab.json`: what must be known to take a lab down again, whoever started it and however far that got. */
export interface LabState {
  readonly version: 1;
  readonly phase: "starting" | "up";
  /** Who starts it. */
  readonly starter: ProcessIdentity;
  readonly server: LabServer;
  readonly user: string;
  readonly hosts: readonly LabHost[];
  readonly processes: readonly LabProcess[];
}

/** `fallback`: no sshd here, so Waymark itself plays the server. */
export type LabServer = "sshd" | "fallback";

/** @returns `undefined` where there is no lab */
export async function readState(dir: string): Promise<LabState | undefined> {
  try {
    return JSON.parse(await readFile(labPaths(dir).state, "utf8")) as LabState;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
      return undefined;
    }
    throw error;
  }
}

/** Replaces the state as a whole. */
export async function writeState(dir: string, state: LabState): Promise<void> {
  const path = labPaths(dir).state;
  await writeFile(`${path}.new`, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Claims the folder for a new lab. @returns `false` when there is one already */
export async function claim(dir: string, state: LabState): Promise<boolean> {
  try {
    await writeFile(labPaths(dir).state, JSON.stringify(state), { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
