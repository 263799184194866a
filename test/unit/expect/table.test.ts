import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseTable } from "../../../src/expect/table.ts";

const FIXTURES = new URL("../../fixtures/expect/", import.meta.url);

function rows(stdout: string): unknown[] {
  return parseTable(stdout).map((row) => Object.fromEntries(row));
}

/** As Go's text/tabwriter lays out what kubectl and docker print. */
function tabwriter(table: readonly (readonly string[])[], padding: number): string {
  const widths = table[0]?.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)) + padding) ?? [];
  return table.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("") + "\n").join("");
}

describe("listings as commands print them", () => {
  test.each(readdirSync(FIXTURES))("%s", (name) => {
    const read = (file: string): string => readFileSync(new URL(`${name}/${file}`, FIXTURES), "utf8");
    expect(rows(read("stdout.txt"))).toEqual(JSON.parse(read("rows.json")));
  });
});

test("a header alone has no rows, and neither has nothing", () => {
  expect(rows("")).toEqual([]);
  expect(rows("\n\n")).toEqual([]);
  expect(rows("NAME   STATUS\n")).toEqual([]);
});

test("lines may end in CR LF", () => {
  expect(rows("NAME   STATUS\r\npi-1   Ready\r\n")).toEqual([{ NAME: "pi-1", STATUS: "Ready" }]);
});

test("a column may be called constructor or __proto__", () => {
  const [row] = parseTable("constructor   __proto__\na             b\n");
  expect(row?.get("constructor")).toBe("a");
  expect(row?.get("__proto__")).toBe("b");
});

test("megabytes of words on one line are no header", () => {
  expect(rows(`${"word ".repeat(500_000)}\nvalue\n`)).toEqual([]);
});

describe("laws", () => {
  const header = fc.stringMatching(/^[A-Z]{1,6}( [A-Z]{1,5})?$/);
  const cell = fc.oneof(fc.constant(""), fc.stringMatching(/^[a-z0-9/<>:.-]{1,8}( [a-z0-9()]{1,5}){0,2}$/));
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/);

  test("what tabwriter aligned with three blanks comes back cell by cell", () => {
    const tables = fc.uniqueArray(header, { minLength: 2, maxLength: 6 }).chain((names) =>
      fc.tuple(
        fc.constant(names),
        fc.array(fc.tuple(name, fc.array(cell, { minLength: names.length - 1, maxLength: names.length - 1 })), {
          maxLength: 6,
        }),
      ),
    );
    fc.assert(
      fc.property(tables, ([names, body]) => {
        const lines = body.map(([first, others]) => [first, ...others]);
        const expected = lines.map((line) => Object.fromEntries(names.map((key, i) => [key, line[i]])));
        expect(rows(tabwriter([names, ...lines], 3))).toEqual(expected);
      }),
    );
  });

  test("flush-right numbers between a name and a path stand under their headers", () => {
    const line = fc.tuple(name, fc.nat(999_999), fc.nat(99), fc.stringMatching(/^\/[a-z/ ]{0,10}[a-z]$/));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (lines) => {
        const width = Math.max(10, ...lines.map(([device]) => device.length));
        const size = Math.max(4, ...lines.map(([, blocks]) => String(blocks).length));
        const text = [
          `${"Filesystem".padEnd(width)} ${"Size".padStart(size)} Use% Mounted on`,
          ...lines.map(
            ([device, blocks, use, mount]) =>
              `${device.padEnd(width)} ${String(blocks).padStart(size)} ${`${use}%`.padStart(4)} ${mount}`,
          ),
        ].join("\n");
        expect(rows(text)).toEqual(
          lines.map(([device, blocks, use, mount]) => ({
            Filesystem: device,
            Size: String(blocks),
            "Use%": `${use}%`,
            "Mounted on": mount,
          })),
        );
      }),
    );
  });

  test("never throws, and every row has every column", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.string({ unit: fc.constantFrom("A", "b", "1", " ", "  ", "\t", "\n", "│", "└─", "/", "%"), maxLength: 200 }),
    );
    fc.assert(
      fc.property(text, (stdout) => {
        const table = parseTable(stdout);
        expect(new Set(table.map((row) => [...row.keys()].join("\n"))).size).toBeLessThanOrEqual(1);
      }),
      { numRuns: 400 },
    );
  });
});
