import type { Step } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";

/** The keys that this version reads but cannot run, each with how to see that a step has it. */
const NOT_YET: Readonly<Record<string, (step: Step) => boolean>> = {
  reboot: ({ options }) => options.reboot !== undefined,
  reconnect: ({ options }) => options.reconnect,
  interactive: ({ options }) => options.interactive,
  background: ({ options }) => options.background,
};

export const NOT_YET_CODE = "WM3107";

/** One error for each key of a step that cannot be run yet. */
export function notYet(steps: readonly Step[], file: string): readonly Diagnostic[] {
  const error = (key: string, { id, span }: Step): Diagnostic => ({
    code: NOT_YET_CODE,
    severity: "error",
    message: `Step \`${id}\` uses \`${key}\`, which this version of Waymark can read but not run`,
    hint: "Leave it out, or do this part by hand.",
    file,
    span,
  });
  return steps.flatMap((step) =>
    Object.entries(NOT_YET)
      .filter(([, isUsed]) => isUsed(step))
      .map(([key]) => error(key, step)),
  );
}
