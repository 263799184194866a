import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, WaymarkError } from "../model/errors.ts";
import { makeFolder, writeDurably } from "./durable-file.ts";
import type { RunFolder } from "./run-folder.ts";

/** Digits of the digest that name a revision's file. */
const NAME_DIGITS = 12;

/**
 * Keeps a revision of the guide; one that is kept already is left alone.
 * @returns its digest: SHA-256 of the bytes, lower-case hex
 */
export async function saveGuide(folder: Pick<RunFolder, "path">, guide: Uint8Array): Promise<string> {
  const digest = digestOf(guide);
  const path = guidePath(folder, digest);
  const kept = await readFile(path).catch(() => undefined);
  // A file with the right name and wrong bytes is a leftover of trouble; its bytes are at hand, so it is mended.
  if (kept !== undefined && digestOf(kept) === digest) return digest;
  await makeFolder(join(folder.path, "guide"));
  await writeDurably(path, guide);
  return digest;
}

/**
 * Reads a kept revision back.
 * @throws {WaymarkError} WM7004 when it is gone or is not what was kept
 */
export async function readGuide(folder: Pick<RunFolder, "path">, digest: string): Promise<Uint8Array> {
  const path = guidePath(folder, digest);
  let cause: unknown;
  const guide = await readFile(path).catch((error: unknown) => {
    cause = error;
  });
  if (guide !== undefined && digestOf(guide) === digest) return guide;
  const what = guide === undefined ? "cannot be read" : "is not what was kept (its digest differs)";
  throw new WaymarkError("WM7004", `${path} ${what}`, {
    hint: "put the guide's text of that time back there, or start anew with `waymark run --new`",
    exit: EXIT.usage,
    cause,
  });
}

function guidePath(folder: Pick<RunFolder, "path">, digest: string): string {
  return join(folder.path, "guide", `${digest.slice(0, NAME_DIGITS)}.md`);
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
