/** How many names there are for the runs of one millisecond: all that four hex digits hold. */
const A_MILLISECOND = 65;

/**
 * Names a run: `YYYYMMDD-HHMMSS-xxxx`. In UTC, so that names sort in the order of their runs whatever clocks are
 * changed to in summer; the digits at the end sort those of one second.
 * @param random from 0 up to, but not, 1, for runs of the same millisecond
 */
export function runId(at: Date, random: number): string {
  const digits = at.toISOString().replace(/[-:]|\.\d+Z$/g, "");
  const within = at.getUTCMilliseconds() * A_MILLISECOND + Math.floor(random * A_MILLISECOND);
  return `${digits.replace("T", "-")}-${within.toString(16).padStart(4, "0")}`;
}

/** What {@link runId} makes; anything else in the folder of runs is not ours. */
export function isRunId(name: string): boolean {
  return /^\d{8}-\d{6}-[0-9a-f]{4,}$/.test(name);
}
