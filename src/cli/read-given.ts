import { readFile } from "node:fs/promises";
import { WaymarkError } from "../model/errors.ts";

/**
 * Reads a file that the user named, or that goes with one.
 * @param shown the name to use in messages
 * @throws {WaymarkError} WM8006
 */
export async function readGiven(path: string, shown: string, what: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const isFolder = (error as NodeJS.ErrnoException).code === "EISDIR";
    throw new WaymarkError(
      "WM8006",
      `the ${what} ${shown} ${isFolder ? "is a folder" : `cannot be read: ${(error as Error).message}`}`,
      { hint: isFolder ? "name a file in it" : "check the path and its permissions", cause: error },
    );
  }
}
