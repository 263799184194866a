import type { BackgroundEnded } from "../model/event.ts";
import { sign, type Style } from "./style.ts";
import { oneLine } from "../story/terminal-text.ts";

/** What went on in the background has ended, while the run goes on. */
export function backgroundLine(style: Style, { step, host, exit, reason }: BackgroundEnded): string {
  const how = reason ?? (exit === undefined ? "nobody knows how" : `exit status ${exit}`);
  return `  ${sign(style, "unknown")} ${host}  ${step} is no longer at work in the background: ${oneLine(how)}`;
}
