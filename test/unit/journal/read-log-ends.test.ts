import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { logSize, readLogEnds } from "../../../src/journal/read-log-ends.ts";
import { temporaryFolder } from "./temporary-folder.ts";

async function logOf(text: string): Promise<string> {
  const path = join(await temporaryFolder(), "a.log");
  await writeFile(path, text);
  return path;
}

it("is all of a log that is short", async () => {
  const path = await logOf("one\ntwo");
  expect(await logSize(path)).toBe(7);
  expect(await readLogEnds(path, 7)).toEqual({ head: "one\ntwo" });
});

it("is whole lines from the beginning and the end of one that is long, and says how much lies between", async () => {
  const text = Array.from({ length: 100 }, (_, line) => `line ${String(line).padStart(3, "0")}\n`).join("");
  expect(await readLogEnds(await logOf(text), 40)).toEqual({
    head: "line 000\n",
    cut: { bytes: 900 - 9 - 27, tail: "line 097\nline 098\nline 099\n" },
  });
});

it("cuts no character in two where a line is longer than what is read", async () => {
  const ends = await readLogEnds(await logOf("é".repeat(1000)), 102);
  expect(ends?.head).toMatch(/^é+$/);
  expect(ends?.cut?.tail).toMatch(/^é+$/);
  expect(ends?.cut?.bytes).toBe(2000 - 2 * ((ends?.head.length ?? 0) + (ends?.cut?.tail.length ?? 0)));
});

it("is nothing where there is no log, or nothing in it; and only its size where nothing may be read", async () => {
  const path = await logOf("");
  expect(await readLogEnds(path, 10)).toBeUndefined();
  expect(await readLogEnds(`${path}.gone`, 10)).toBeUndefined();
  expect(await logSize(`${path}.gone`)).toBe(0);
  expect(await readLogEnds(await logOf("abc"), 0)).toEqual({ head: "", cut: { bytes: 3, tail: "" } });
});
