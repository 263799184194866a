/** The first of `count` rows that is shown in `height` of them, so that row `at` is seen, moved as little as can be. */
export function scrolledTo(at: number, top: number, height: number, count: number): number {
  const last = Math.max(0, count - height);
  const shown = at < top ? at : at >= top + height ? at - height + 1 : top;
  return Math.max(0, Math.min(shown, last));
}

/** The same with the row, where it can be, a third of the way down: what comes after it is what one reads. */
export function centredOn(at: number, height: number, count: number): number {
  return Math.max(0, Math.min(at - Math.floor(height / 3), Math.max(0, count - height)));
}
