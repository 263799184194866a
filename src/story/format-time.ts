/** A duration for people, in two units at most: `0.4 s`, `12 s`, `6 min 12 s`, `1 h 02 min`. */
export function formatDuration(ms: number): string {
  if (ms < 9950) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** A setting such as a timeout, exactly: `90 s`, `30 min`, `500 ms`. */
export function formatSetting(ms: number): string {
  const units = [
    [3_600_000, "h"],
    [60_000, "min"],
    [1000, "s"],
  ] as const;
  for (const [length, unit] of units) if (ms >= length && ms % length === 0) return `${ms / length} ${unit}`;
  return `${ms} ms`;
}

/** A moment in the reader's own time zone: `2026-11-22 18:41`. */
export function formatMoment(iso: string): string {
  const at = new Date(iso);
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** A time of day in the reader's own time zone: `18:41`. */
export function clockTime(iso: string): string {
  return formatMoment(iso).slice(-5);
}

/** The same to the second: `18:41:07`. */
export function timeOfDay(iso: string): string {
  return `${clockTime(iso)}:${two(new Date(iso).getSeconds())}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
