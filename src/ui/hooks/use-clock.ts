import { useEffect, useState } from "react";

/** Draws whoever calls it again each second while `running`. */
export function useClock(running: boolean): void {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, [running]);
}
