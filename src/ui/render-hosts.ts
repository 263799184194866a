import type { Disk, HostFindings, HostProblem, HostReport, ReachedHost } from "../model/host-report.ts";
import { renderColumns } from "./columns.ts";
import { countHosts } from "../story/compress-hosts.ts";
import { paint, sign } from "./style.ts";
import type { Sign, Style } from "./style.ts";
import { neutralize, oneLine } from "../story/terminal-text.ts";

const TITLES = ["  host", "user", "ms", "system", "sudo", "clock", "free"];

/**
 * `waymark hosts`: a line for each host, and below what is wrong and what to do about it.
 * @param problems of these hosts
 * @returns text that ends in a newline
 */
export function renderHosts(style: Style, reports: readonly HostReport[], problems: readonly HostProblem[]): string {
  const rows = reports.map((report) => [
    `${sign(style, signOf(report, problems))} ${report.host}`,
    ...(report.type === "reached" ? cellsOf(report) : ["", "", "unreachable", "", "", ""]),
  ]);
  const lines = [...renderColumns(style, TITLES, rows, TITLES.indexOf("system"))];
  for (const problem of problems) lines.push("", ...renderProblem(style, problem));
  return `${lines.join("\n")}\n`;
}

function signOf({ host, type }: HostReport, problems: readonly HostProblem[]): Sign {
  const own = problems.filter(({ hosts }) => hosts.includes(host));
  if (type === "unreachable" || own.some(({ severity }) => severity === "error")) return "failed";
  return own.length > 0 ? "unknown" : "ok";
}

function cellsOf({ facts, latencyMs, found }: ReachedHost): readonly string[] {
  const { os, arch, kernel } = facts;
  const system = os.id === "" ? kernel : `${os.id} ${os.version}`.trim();
  const known = [oneLine(facts.user), latencyMs.toFixed(latencyMs < 10 ? 1 : 0), oneLine(`${system} ${arch}`)];
  if (found.type === "refused") return [...known, "", "", ""];
  return [...known, found.sudo.type, formatSkew(found), formatFree(found)];
}

/** `+0.4 s`; where that is less than what cannot be known, `ok`. */
function formatSkew({ clock }: HostFindings): string {
  if (clock === undefined) return "";
  const seconds = clock.skewMs / 1000;
  if (Math.abs(clock.skewMs) <= Math.max(clock.uncertaintyMs, 50)) return "ok";
  return `${seconds < 0 ? "-" : "+"}${Math.abs(seconds).toFixed(Math.abs(seconds) < 100 ? 1 : 0)} s`;
}

/** Where runs are kept; `/` too, if that is another disk. */
function formatFree({ folderDisk, rootDisk }: HostFindings): string {
  if (folderDisk === undefined) return "";
  const apart = rootDisk !== undefined && rootDisk.device !== folderDisk.device;
  return `${formatDisk(folderDisk)}${apart ? `, / ${formatDisk(rootDisk)}` : ""}`;
}

/** In powers of 1000, as disks are sold. */
function formatDisk({ freeBytes }: Disk): string {
  const gigabytes = freeBytes / 1e9;
  if (gigabytes < 1) return `${Math.round(freeBytes / 1e6)} MB`;
  return `${gigabytes.toFixed(gigabytes < 10 ? 1 : 0)} GB`;
}

function renderProblem(style: Style, { hosts, severity, message, hint }: HostProblem): readonly string[] {
  const [first = ""] = hosts;
  const named = message.startsWith(`${first} `) || message.startsWith(`${first}:`) || message.includes(`${first} (`);
  const shape = sign(style, severity === "error" ? "failed" : "unknown");
  const who = hosts.length === 1 && named ? "" : `${paint(style, "bold", countHosts(hosts))}: `;
  const [line = "", ...more] = neutralize(message.replace(/\.$/, "")).split("\n");
  return [`${shape} ${who}${line}`, ...more.map((text) => `  ${text}`), `  ${neutralize(hint)}`];
}
