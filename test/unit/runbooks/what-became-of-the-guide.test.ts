import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readGuide } from "../../../src/document/read-guide.ts";

/*
 * docs/raspberry-pi-cluster.md says which step carries out which instruction of the guide that the project began with.
 * It has to stay true when steps are renamed, added or removed. Its links to prose are checked in test/unit/docs.
 */

const ROOT = join(import.meta.dirname, "../../..");
const GUIDE = "runbooks/raspberry-pi-cluster.md";

const { runbook } = readGuide(GUIDE, readFileSync(join(ROOT, GUIDE)));
const steps = new Set(runbook?.steps.map(({ id }) => id));

const page = readFileSync(join(ROOT, "docs/raspberry-pi-cluster.md"), "utf8");
const [, became = "", isNew = ""] = page.split(/^## .*$/m);

/** The cells of a table's rows, without its head. */
const rowsOf = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(/^\| (.*) \|$/gm)].map((match) => (match[1] ?? "").split(" | ")).slice(2);

const idsIn = (cell: string): readonly string[] => [...cell.matchAll(/`#([^`]+)`/g)].map((match) => match[1] ?? "");

const instructions = rowsOf(became);
const added = rowsOf(isNew).flatMap(([cell = ""]) => idsIn(cell));
const carriedOut = new Set(instructions.flatMap(([, , here = ""]) => idsIn(here)));

describe("docs/raspberry-pi-cluster.md", () => {
  it("has a place for every instruction", () => {
    expect(instructions.length).toBeGreaterThan(70);
    for (const row of instructions) {
      const [, , here = ""] = row;
      expect(row).toHaveLength(3);
      expect(here).toMatch(/^(?:`#[a-z0-9-]+`(?:, `#[a-z0-9-]+`)*|prose: \[[^\]]+\]\([^)]+\))$/);
    }
  });

  it("names only steps that the guide has", () => {
    expect([...carriedOut, ...added].filter((id) => !steps.has(id))).toEqual([]);
  });

  it("names every step of the guide, as an instruction of old or as new", () => {
    expect([...steps].filter((id) => !carriedOut.has(id) && !added.includes(id))).toEqual([]);
    expect(added.filter((id) => carriedOut.has(id))).toEqual([]);
    expect(added).toEqual([...new Set(added)]);
  });
});
