/** Parts of a shell program as they are sent: less their comments and indentation. */
export function shellText(...parts: readonly string[]): string {
  return parts
    .join("")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("# "))
    .join("\n")
    .concat("\n");
}
