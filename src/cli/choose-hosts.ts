import { join, resolve } from "node:path";
import { readGuide } from "../document/read-guide.ts";
import { matchHosts, unknownNames } from "../inventory/match-hosts.ts";
import { parsePattern } from "../inventory/pattern.ts";
import { WaymarkError } from "../model/errors.ts";
import { type Host, type Inventory, LOCAL } from "../model/inventory.ts";
import type { Diagnostic } from "../model/source.ts";
import { printDiagnostics } from "./diagnostics.ts";
import type { HostsFlags } from "./flags.ts";
import { type FoundInventory, type GuideHosts, readInventory } from "./inventory.ts";
import { readGiven } from "./read-given.ts";
import { resolveHosts } from "./ssh-config.ts";
import type { Surroundings } from "./terminal.ts";

/**
 * The hosts that `waymark hosts` is about: those of the guide, else of the folder, else of the flags. `hosts` are all,
 * those between among them.
 * @throws {WaymarkError} when there are none, or the inventory is wrong
 */
export async function chooseHosts(
  around: Surroundings,
  guide: string | undefined,
  flags: HostsFlags,
): Promise<{ readonly chosen: readonly Host[]; readonly hosts: readonly Host[] }> {
  const place = guide === undefined ? { path: join(around.cwd, "guide.md") } : await guideHosts(around, guide);
  const { inventory, diagnostics }: FoundInventory = await readInventory(around, place, flags);
  await refuseErrors(around, diagnostics);
  if (inventory.hosts.length === 0) {
    throw new WaymarkError("WM8021", "there are no hosts to reach", {
      hint: "name a hosts file (-i hosts.yaml) or hosts (--host worker=pi@192.168.0.27); `waymark init` writes an example",
    });
  }
  const chosen = new Set(limited(inventory, flags.limit ?? "all"));
  const resolved = await resolveHosts(around, inventory, chosen);
  await refuseErrors(around, resolved.diagnostics);
  const { hosts } = resolved;
  return { hosts, chosen: hosts.filter(({ name }) => chosen.has(name)) };
}

/** Prints warnings. @throws {WaymarkError} with the errors */
async function refuseErrors(around: Surroundings, diagnostics: readonly Diagnostic[]): Promise<void> {
  if (diagnostics.some(({ severity }) => severity === "error")) {
    const hint = "nothing was connected to; mend what is listed above";
    throw new WaymarkError("WM8020", "the hosts cannot be read", { hint, diagnostics });
  }
  if (diagnostics.length > 0) await printDiagnostics(around, diagnostics);
}

async function guideHosts(around: Surroundings, guide: string): Promise<GuideHosts> {
  const path = resolve(around.cwd, guide);
  const bytes = await readGiven(path, guide, "guide");
  const inline = readGuide(guide, bytes).runbook?.settings.hosts?.span;
  return { path, ...(inline !== undefined && { inline, text: new TextDecoder().decode(bytes) }) };
}

/** Names of hosts. */
function limited(inventory: Inventory, limit: string): readonly string[] {
  const parsed = parsePattern(limit);
  if (!parsed.ok) throw new WaymarkError("WM2020", `--limit ${limit}: ${parsed.message}`, { hint: parsed.hint });
  const [unknown] = unknownNames(parsed.pattern, inventory);
  if (unknown !== undefined) {
    throw new WaymarkError("WM2021", `--limit ${limit}: no host or group is called ${unknown.name}`, unknown);
  }
  const names = matchHosts(parsed.pattern, inventory).filter((name) => name !== LOCAL);
  if (names.length > 0) return names;
  throw new WaymarkError("WM2022", `--limit ${limit} matches no host`, { hint: "`waymark hosts` alone shows all" });
}
