import { open, readdir } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { PauseReason, RunEvent } from "../model/event.ts";
import { conditionOf, type RunCondition as KnownCondition } from "../model/run-condition.ts";
import { failedWith } from "./durable-file.ts";
import { hasStopped, lockHolder } from "./lock.ts";
import { journalPath, lockPath, runFolder, runsFolder } from "./run-folder.ts";
import type { Kept, RunFolder } from "./run-folder.ts";
import { isRunId } from "./run-id.ts";

/** How a run stands. `unreadable`: its journal has no beginning. */
export type RunCondition = KnownCondition | "unreadable";

export interface RunSummary {
  readonly folder: RunFolder;
  readonly condition: RunCondition;
  /** Why it paused. */
  readonly pause?: PauseReason;
  /** Absolute path of the guide. Absent only where it is unreadable, like the times. */
  readonly guide?: string;
  /** Names its directories on hosts. */
  readonly token?: string;
  /** ISO 8601, UTC. */
  readonly started?: string;
  /** When the last event was written. */
  readonly updated?: string;
  /** It is none: `waymark verify` looked. */
  readonly verify?: true;
}

/** Whether a run stands in the way of a new run of its guide: it has not passed, nor been cut short by selection, nor given up. */
export function isUnfinished({ condition }: RunSummary): boolean {
  return !["passed", "partial", "abandoned", "unreadable"].includes(condition);
}

/**
 * Whether a run is one to go on with: it is unfinished, or partial and the newest of its guide.
 * @param runs newest first
 */
export function isOpen(run: RunSummary, runs: readonly RunSummary[]): boolean {
  if (run.condition !== "partial") return isUnfinished(run);
  return runs.find(({ guide }) => guide === run.guide) === run;
}

/** All runs, newest first. Reads only the beginning and the end of each journal, however long it is. */
export function listRuns(stateDir: string): Promise<readonly RunSummary[]> {
  return list(stateDir, "runs");
}

/** What is kept of `waymark verify`, newest first. */
export async function listVerifies(stateDir: string): Promise<readonly RunSummary[]> {
  return (await list(stateDir, "verify")).map((summary) => ({ ...summary, verify: true }));
}

/** Whatever has something to tell: runs, newest first, and then what is kept of `waymark verify`. */
export async function listKept(stateDir: string): Promise<readonly RunSummary[]> {
  return [...(await listRuns(stateDir)), ...(await listVerifies(stateDir))];
}

async function list(stateDir: string, kept: Kept): Promise<readonly RunSummary[]> {
  const names = await readdir(runsFolder(stateDir, kept)).catch((error: unknown) => {
    if (failedWith(error, "ENOENT")) return [];
    throw error;
  });
  const runs: RunSummary[] = [];
  for (const id of names.filter(isRunId).sort().reverse()) runs.push(await summarize(runFolder(stateDir, id, kept)));
  return runs;
}

async function summarize(folder: RunFolder): Promise<RunSummary> {
  // One that cannot be read keeps nobody from the others.
  const ends = await readEnds(journalPath(folder)).catch(() => undefined);
  const first = ends?.first;
  if (ends === undefined || first?.type !== "run-started") return { folder, condition: "unreadable" };
  const known = {
    folder,
    guide: first.guide.path,
    token: first.token,
    started: first.at,
    updated: ends.last.at(-1)?.at ?? first.at,
  };
  const turn = ends.last.findLast((event) => /^run-(finished|paused|resumed)$/.test(event.type));
  const said =
    turn?.type === "run-finished" ? turn.status : turn?.type === "run-paused" ? ("paused" as const) : "running";
  const isOver = turn?.type === "run-finished";
  const condition = conditionOf(said, !isOver && (await isHeld(folder)), !isOver && (await isLeft(folder)));
  return { ...known, condition, ...(turn?.type === "run-paused" && condition === "paused" && { pause: turn.reason }) };
}

/** A lock that has come to harm, a copy of one for instance, is nobody's. */
function isHeld(folder: RunFolder): Promise<boolean> {
  return lockHolder(lockPath(folder)).then(
    (holder) => holder !== undefined,
    () => false,
  );
}

/** As above. */
function isLeft(folder: RunFolder): Promise<boolean> {
  return hasStopped(lockPath(folder)).catch(() => false);
}

/** Bytes read at either end. More only where one line is longer. */
const WINDOW = 64 * 1024;

/**
 * The first event and some of the last ones: at least one, if there is one that is whole. A run that stopped wrote
 * last that it did, so these tell how it stands.
 */
async function readEnds(
  path: string,
): Promise<{ readonly first: RunEvent; readonly last: readonly RunEvent[] } | undefined> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    for (let window = WINDOW; ; window *= 4) {
      const [first] = eventsIn(await readAt(file, 0, Math.min(window, size)));
      const from = Math.max(0, size - window);
      const last = eventsIn(await readAt(file, from, size - from));
      if (first !== undefined && last.length > 0) return { first, last };
      if (window >= size) return undefined;
    }
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.toString("utf8", 0, bytesRead);
}

/** The events among the lines. The rest of a line that begins before the text is none, like one that is torn. */
function eventsIn(text: string): readonly RunEvent[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === "object" && value !== null && "type" in value ? [value as RunEvent] : [];
    } catch {
      return [];
    }
  });
}
