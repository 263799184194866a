import { expandRanges } from "./name-range.ts";
import type { Problem } from "./names.ts";

/**
 * The addresses of the hosts that one entry stands for, in the order of their names. An address with as many hosts in
 * its ranges as the name has goes along with it (`pi-[1-3]` at `10.0.0.[11-13]`); without one it is the name itself.
 * IPv6 addresses may be bracketed, as in a URL; they come out without.
 */
export function expandAddresses(
  written: string | undefined,
  names: readonly string[],
  ranged: boolean,
): { readonly ok: true; readonly addresses: readonly string[] } | { readonly ok: false; readonly problem: Problem } {
  if (written === undefined) return { ok: true, addresses: names };
  const address = withoutBrackets(written);
  const wrong = (message: string, hint: string) => ({ ok: false, problem: { code: "WM2008", message, hint } }) as const;
  const expanded = expandRanges(address);
  if (!expanded.ok) return wrong(expanded.message, expanded.hint);
  if (expanded.values.length === names.length && expanded.ranged === ranged) {
    return { ok: true, addresses: expanded.values };
  }
  const message =
    expanded.values.length === 1
      ? `${names.length} hosts cannot share the address \`${address}\``
      : `\`${address}\` are ${expanded.values.length} addresses for ${names.length === 1 ? "one host" : `${names.length} hosts`}`;
  return wrong(message, "Give the address the same range as the name, or leave it out.");
}

function withoutBrackets(address: string): string {
  return /^\[([0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(?:%[^\]]+)?)\]$/.exec(address)?.[1] ?? address;
}
