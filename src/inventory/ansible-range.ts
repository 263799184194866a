import { isPort } from "./destination.ts";
import type { Problem } from "./names.ts";

/** More hosts than this from one line is a typing mistake, and would fill the memory. */
const MOST = 100_000;

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

const HINT = "Write a range as `[1:3]`, `[01:16]`, `[a:f]` or `[0:10:2]`.";

export type HostPattern =
  | { readonly ok: true; readonly names: readonly string[]; readonly port?: number }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Reads the name of a host in an Ansible inventory: `web[01:50].lan`, with `:PORT` behind it where it has one (an IPv6
 * address stands in brackets then). Several ranges give every combination, the last one running fastest.
 */
export function readHostPattern(source: string): HostPattern {
  if (isIpv6(source)) {
    const [address = "", port] = source.slice(1).split(/\](?::|$)/);
    return withPort([address], port === "" ? undefined : port);
  }
  const [, plain, port] = /^((?:[^:[\]]|\[[^\]]*\])+):([^:]*)$/.exec(source) ?? [];
  const expanded = expand(plain ?? source);
  return Array.isArray(expanded) ? withPort(expanded, port) : { ok: false, problem: expanded as Problem };
}

/** An IPv6 address in brackets, whatever follows. */
export function isIpv6(source: string): boolean {
  return /^\[[\dA-Fa-f.]*:[\dA-Fa-f.]*:[\dA-Fa-f:.]*(?:%\w+)?\]/.test(source);
}

function withPort(names: readonly string[], port: string | undefined): HostPattern {
  if (port === undefined) return { ok: true, names };
  if (isPort(port)) return { ok: true, names, port: Number(port) };
  const problem = { code: "WM2004", message: `\`${port}\` is not a port`, hint: "A port is a number from 1 to 65535." };
  return { ok: false, problem };
}

function expand(source: string): readonly string[] | Problem {
  let names = [""];
  let end = 0;
  for (const match of source.matchAll(/\[([^[\]]*)\]/g)) {
    const steps = rangeSteps(match[1] ?? "");
    if (typeof steps === "string") return { code: "WM2008", message: steps, hint: HINT };
    if (steps.length * names.length > MOST) {
      const message = `\`${source}\` stands for more than ${MOST} hosts`;
      return { code: "WM2008", message, hint: "Use a smaller range." };
    }
    const before = source.slice(end, match.index);
    names = names.flatMap((name) => steps.map((step) => name + before + step));
    end = match.index + match[0].length;
  }
  if (/[[\]]/.test(source.replaceAll(/\[[^[\]]*\]/g, ""))) {
    return { code: "WM2008", message: `\`${source}\` has a bracket without its partner`, hint: HINT };
  }
  return names.map((name) => name + source.slice(end));
}

/** What a range runs through, or what is wrong with it. */
function rangeSteps(inside: string): readonly string[] | string {
  const [, begin = "", end = "", by = "1"] =
    /^(\d{0,9}|[A-Za-z]):(\d{1,9}|[A-Za-z])(?::(\d{1,9}))?$/.exec(inside) ?? [];
  const [first, last] = [begin, end].map((bound) => LETTERS.indexOf(bound === "" ? "?" : bound));
  const alphabetic = first !== undefined && last !== undefined && first >= 0 && last >= 0;
  if (end === "" || (!alphabetic && /[A-Za-z]/.test(begin + end))) return `\`[${inside}]\` is not a range`;
  const [from, to, step] = alphabetic ? [first, last, Number(by)] : [Number(begin), Number(end), Number(by)];
  if (step === 0) return `the range \`[${inside}]\` makes no steps`;
  if (to < from) return `the range \`[${inside}]\` runs backwards`;
  const count = Math.floor((to - from) / step) + 1;
  if (count > MOST) return `the range \`[${inside}]\` has more than ${MOST} steps`;
  const width = /^0\d/.test(begin) ? begin.length : 0;
  if (width > 0 && end.length !== width) return `the bounds of \`[${inside}]\` are not equally long`;
  return Array.from({ length: count }, (_, index) => {
    const at = from + index * step;
    return alphabetic ? LETTERS.charAt(at) : String(at).padStart(width, "0");
  });
}
