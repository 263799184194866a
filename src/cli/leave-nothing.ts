import { recall } from "../engine/advance.ts";
import type { HostSessions } from "../engine/host-sessions.ts";
import { openJournal } from "../journal/open-journal.ts";
import { unlessAborted } from "../model/unless-aborted.ts";
import { systemClock } from "./clock.ts";
import type { LastRun } from "./last-run.ts";

/** For hosts to be left as they were found. */
const LEAVE_MS = 10_000;

/**
 * What looking needed on hosts is removed where no run needs its folder there any more: nobody goes on with it meanwhile.
 * @param token of `last`, or one that is nobody's
 */
export async function leaveNothing(
  sessions: Pick<HostSessions, "all">,
  token: string,
  last: Pick<LastRun, "folder"> | undefined,
): Promise<void> {
  if (last === undefined) return leave(sessions, (session) => session.clean(token));
  // Where somebody is at work on it, or it cannot be taken, what is there stays.
  const open = await openJournal(last.folder, { clock: systemClock }).catch(() => undefined);
  if (open === undefined) return;
  try {
    if (isCleaned(open.events)) await leave(sessions, (session) => session.settle(token));
  } finally {
    await open.journal.close();
  }
}

function isCleaned(events: Parameters<typeof recall>[0]): boolean {
  const { ending } = recall(events).state;
  return ending?.type === "finished" && (ending.status === "passed" || ending.status === "abandoned");
}

type Open = Awaited<ReturnType<HostSessions["all"]>>[number];

async function leave(sessions: Pick<HostSessions, "all">, remove: (session: Open) => Promise<void>): Promise<void> {
  const enough = AbortSignal.timeout(LEAVE_MS);
  const leaving = (await sessions.all()).map(remove);
  await Promise.allSettled(leaving.map((left) => unlessAborted(enough, left)));
}
