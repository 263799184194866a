import { recall } from "../engine/advance.ts";
import { listRuns } from "../journal/list-runs.ts";
import { openJournal } from "../journal/open-journal.ts";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import type { EventBody, TaskRef } from "../model/event.ts";
import type { RunState } from "../engine/state.ts";
import { taskOf } from "../engine/state.ts";
import { systemClock } from "./clock.ts";
import { namedRun } from "./named-run.ts";
import type { ReleaseFlags } from "./program.ts";
import { type Released, releaseHosts } from "./release-hosts.ts";
import { type Surroundings, stateDir } from "./terminal.ts";

/** `waymark abandon`: gives an unfinished run up, whatever it takes: what cannot be reached is said, and left to `clean`. */
export async function abandon(around: Surroundings, wanted: string, flags: ReleaseFlags): Promise<ExitCode> {
  const run = namedRun(around, await listRuns(stateDir(around, flags.stateDir)), wanted);
  const { id } = run.folder;
  const { journal, events } = await openJournal(run.folder, { clock: systemClock });
  try {
    const { state } = recall(events);
    const status = state.ending?.type === "finished" ? state.ending.status : undefined;
    if (status === "passed") {
      throw new WaymarkError("WM8016", `run ${id} has passed: there is nothing to give up`, {
        hint: `waymark clean ${id} removes it`,
      });
    }
    if (status === "abandoned") {
      around.stdout.write(`${id} was given up before\n`);
      return EXIT.ok;
    }
    const released = await releaseHosts(around, run.folder, events, state, flags);
    await journal.append(...released.flatMap((host) => endings(host, state)), {
      type: "run-finished",
      status: "abandoned",
      setAside: [...state.setAside.keys()],
    });
    around.stdout.write(`${id} given up\n`);
    const left = released.filter(({ why }) => why !== undefined);
    for (const { host, why } of left) around.stderr.write(`${host} was not released: ${why}\n`);
    if (left.length > 0) around.stderr.write(`once they can be reached: waymark clean ${id}\n`);
    return left.length > 0 ? EXIT.unreachable : EXIT.ok;
  } finally {
    await journal.close();
  }
}

/** What became of the tasks that were at work. */
function endings({ ended, unproven, why = "" }: Released, state: RunState): readonly EventBody[] {
  return [
    ...ended.map((ref): EventBody => {
      const { attempt = 0, spentMs = 0 } = taskOf(state, ref.step, ref.host) ?? {};
      const reason = "ended, because the run was given up";
      const task = { status: "failed", durationMs: spentMs, attempts: attempt, reason, expectations: [] } as const;
      return { type: "task-finished", ...ref, ...task };
    }),
    ...unproven.map((ref): EventBody => unknown(ref, state, why)),
  ];
}

function unknown(ref: TaskRef, state: RunState, reason: string): EventBody {
  const { task = "", attempt = 0 } = taskOf(state, ref.step, ref.host) ?? {};
  return { type: "task-unknown", ...ref, task, attempt, reason, asked: false };
}
