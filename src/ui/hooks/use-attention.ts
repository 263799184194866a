import { useEffect, useRef } from "react";

const SAVE_TITLE = "\u001b[22;0t";
const RESTORE_TITLE = "\u001b[23;0t";

/**
 * Keeps the terminal's title (xterm's control sequences, OSC 0 and XTWINOPS), and rings its bell whenever `calls` becomes
 * another word that is not empty.
 * @param write past everything that is drawn; absent: there is no terminal
 */
export function useAttention(write: ((sequence: string) => void) | undefined, title: string, calls: string): void {
  const last = useRef("");
  useEffect(() => {
    write?.(SAVE_TITLE);
    return () => write?.(RESTORE_TITLE);
  }, [write]);
  useEffect(() => {
    write?.(`\u001b]0;${title}\u0007`);
  }, [write, title]);
  useEffect(() => {
    if (calls !== "" && calls !== last.current) write?.("\u0007");
    last.current = calls;
  }, [write, calls]);
}
