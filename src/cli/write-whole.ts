import { randomBytes } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { WaymarkError } from "../model/errors.ts";

/**
 * Writes a file for others to read, whole or not at all; one that is there is replaced.
 * @param shown the name to use in messages
 * @throws {WaymarkError} WM8080
 */
export async function writeWhole(path: string, shown: string, text: string): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}`);
  try {
    await writeFile(draft, text, { flag: "wx" });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new WaymarkError("WM8080", `cannot write ${shown}: ${(error as Error).message}`, {
      hint: "check the folder's permissions and free space, or name another file with --out",
      cause: error,
    });
  }
}
