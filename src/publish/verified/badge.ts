import { toHtml } from "hast-util-to-html";
import { s } from "hastscript";
import { plural } from "../../story/plural.ts";
import type { Verified, VerifiedSystem } from "./verified-of.ts";

const HEIGHT = 20;
/** Of a character of 11 px in Verdana and what stands in for it; the text is fitted to it. */
const CHARACTER = 6.6;
const MARGIN = 7;
/** Characters of a system's name. */
const LONGEST_NAME = 24;

const COLORS: Readonly<Record<Verified["status"], string>> = {
  passed: "#1a7f37",
  partial: "#8a5800",
  failed: "#c0202d",
};

/** `verified | 2026-11-22 · 3 hosts · Debian 12` as an SVG picture, which needs nothing else. */
export function badge(verified: Verified): string {
  const { status, at, hosts, systems } = verified;
  const name = status === "passed" ? "verified" : status === "partial" ? "partly verified" : "failed";
  const fact = [at.slice(0, 10), plural(hosts, "host"), ...systemWords(systems)].join(" · ");
  const [left, right] = [widthOf(name), widthOf(fact)];
  const label = (text: string, x: number, width: number) =>
    s("text", { x: x + MARGIN, y: 14, textLength: width - 2 * MARGIN }, text);
  const picture = s(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width: left + right,
      height: HEIGHT,
      role: "img",
      ariaLabel: `${name}: ${fact}`,
    },
    [
      s("title", `${name}: ${fact}`),
      s("rect", { width: left + right, height: HEIGHT, rx: 3, fill: "#444c56" }),
      s("path", { d: `M${left} 0h${right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1 -3 3h-${right - 3}z`, fill: COLORS[status] }),
      s("g", { fill: "#fff", fontFamily: "Verdana,DejaVu Sans,sans-serif", fontSize: 11 }, [
        label(name, 0, left),
        label(fact, left, right),
      ]),
    ],
  );
  return `${toHtml(picture, { space: "svg", closeEmptyElements: true })}\n`;
}

/** `Debian 12` of `Debian GNU/Linux 12 (bookworm)`: there is little room. */
function systemWords(systems: readonly VerifiedSystem[]): readonly string[] {
  const names = new Set(systems.map(({ os }) => os.replace(" GNU/Linux", "").replace(/ \(.*\)$/, "")));
  const [name] = names;
  if (name === undefined) return [];
  return [names.size === 1 && name.length <= LONGEST_NAME ? name : plural(names.size, "system")];
}

function widthOf(text: string): number {
  return Math.round(text.length * CHARACTER) + 2 * MARGIN;
}
