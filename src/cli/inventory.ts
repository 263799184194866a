import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseAdHocHosts } from "../inventory/ad-hoc-hosts.ts";
import { type InventoryReading, readInlineHosts } from "../inventory/hosts-file.ts";
import { type FileReading, readInventoryFile } from "../inventory/inventory-file.ts";
import { mergeInventories } from "../inventory/merge-inventories.ts";
import type { InventorySource } from "../model/event.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Diagnostic, Span } from "../model/source.ts";
import { readGiven } from "./read-given.ts";
import { type Surroundings, shownPath } from "./terminal.ts";

/** A guide, as far as it may say where its hosts are. */
export interface GuideHosts {
  /** Absolute. */
  readonly path: string;
  readonly text?: string;
  /** Of `runbook.hosts` in its front matter. */
  readonly inline?: Span;
}

export interface FoundInventory {
  readonly inventory: Inventory;
  readonly source: InventorySource;
  readonly diagnostics: readonly Diagnostic[];
}

/** The hosts of a run: `-i FILE`, else `hosts.yaml` beside the guide, else the guide's own; and those of `--host`. */
export async function readInventory(
  around: Surroundings,
  guide: GuideHosts,
  flags: { readonly inventory?: string; readonly host?: readonly string[] },
  earlier?: InventorySource,
): Promise<FoundInventory> {
  const hosts = flags.host !== undefined && flags.host.length > 0 ? flags.host : (earlier?.hosts ?? []);
  const adHoc = parseAdHocHosts(hosts);
  const given = flags.inventory === undefined ? earlier?.file : resolve(around.cwd, flags.inventory);
  const beside = join(dirname(guide.path), "hosts.yaml");
  const file = given ?? (hosts.length === 0 && (await exists(beside)) ? beside : undefined);
  const reading = await read(around, guide, file, hosts.length > 0);
  const merged = mergeInventories(reading.inventory, adHoc.hosts);
  return {
    inventory: merged.inventory,
    source: { hosts, ...(file !== undefined && { file }) },
    diagnostics: [...reading.diagnostics, ...adHoc.diagnostics, ...merged.diagnostics],
  };
}

async function read(
  around: Surroundings,
  guide: GuideHosts,
  file: string | undefined,
  adHoc: boolean,
): Promise<InventoryReading> {
  if (file !== undefined) {
    const shown = shownPath(around, file);
    const text = new TextDecoder().decode(await readGiven(file, shown, "hosts file"));
    return withUnread(readInventoryFile(shown, text, around), file, shown);
  }
  if (guide.inline === undefined || guide.text === undefined || adHoc) return { diagnostics: [] };
  return readInlineHosts(shownPath(around, guide.path), guide.text, guide.inline, around);
}

/** Where Ansible would look for more variables. */
async function withUnread(reading: FileReading, file: string, shown: string): Promise<InventoryReading> {
  if (reading.form !== "ansible") return reading;
  const folders = ["group_vars", "host_vars"];
  const present = await Promise.all(folders.map((folder) => exists(join(dirname(file), folder))));
  const unread = folders
    .filter((_, index) => present[index])
    .map((folder): Diagnostic => ({
      code: "WM2048",
      severity: "warning",
      message: `The variables in \`${folder}\` beside it are not read`,
      hint: "Write those that steps need into the inventory: `ansible-inventory -i FILE --list --yaml` has them all.",
      file: shown,
    }));
  return { ...reading, diagnostics: [...reading.diagnostics, ...unread] };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
