import type { Reporter } from "../engine/ports.ts";
import { outputPath, type RunFolder } from "../journal/run-folder.ts";
import type { RunEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { jsonReporter } from "../ui/json-reporter.ts";
import { plainReporter } from "../ui/plain-reporter.ts";
import type { Edited } from "../ui/render-edits.ts";
import type { TextSink } from "../ui/style.ts";
import type { Hold } from "./at-terminal.ts";
import { systemClock } from "./clock.ts";
import { styleOf } from "./style.ts";
import type { Surroundings } from "./terminal.ts";

/** Between two lines that say who is still at work. */
const TICK_MS = 30_000;

/** A reporter that makes room for questions on the terminal. */
export interface RunReporter extends Reporter {
  /** Holds what is to be printed back, from now until what it returns is called. */
  readonly hold: Hold;
  /** Nothing more happens: resolves once whoever reads along has seen enough. */
  readonly stop: () => void | Promise<void>;
}

/** The reporter that the flags ask for. */
export function createReporter(
  around: Surroundings,
  flags: { readonly json?: boolean },
  run: {
    readonly plan: Plan;
    readonly folder?: RunFolder;
    readonly past: readonly RunEvent[];
    readonly edited?: Edited;
  },
): RunReporter {
  const { stdout } = around;
  // Nobody is asked while a program reads along.
  if (flags.json === true) {
    const json = jsonReporter(stdout, systemClock);
    const output: Reporter["output"] = (text) => {
      json.output(text);
      return drained(stdout);
    };
    return { ...json, output, hold: () => () => undefined, stop: () => undefined };
  }
  const { plan, folder, past, edited } = run;
  const sink = heldSink(stdout);
  const reporter = plainReporter(sink, styleOf(around, stdout), {
    plan,
    ...(folder !== undefined && { run: folder.id, logs: outputPath(folder) }),
    past,
    ...(edited !== undefined && { edited }),
  });
  // While somebody thinks about a question nobody is at work.
  const timer = setInterval(() => {
    if (!sink.isHeld()) reporter.tick(systemClock.now());
  }, TICK_MS);
  timer.unref();
  return {
    event: (event) => reporter.event(event),
    output: (output) => reporter.output(output),
    hold(about) {
      // Why it failed stands above the question whether to mend it.
      if (about === "fix") reporter.settle();
      return sink.hold();
    },
    stop: () => clearInterval(timer),
  };
}

const draining = new WeakMap<NodeJS.WriteStream, Promise<void>>();

/** Settles once a stream that is behind its writers can do with more, or takes nothing any more. */
export function drained(stream: NodeJS.WriteStream): Promise<void> | undefined {
  if (!stream.writableNeedDrain) return undefined;
  const known = draining.get(stream);
  if (known !== undefined) return known;
  const done = new Promise<void>((resolve) => {
    const settle = (): void => {
      for (const event of ["drain", "close", "error"]) stream.off(event, settle);
      draining.delete(stream);
      resolve();
    };
    for (const event of ["drain", "close", "error"]) stream.on(event, settle);
  });
  draining.set(stream, done);
  return done;
}

/** Text for `stream` that waits while it is held: a question and what goes on meanwhile are not mixed up. */
export function heldSink(
  stream: TextSink,
): TextSink & { readonly hold: () => () => void; readonly isHeld: () => boolean } {
  let held: string[] | undefined;
  return {
    write: (text) => (held === undefined ? stream.write(text) : held.push(text)),
    isHeld: () => held !== undefined,
    hold() {
      held = [];
      return () => {
        const text = held?.join("") ?? "";
        held = undefined;
        if (text !== "") stream.write(text);
      };
    },
  };
}
