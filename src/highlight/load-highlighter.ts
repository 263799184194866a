import type { Highlighter } from "./highlighter.ts";

/** {@link makeHighlighter}, loaded when it is wanted: it takes longer to load than most of what Waymark does. */
export async function loadHighlighter(languages: Iterable<string>): Promise<Highlighter> {
  const { makeHighlighter } = await import("./highlighter.ts");
  return makeHighlighter(languages);
}
