import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeWhole } from "../../../src/cli/write-whole.ts";
import { temporaryFolder } from "../journal/temporary-folder.ts";

it("takes the place of a file that is there, and leaves nothing beside it", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "report.html");
  await writeFile(path, "of yesterday");
  await writeWhole(path, "report.html", "of today");
  expect(await readFile(path, "utf8")).toBe("of today");
  expect(await readdir(folder)).toEqual(["report.html"]);
});

it("says where it could not be written, and leaves nothing there", async () => {
  const folder = await temporaryFolder();
  await expect(writeWhole(join(folder, "no", "report.html"), "no/report.html", "text")).rejects.toMatchObject({
    code: "WM8080",
    message: expect.stringContaining("cannot write no/report.html"),
    hint: expect.stringContaining("--out"),
  });
  expect(await readdir(folder)).toEqual([]);
});
