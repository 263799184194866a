import type { Section, Step } from "../model/runbook.ts";
import type { Diagnostic } from "../model/source.ts";

/** The keys that this version reads but cannot run, each with how to see that a step has it. */
const NOT_YET: Readonly<Record<string, (step: Step) => boolean>> = {
  at: ({ options }) => options.at !== undefined,
  serial: ({ options }) => options.serial !== undefined,
  checkpoint: ({ options }) => options.checkpoint !== undefined,
  confirm: ({ options }) => options.confirm !== undefined,
  reboot: ({ options }) => options.reboot !== undefined,
  reconnect: ({ options }) => options.reconnect,
  interactive: ({ options }) => options.interactive,
  background: ({ options }) => options.background,
  file: ({ action }) => action.kind === "file",
  copy: ({ action }) => action.kind === "copy",
  manual: ({ action }) => action.kind === "manual",
  fix: ({ options }) => options.fix !== undefined,
  undo: ({ options }) => options.undo !== undefined,
};

export const NOT_YET_CODE = "WM3107";

/** One error for each key of a step, and each section, that cannot be run yet. */
export function notYet(steps: readonly Step[], sections: readonly Section[], file: string): readonly Diagnostic[] {
  const error = (what: string, key: string, { span }: Step | Section): Diagnostic => ({
    code: NOT_YET_CODE,
    severity: "error",
    message: `${what} uses \`${key}\`, which this version of Waymark can read but not run`,
    hint: "Leave it out, or do this part by hand.",
    file,
    span,
  });
  return [
    ...sections
      .filter(({ serial }) => serial !== undefined)
      .map((section) => error(`Section \`${section.title}\``, "serial", section)),
    ...steps.flatMap((step) =>
      Object.entries(NOT_YET)
        .filter(([, isUsed]) => isUsed(step))
        .map(([key]) => error(`Step \`${step.id}\``, key, step)),
    ),
  ];
}
