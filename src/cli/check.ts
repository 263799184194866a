import { EXIT, type ExitCode } from "../model/errors.ts";
import type { Diagnostic } from "../model/source.ts";
import { compile } from "../plan/compile.ts";
import { printDiagnostics } from "./diagnostics.ts";
import type { PlanFlags } from "./flags.ts";
import { imaginedHosts } from "./imagined-hosts.ts";
import { gather } from "./load.ts";
import type { Surroundings } from "./terminal.ts";

/** `waymark check`: every problem of parse and plan. Nothing is run or connected to, nor any input fetched. */
export async function check(
  around: Surroundings,
  guides: readonly string[],
  flags: PlanFlags & { readonly json?: boolean },
): Promise<ExitCode> {
  const found: Diagnostic[] = [];
  for (const guide of guides) found.push(...(await problemsOf(around, guide, flags)));
  if (flags.json === true) for (const one of found) around.stdout.write(`${JSON.stringify(one)}\n`);
  else if (found.length > 0) await printDiagnostics(around, found);
  else around.stdout.write(`${guides.length === 1 ? guides[0] : `${guides.length} guides`}: no problems\n`);
  return found.some(({ severity }) => severity === "error") ? EXIT.failed : EXIT.ok;
}

async function problemsOf(around: Surroundings, guide: string, flags: PlanFlags): Promise<readonly Diagnostic[]> {
  const { runbook, source, inputs, diagnostics, readings, hosts } = await gather(around, guide, flags, "known");
  if (runbook === undefined) {
    if (diagnostics.length > 0) return diagnostics;
    return [
      {
        code: "WM8005",
        severity: "warning",
        message: "Not a runbook: nothing in it is marked as a step",
        hint: "Tag a code block, ```bash {on=all}, or give its front matter a `runbook:` key.",
        file: guide,
      },
    ];
  }
  if (hosts > 0 || source.inventory.file !== undefined) return diagnostics;
  // Without hosts all that can be checked is what holds for whatever hosts it will have.
  const inventory = imaginedHosts(runbook);
  return [...readings, ...compile({ runbook, digest: source.guide.digest, inventory, inputs }).diagnostics];
}
