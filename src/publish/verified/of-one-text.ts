import type { Report } from "../report/report.ts";

/**
 * Those that are about the text of a page; where none is, those that are about the same text as the newest. What others
 * saw was another guide.
 * @param reports oldest first
 * @param digest SHA-256 of the page's text, hex
 */
export function ofOneText(
  reports: readonly Report[],
  digest: string,
): { readonly reports: readonly Report[]; readonly current: boolean } {
  const newest = reports.at(-1);
  const current = reports.some((report) => textOf(report) === digest);
  const text = current || newest === undefined ? digest : textOf(newest);
  return { reports: reports.filter((report) => textOf(report) === text), current };
}

/** The one that it used last. */
function textOf({ revisions }: Report): string | undefined {
  return revisions.at(-1)?.digest;
}
