/**
 * How much of each output may be shown, where together they may not be more than `total`: all of those that are small,
 * and equal shares of the others.
 * @param sizes in bytes
 * @param most of one
 * @returns the limit of each one; 0 where equal shares would be less than `least`
 */
export function fairShare(sizes: readonly number[], { total, most, least }: Limits): number {
  const wanted = sizes.map((size) => Math.min(size, most)).toSorted((a, b) => a - b);
  let room = total;
  for (const [index, size] of wanted.entries()) {
    const share = room / (wanted.length - index);
    if (size > share) return share < least ? 0 : Math.floor(share);
    room -= size;
  }
  return most;
}

export interface Limits {
  readonly total: number;
  readonly most: number;
  readonly least: number;
}
