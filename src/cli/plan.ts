import { EXIT, type ExitCode } from "../model/errors.ts";
import { renderPlan } from "../ui/render-plan.ts";
import { printDiagnostics } from "./diagnostics.ts";
import type { PlanFlags } from "./flags.ts";
import { gather, notARunbook } from "./load.ts";
import { readParallel } from "./run.ts";
import { styleOf } from "./style.ts";
import type { Surroundings } from "./terminal.ts";

/** `waymark plan`: what would run where. A plan that could not be run is shown as well, with what is in its way. */
export async function plan(
  around: Surroundings,
  guide: string,
  flags: PlanFlags & { readonly json?: boolean; readonly parallel?: string },
): Promise<ExitCode> {
  if (flags.parallel !== undefined) readParallel(flags.parallel);
  const gathered = await gather(around, guide, flags, "known");
  const failed = gathered.diagnostics.some(({ severity }) => severity === "error");
  if (gathered.plan === undefined && !failed) throw notARunbook(guide);
  if (gathered.plan !== undefined) {
    const text =
      flags.json === true
        ? `${JSON.stringify(gathered.plan, undefined, 2)}\n`
        : renderPlan(styleOf(around, around.stdout), gathered.plan, gathered.inputs);
    around.stdout.write(text);
  }
  if (gathered.diagnostics.length > 0) await printDiagnostics(around, gathered.diagnostics);
  return failed ? EXIT.usage : EXIT.ok;
}
