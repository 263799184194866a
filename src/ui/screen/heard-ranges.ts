/** Hosts as `compressHosts` writes them: `pi-w[1-3,7]`. */
const RANGE = /([\w.-]*)\[(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)\]((?:[\w.-]*\w)?)/g;

/**
 * Ranges of hosts in words: `pi-w[1-3,7]` becomes `pi-w1 to pi-w3, pi-w7`. What only looks like one, in code or in what
 * hosts print, is left as it is.
 * @param names of hosts
 */
export function heardRanges(text: string, names: ReadonlySet<string>): string {
  return text.replace(RANGE, (written, before: string, numbers: string, after: string) => {
    const ends = numbers.split(",").map((part) => part.split("-").map((number) => `${before}${number}${after}`));
    return ends.flat().every((name) => names.has(name)) ? ends.map((pair) => pair.join(" to ")).join(", ") : written;
  });
}
