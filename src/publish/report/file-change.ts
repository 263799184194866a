import type { Excerpt, FileChange } from "./report.ts";

/**
 * What a step that writes a file has printed: what became of it, then how mode and owner changed, then a unified diff
 * (POSIX, utilities, diff -u).
 * @returns undefined for anything else, such as why it failed
 */
export function fileChange({ head, cut }: Excerpt): FileChange | undefined {
  const [first, ...rest] = head.trimEnd().split("\n");
  if (first !== "created" && first !== "changed" && first !== "unchanged") return undefined;
  const tail = cut === undefined ? [] : ["…", ...cut.tail.trimEnd().split("\n")];
  return { became: first, difference: [...withoutNames(rest), ...tail] };
}

/** What a unified diff begins with names the file, which is known; in homes it would be another on each host. */
function withoutNames(lines: readonly string[]): readonly string[] {
  const hunk = lines.findIndex((line) => line.startsWith("@@"));
  return lines.filter((line, index) => index >= hunk || !/^(---|\+\+\+) /.test(line));
}
