import { openHosts, rerunHosts } from "../engine/open-hosts.ts";
import type { RunState } from "../engine/state.ts";
import type { OperatorDecided } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { findStep } from "./find-step.ts";
import type { RunFlags } from "./flags.ts";

/** What `--rerun`, `--skip` and `--done` say of the plan's steps. @throws {WaymarkError} WM8009 */
export function decisions(
  plan: Plan,
  { rerun, skip, done }: Pick<RunFlags, "rerun" | "skip" | "done">,
  state: RunState,
): readonly OperatorDecided[] {
  const each = (decision: "rerun" | "skip" | "done", steps: readonly string[] = []): readonly OperatorDecided[] =>
    steps.map((id) => {
      const step = findStep(plan, `--${decision}`, id);
      const hosts = decision === "rerun" ? rerunHosts(step, state) : openHosts(plan, step, state);
      return { type: "operator-decided", decision, step: step.id, hosts };
    });
  return [...each("rerun", rerun), ...each("skip", skip), ...each("done", done)];
}
