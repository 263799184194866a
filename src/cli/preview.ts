import { Writable } from "node:stream";
import { WaymarkError } from "../model/errors.ts";
import type { Plan } from "../model/plan.ts";
import type { Deed } from "../ui/screen/deeds.ts";
import type { DryLook } from "../ui/screen/dry-look.ts";
import type { RunPicture } from "../ui/screen/run-picture.ts";
import { shownDiagnostics } from "./diagnostics.ts";
import type { RunReporter } from "./reporter.ts";
import type { Surroundings } from "./terminal.ts";

/** Who looks at what a dry run comes to, in place of the terminal. */
export interface Looking {
  /** Told the plan as it is gone through, before anything comes of it. */
  readonly begin: (plan: Plan) => RunReporter;
  /** Ends it; the process's own signals are none of its business. */
  readonly signal: AbortSignal;
}

/** Goes through a step without doing anything: what `waymark run` or `resume` does with `--dry-run --only STEP`. */
export type GoThrough = (around: Surroundings, step: string) => Promise<unknown>;

/** Owns the look at a step's hosts that is under way: there is one at most. */
export class Previews {
  readonly #around: Surroundings;
  readonly #goThrough: GoThrough;
  #ends = new AbortController();
  #last: Promise<void> = Promise.resolve();

  constructor(around: Surroundings, goThrough: GoThrough) {
    this.#around = around;
    this.#goThrough = goThrough;
  }

  /** Ends the look before, and takes the one that is wanted. */
  hear(deed: Extract<Deed, { do: "preview" | "end-preview" }>, picture: RunPicture | undefined): void {
    void this.end();
    const look = picture?.looks("step" in deed ? deed.step : undefined);
    if (look === undefined) return;
    const ends = new AbortController();
    this.#ends = ends;
    this.#last = this.#last.then(() =>
      ends.signal.aborted ? undefined : seen(this.#around, look, this.#goThrough, ends.signal),
    );
  }

  /** Resolves once nothing of it is left. */
  end(): Promise<void> {
    this.#ends.abort();
    return this.#last;
  }
}

async function seen(around: Surroundings, look: DryLook, goThrough: GoThrough, signal: AbortSignal): Promise<void> {
  const say = (text: string): void => {
    if (!signal.aborted) look.say(...text.trimEnd().split("\n"));
  };
  const looking: Looking = {
    signal,
    begin(plan) {
      look.begin(plan);
      return {
        event: (event) => look.event(event),
        output: (output) => look.output(output),
        hold: () => () => undefined,
        stop: () => undefined,
      };
    },
  };
  try {
    await goThrough({ ...unheard(around, say), looking }, look.step);
  } catch (error) {
    // Whoever looks goes on reading, and nobody waits for this.
    if (!(error instanceof WaymarkError)) say(`this is a bug in waymark [WM9000]: ${String(error)}`);
    else
      say([error.message, error.hint, await shownDiagnostics(around, { color: false }, error.diagnostics)].join("\n"));
  } finally {
    look.ends();
  }
}

/** Nobody is asked, and what is said is said there. */
function unheard({ prompter: _prompter, ...around }: Surroundings, say: (text: string) => void): Surroundings {
  const stream = (hear: (text: string) => void): NodeJS.WriteStream => {
    const sink = new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        hear(text);
        done();
      },
    });
    return Object.assign(sink, { isTTY: false, columns: around.stdout.columns }) as unknown as NodeJS.WriteStream;
  };
  // Where stderr is no terminal, there is nobody to be asked.
  return { ...around, stdout: stream(() => undefined), stderr: stream(say) };
}
