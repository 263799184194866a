import { open } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readProse } from "../document/read-prose.ts";
import { followJournal } from "../journal/follow-journal.ts";
import { readLogPiece } from "../journal/read-log-piece.ts";
import { type RunFolder, taskLogPath } from "../journal/run-folder.ts";
import type { TaskRef } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { RunPicture } from "../ui/screen/run-picture.ts";
import { Asides, type AsidesOptions } from "./asides.ts";
import { systemClock } from "./clock.ts";
import { pastTimes } from "./past-times.ts";
import { type Surroundings, stateDir } from "./terminal.ts";
import { openTerminalScreen } from "./terminal-screen.ts";

/** Between two looks at the logs of tasks that are at work. */
const LOOK_MS = 300;
/** Read of one log at once. */
const CHUNK = 256 * 1024;

/** Opens a run that is worked on elsewhere, or that is over, on the terminal; resolves when its reader closes it. */
export async function watch(
  around: Surroundings,
  folder: RunFolder,
  { plan, guide }: { readonly plan: Plan; readonly guide: Uint8Array },
  flags: AsidesOptions["flags"],
): Promise<void> {
  const picture = new RunPicture({
    plan,
    prose: readProse(guide),
    now: () => systemClock.now(),
    readLog: (step, host, from, length) => readLogPiece(taskLogPath(folder, step, host), from, length),
  });
  const closed = new AbortController();
  const following = followAll(folder, picture, closed.signal);
  const reading = readLogs(folder, picture, closed.signal);
  try {
    const screen = openTerminalScreen(around, {
      source: picture,
      onEnding: () => screen.close(),
      onAside: (aside) => asides.hear(aside),
    });
    const asides = new Asides(around, {
      flags,
      now: () => ({ picture, folder }),
      suspend: () => screen.suspend(),
      closed: closed.signal,
    });
    const path = resolve(around.cwd, plan.guide.path);
    void pastTimes(stateDir(around, flags.stateDir), path, folder.id).then(
      (times) => picture.remember(times),
      () => undefined,
    );
    const bug = await screen.closed;
    closed.abort();
    await asides.end();
    if (bug !== undefined) throw bug;
  } finally {
    closed.abort();
    await Promise.all([following, reading]);
  }
}

async function followAll(folder: RunFolder, picture: RunPicture, signal: AbortSignal): Promise<void> {
  for await (const event of followJournal(folder, signal)) {
    picture.event(event);
    // What it has printed last may not have been seen yet, or nothing of it.
    if (event.type === "step-finished") picture.reread(event.step);
  }
  picture.rests();
}

/** How far the log of one attempt has been read. */
interface Reading {
  readonly since: string;
  readonly attempts: number;
  readonly decoder: StringDecoder;
  offset: number;
}

/** What tasks at work print reaches their logs as it comes: from there it is read, from the beginning of each attempt on. */
async function readLogs(folder: RunFolder, picture: RunPicture, signal: AbortSignal): Promise<void> {
  const read = new Map<string, Reading>();
  while (!signal.aborted && picture.live) {
    for (const { id, status, tasks } of picture.view.steps.values()) {
      if (status !== "running") continue;
      for (const { host, since, attempts, loggedAs } of tasks.values()) {
        const key = JSON.stringify([id, host]);
        const known = read.get(key);
        const isSame = known?.since === since && known.attempts === attempts;
        const place = isSame ? known : { since, attempts, offset: 0, decoder: new StringDecoder() };
        read.set(key, place);
        const bytes = await readFrom(folder, { step: loggedAs, host }, place.offset);
        place.offset += bytes.length;
        const text = place.decoder.write(bytes);
        if (text !== "") picture.output({ type: "task-output", step: id, host, stream: "stdout", text });
      }
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function readFrom(folder: RunFolder, { step, host }: TaskRef, offset: number): Promise<Uint8Array> {
  const file = await open(taskLogPath(folder, step, host)).catch(() => undefined);
  if (file === undefined) return new Uint8Array();
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
