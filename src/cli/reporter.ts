import type { Reporter } from "../engine/ports.ts";
import { outputPath, type RunFolder } from "../journal/run-folder.ts";
import type { RunEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { jsonReporter } from "../ui/json-reporter.ts";
import { plainReporter } from "../ui/plain-reporter.ts";
import { systemClock } from "./clock.ts";
import { styleOf } from "./style.ts";
import type { Surroundings } from "./terminal.ts";

/** Between two lines that say who is still at work. */
const TICK_MS = 30_000;

/** The reporter that the flags ask for. `stop` ends its timer. */
export function createReporter(
  around: Surroundings,
  flags: { readonly json?: boolean },
  run: { readonly plan: Plan; readonly folder: RunFolder; readonly past: readonly RunEvent[] },
): Reporter & { readonly stop: () => void } {
  const { stdout } = around;
  if (flags.json === true) return { ...jsonReporter(stdout, systemClock), stop: () => undefined };
  const { plan, folder, past } = run;
  const reporter = plainReporter(stdout, styleOf(around, stdout), {
    plan,
    run: folder.id,
    logs: outputPath(folder),
    past,
  });
  const timer = setInterval(() => reporter.tick(systemClock.now()), TICK_MS);
  timer.unref();
  return {
    event: (event) => reporter.event(event),
    output: (output) => reporter.output(output),
    stop: () => clearInterval(timer),
  };
}
