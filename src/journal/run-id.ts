/**
 * Names a run: `YYYYMMDD-HHMMSS-xxxx`. In UTC, so that names sort in the order of their runs whatever clocks are
 * changed to in summer.
 * @param random four lower-case hex digits, for runs of the same second
 */
export function runId(at: Date, random: string): string {
  const digits = at.toISOString().replace(/[-:]|\.\d+Z$/g, "");
  return `${digits.replace("T", "-")}-${random}`;
}

/** What {@link runId} makes; anything else in the folder of runs is not ours. */
export function isRunId(name: string): boolean {
  return /^\d{8}-\d{6}-[0-9a-f]{4,}$/.test(name);
}
