import type { Journal } from "../engine/ports.ts";
import { listVerifies } from "../journal/list-runs.ts";
import { openJournal } from "../journal/open-journal.ts";
import { createRun, removeRun } from "../journal/run-folder.ts";
import { runId } from "../journal/run-id.ts";
import { supersededVerifies } from "../journal/superseded-verifies.ts";
import type { EventBody } from "../model/event.ts";
import type { RunStatus } from "../model/outcome.ts";
import { systemClock } from "./clock.ts";
import type { Loaded } from "./load.ts";
import { version } from "./program.ts";
import type { Surroundings } from "./terminal.ts";

/**
 * Owns what is kept of `waymark verify`: a journal of its own, apart from those of runs. Where it cannot be written, that
 * is told once, and nobody is kept from looking.
 */
export class VerifyRecord {
  private readonly around: Surroundings;
  private readonly state: string;
  private readonly guide: string;
  private journal: Journal | undefined;

  private constructor(around: Surroundings, state: string, guide: string) {
    this.around = around;
    this.state = state;
    this.guide = guide;
  }

  /** @param state folder of everything that is kept */
  static async begin(
    around: Surroundings,
    state: string,
    { source, guideBytes, openInputs, secretInputs }: Loaded,
    { token, parallel }: { readonly token: string; readonly parallel: number },
  ): Promise<VerifyRecord> {
    const record = new VerifyRecord(around, state, source.guide.path);
    await record.keep(async () => {
      const id = runId(systemClock.now(), Math.random());
      const folder = await createRun(state, { id, guide: guideBytes }, "verify");
      record.journal = (await openJournal(folder, { clock: systemClock })).journal;
      await record.journal.append({
        type: "run-started",
        run: id,
        token,
        waymark: version(),
        ...source,
        inputs: openInputs,
        secretInputs,
        parallel,
        verify: true,
      });
    });
    return record;
  }

  async add(...events: readonly EventBody[]): Promise<void> {
    await this.keep(async () => void (await this.journal?.append(...events)));
  }

  /** Nothing more comes; what this one makes worthless goes. */
  async end(status: RunStatus): Promise<void> {
    await this.add({ type: "run-finished", status, setAside: [] });
    if (this.journal === undefined) return;
    await this.close();
    // What is there already may be out of reach, and nobody waits for that to be tidied up.
    const all = await listVerifies(this.state).catch(() => []);
    // Another one, that has just ended, may be about to do the same.
    await Promise.allSettled(
      supersededVerifies(all, this.guide).map(({ folder }) => removeRun(folder, systemClock.now())),
    );
  }

  /** Never rejects: on a full disk there may be no room to give up the lock either, and it goes with this process. */
  async close(): Promise<void> {
    const { journal } = this;
    this.journal = undefined;
    await journal?.close().catch(() => undefined);
  }

  private async keep(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.close();
      const why = error instanceof Error ? error.message : String(error);
      this.around.stderr.write(`warning: what is seen is not kept: ${why}\n`);
    }
  }
}
