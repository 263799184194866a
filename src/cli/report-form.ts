/** What a report may be: a page, text for a ticket, results for CI, or all of it for programs. */
export const REPORT_FORMS = ["html", "md", "junit", "json"] as const;

export interface ReportFlags {
  readonly to: (typeof REPORT_FORMS)[number];
  readonly out?: string;
  readonly stateDir?: string;
}
