import type { TaskRef } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { RunState } from "./state.ts";

/** Tasks on hosts that were set aside which may run, or may be about to begin, and have not been asked for since. */
export function doubtful({ steps }: Pick<Plan, "steps">, { setAside, tasks }: RunState): readonly TaskRef[] {
  if (setAside.isEmpty()) return [];
  return steps.flatMap(({ id, hosts, unselected = [] }) =>
    [...hosts, ...unselected]
      .filter((host) => {
        const { phase, letGo } = tasks.get(id)?.get(host) ?? {};
        return setAside.has(host) && (phase === "attempting" || (phase === "unknown" && letGo !== true));
      })
      .map((host) => ({ step: id, host })),
  );
}
