/** More hosts than this from one entry is a typing mistake, and would fill the memory. */
const MOST = 100_000;

export type Expansion =
  | { readonly ok: true; readonly values: readonly string[]; readonly ranged: boolean }
  | { readonly ok: false; readonly message: string; readonly hint: string; readonly offset: number };

/**
 * Expands `pi-[1-3]` to `pi-1`, `pi-2`, `pi-3` and `n[08-10]` to `n08`, `n09`, `n10`. A first number with leading
 * zeros fixes the width. Several ranges give every combination, the last one running fastest.
 */
export function expandRanges(source: string): Expansion {
  let values = [""];
  let ranged = false;
  let end = 0;
  for (const match of source.matchAll(/\[([^[\]]*)\]/g)) {
    const numbers = rangeNumbers(match[1] ?? "");
    if (typeof numbers === "string") {
      return { ok: false, message: numbers, hint: "Write a range as `[1-3]` or `[01-16]`.", offset: match.index };
    }
    if (numbers.length * values.length > MOST) {
      const message = `\`${source}\` stands for more than ${MOST} hosts`;
      return { ok: false, message, hint: "Use a smaller range.", offset: match.index };
    }
    const before = source.slice(end, match.index);
    values = values.flatMap((value) => numbers.map((number) => value + before + number));
    ranged = true;
    end = match.index + match[0].length;
  }
  const rest = source.slice(end);
  const stray = source.replaceAll(/\[[^[\]]*\]/g, (whole) => " ".repeat(whole.length)).search(/[[\]]/);
  if (stray >= 0) {
    const message = `\`${source}\` has a bracket without its partner`;
    return { ok: false, message, hint: "Write a range as `[1-3]` or `[01-16]`.", offset: stray };
  }
  return { ok: true, values: values.map((value) => value + rest), ranged };
}

/** The numbers between the brackets, or what is wrong with them. */
function rangeNumbers(inside: string): readonly string[] | string {
  const [, first, last] = /^(\d{1,9})-(\d{1,9})$/.exec(inside) ?? [];
  if (first === undefined || last === undefined) return `\`[${inside}]\` is not a range`;
  const [from, to] = [Number(first), Number(last)];
  if (to < from) return `the range \`[${inside}]\` runs backwards`;
  if (to - from >= MOST) return `the range \`[${inside}]\` has more than ${MOST} numbers`;
  const width = first.startsWith("0") ? first.length : 0;
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index).padStart(width, "0"));
}
