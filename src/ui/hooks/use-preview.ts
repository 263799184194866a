import { useEffect } from "react";
import type { Deed, Situation } from "../screen/deeds.ts";

/** Has a look at the hosts of a step taken while somebody reads what it would do, and the run is not at work. */
export function usePreview(
  step: string | undefined,
  situation: Situation,
  onDeed: ((deed: Deed) => void) | undefined,
): void {
  const wanted = situation === "ready" || situation === "resting" ? step : undefined;
  useEffect(() => {
    if (wanted === undefined) return undefined;
    onDeed?.({ do: "preview", step: wanted });
    return () => onDeed?.({ do: "end-preview" });
  }, [wanted, onDeed]);
}
