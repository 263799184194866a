import type { Style } from "../ui/style.ts";
import { type Surroundings, wantsColor, wantsUnicode } from "./terminal.ts";

/** What may be printed on this stream. */
export function styleOf(around: Surroundings, stream: NodeJS.WriteStream): Style {
  const columns = Number(around.env["COLUMNS"]);
  return {
    color: wantsColor(around, stream),
    unicode: wantsUnicode(around),
    // A serial console may say that it has none.
    columns: [stream.columns, columns].find((width) => width > 0) ?? 80,
  };
}
