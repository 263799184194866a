/** A message of the CEL library, in the middle of a sentence and with the names that guides use. */
export function plain(summary: string): string {
  const text = summary
    .replaceAll(/google\.protobuf\.(Duration|Timestamp)/g, (_, name: string) => name.toLowerCase())
    .replaceAll(/dyn<(\w+)>/g, "$1");
  return text.charAt(0).toLowerCase() + text.slice(1);
}
