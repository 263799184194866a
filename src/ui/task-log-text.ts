import { neutralize } from "../story/terminal-text.ts";

/** Characters: longer lines are shown in pieces. */
const PIECE = 64 * 1024;

/**
 * What a task printed, safe to print, however long it or one of its lines is. Ends in a newline.
 * @param log as it is read; absent where nothing was kept
 */
export async function* taskLogText(log: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  let last = "";
  for await (const more of log) {
    const text = rest + more;
    const end = text.length > 2 * PIECE && !text.includes("\n") ? text.length : text.lastIndexOf("\n") + 1;
    rest = text.slice(end);
    if (end > 0) yield (last = neutralize(text.slice(0, end)));
  }
  if (rest !== "") yield (last = neutralize(rest));
  if (last === "") yield "(no output)\n";
  else if (!last.endsWith("\n")) yield "\n";
}
