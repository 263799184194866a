import type { Excerpt, FileChange } from "./report.ts";

/**
 * What a step that writes a file has printed: what became of it, then how mode and owner changed, then a unified diff.
 * @returns undefined for anything else, such as why it failed
 */
export function fileChange({ head, cut }: Excerpt): FileChange | undefined {
  const [first, ...rest] = head.trimEnd().split("\n");
  if (first !== "created" && first !== "changed" && first !== "unchanged") return undefined;
  const tail = cut === undefined ? [] : ["…", ...cut.tail.trimEnd().split("\n")];
  return { became: first, difference: [...rest, ...tail] };
}
