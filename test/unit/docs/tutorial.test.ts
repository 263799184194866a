import { expect, it } from "vitest";
import { readGuide } from "../../../src/document/read-guide.ts";
import { page } from "./page.ts";
import { movesOf } from "./tutorial.ts";

const texts = movesOf(page("docs/tutorial.md")).flatMap((move) =>
  move.kind === "write" && move.file === "backups.md" ? [move.text] : [],
);
const read = (text: string) => readGuide("backups.md", new TextEncoder().encode(text));

it("docs/tutorial.md makes a guide of a post, step by step, and what it shows on the way is sound but for one slip", () => {
  const readings = texts.map(read);
  expect(readings[0]?.runbook).toBeUndefined();
  expect(readings.flatMap(({ diagnostics }) => diagnostics.map(({ message }) => message))).toEqual([
    "There is no key `captur`",
  ]);
  expect(readings.at(-1)?.runbook?.steps.map(({ id }) => id)).toEqual(["name", "archive", "readable", "delete"]);
});

it("docs/tutorial.md ends with a guide that is still the post: every sentence of the prose about it is there", () => {
  const last = texts.at(-1) ?? "";
  for (const kept of ["Last week a disk died", "## A name for the backup", "## Make the archives", "## Throw away"]) {
    expect(last.split(kept)).toHaveLength(2);
  }
});
