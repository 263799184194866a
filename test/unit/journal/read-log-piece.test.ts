import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NO_LOG, readLogPiece } from "../../../src/journal/read-log-piece.ts";

test("a part of a log is read from its beginning or its end, and a log that is not there is empty", async () => {
  const folder = await mkdtemp(join(tmpdir(), "log-"));
  try {
    const path = join(folder, "a.log");
    await writeFile(path, "0123456789");
    const read = async (from: number, length: number) => {
      const { bytes, ...rest } = await readLogPiece(path, from, length);
      return { text: Buffer.from(bytes).toString(), ...rest };
    };
    expect(await read(2, 3)).toEqual({ text: "234", from: 2, size: 10 });
    expect(await read(-4, 100)).toEqual({ text: "6789", from: 6, size: 10 });
    expect(await read(-400, 2)).toEqual({ text: "01", from: 0, size: 10 });
    expect(await read(50, 5)).toEqual({ text: "", from: 10, size: 10 });
    expect(await readLogPiece(join(folder, "none.log"), 0, 5)).toEqual(NO_LOG);
  } finally {
    await rm(folder, { recursive: true });
  }
});
