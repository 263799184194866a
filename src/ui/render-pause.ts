import type { Plan } from "../model/plan.ts";
import type { RunView } from "../story/run-fold.ts";
import { neutralize } from "../story/terminal-text.ts";

type Pause = NonNullable<RunView["pause"]>;

/** A label and a command line, or a path. */
export type Way = readonly [label: string, what: string];

/** Why a run rests, in a few words. */
export function pauseWords({ reason, step }: Pause): string {
  switch (reason) {
    case "asked":
      return step === undefined ? "rests, as asked" : `rests after ${step}, as asked`;
    case "unknown":
      return "stopped: outcome unknown";
    case "held":
      return "rests: another run has a host";
    case "interrupted":
      return "interrupted";
    default:
      return `rests${WANTED[reason]}`;
  }
}

/** The same of a run that is at work. */
export function waitWords(reason: Pause["reason"] | "answer"): string {
  return `waits${reason in WANTED ? WANTED[reason as keyof typeof WANTED] : " for an answer"}`;
}

const WANTED = {
  checkpoint: " at a checkpoint",
  confirm: ": a step is to be confirmed",
  manual: ": something is to be done by hand",
  interactive: ": a step needs a terminal",
  input: ": an input is wanted",
} as const satisfies Partial<Record<Pause["reason"], string>>;

/** What is said when a run is told to rest after a step. */
export function restAfterLine({ step }: NonNullable<RunView["restAfter"]>, isAtWork: boolean): string {
  return `It will rest after ${step ?? (isAtWork ? "the step at work" : "the next step")}.`;
}

/** What somebody was asked and did not answer: the guide's words, or the input; lines. Empty for other reasons. */
export function wantedLines({ reason, detail }: Pause, plan?: Pick<Plan, "variables">): readonly string[] {
  if (reason === "asked" || reason === "unknown" || reason === "interrupted" || reason === "held") return [];
  if (reason !== "input")
    return neutralize(detail)
      .split("\n")
      .filter((line) => line.trim() !== "");
  const about = plan?.variables.find(({ name }) => name === detail)?.input?.description;
  return [about === undefined ? detail : `${detail}: ${neutralize(about)}`];
}

/** The command lines that answer; undefined where there is no question. */
export function answers(
  { run, pause, secretInputs }: RunView,
  plan?: Pick<Plan, "variables">,
): readonly Way[] | undefined {
  const resume = `waymark resume ${run}`;
  const { reason, step = "", detail = "" } = pause ?? {};
  switch (reason) {
    case "checkpoint":
      return [["go on", resume]];
    case "held":
      return [
        ["once it is free", resume],
        ["wait for it", `${resume} --wait 10m`],
      ];
    case "confirm":
      return [
        ["yes", `${resume} --confirm ${step}`],
        ["leave it", `${resume} --skip ${step}`],
      ];
    case "interactive":
      return [
        ["on a terminal", resume],
        ["once done by hand", `${resume} --done ${step}`],
        ["leave it", `${resume} --skip ${step}`],
      ];
    case "manual":
      return [
        ["once done", `${resume} --done ${step}`],
        ["leave it", `${resume} --skip ${step}`],
      ];
    case "input": {
      const secret = plan?.variables.find(({ name }) => name === detail)?.secret ?? secretInputs.includes(detail);
      // Other users see command lines.
      return [["give it", secret ? `WAYMARK_INPUT_${detail}=… ${resume}` : `${resume} --input ${detail}=…`]];
    }
    default:
      return undefined;
  }
}
