import { readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { CapsuleRef } from "../model/event.ts";
import { failedWith, PRIVATE_FILE } from "./durable-file.ts";
import { logSize, readLogEnds } from "./read-log-ends.ts";

/*
 * output/<step>/<host>.log                             a link to
 * output/<step>/attempts/<host>.<task>.<attempt>.log   what one attempt printed; of those before the last, the ends
 *
 * The name says whose it is, so that an attempt that is followed again after a crash finds its own log, and no other's.
 */

/** Of attempts before the last: more is hardly ever looked at, and a disk may not fill with what is tried for hours. */
const EARLIER_BYTES = 64 * 1024;
/** So many are kept, besides the first. */
const EARLIER = 10;

/** The log of one attempt, by that of its task. It need not exist: it may have printed nothing, or be too long ago. */
export function attemptLogPath(taskLog: string, { task, attempt }: CapsuleRef): string {
  return join(dirname(taskLog), "attempts", `${basename(taskLog, ".log")}.${task}.${attempt}.log`);
}

/**
 * The log of a task is that of this attempt, which has one, from now on. What an attempt before it has written is kept
 * beside it.
 */
export async function turnToAttempt(taskLog: string, { task, attempt }: CapsuleRef): Promise<void> {
  const target = join("attempts", basename(attemptLogPath(taskLog, { task, attempt })));
  try {
    await symlink(target, taskLog);
    return;
  } catch (error) {
    if (!failedWith(error, "EEXIST")) throw error;
  }
  const before = await readlink(taskLog).catch(() => undefined);
  if (before === target) return;
  const link = `${taskLog}.next`;
  await rm(link, { force: true });
  await symlink(target, link);
  await rename(link, taskLog);
  if (before !== undefined) await shorten(join(dirname(taskLog), before));
  const old = attempt - EARLIER - 1;
  if (old > 1) await rm(attemptLogPath(taskLog, { task, attempt: old }), { force: true });
}

/** It is a courtesy, and no reason to stop. */
async function shorten(path: string): Promise<void> {
  const short = `${path}.short`;
  try {
    if ((await logSize(path)) <= EARLIER_BYTES) return;
    const { head, cut } = (await readLogEnds(path, EARLIER_BYTES)) ?? { head: "" };
    const between =
      cut === undefined ? "" : `[waymark: ${cut.bytes} bytes of an earlier attempt are not kept]\n${cut.tail}`;
    await writeFile(short, head + between, { mode: PRIVATE_FILE });
    await rename(short, path);
  } catch {
    // Then it stays as long as it is; on a full disk half of it more would be too much.
    await rm(short, { force: true }).catch(() => undefined);
  }
}
