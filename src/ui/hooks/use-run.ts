import { useSyncExternalStore } from "react";
import type { ScreenSource } from "../screen/screen-source.ts";

/** Draws whoever calls it again whenever the run has gone on. */
export function useRun(source: ScreenSource): number {
  return useSyncExternalStore(
    (changed) => source.subscribe(changed),
    () => source.version,
    () => source.version,
  );
}
