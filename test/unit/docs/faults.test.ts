import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { page, ROOT } from "./page.ts";

/*
 * docs/failure.md promises that each row of its table is tried. The tests are read, not run: some of them need hosts
 * that cannot be had everywhere, and the promise is the same there.
 */

const table = /^## At a glance\n.*?(?=^## )/ms.exec(page("docs/failure.md").text)?.[0] ?? "";
const rows = [...table.matchAll(/^\| (.*?) \| (.*?) \| (.*?) \|$/gm)]
  .map(([, name = "", seen = "", todo = ""]) => ({ name, seen, todo }))
  .slice(2);

/** A `describe` or `test` at the margin, whatever it is called with. */
const ROW = /^(?:describe|test|it)\b[^"\n]*\(\s*"([^"]+)"/gm;

const folder = join(ROOT, "test/e2e");
const names = readdirSync(folder)
  .filter((name) => /^faults-.*\.test\.ts$/.test(name))
  .flatMap((name) => [...readFileSync(join(folder, name), "utf8").matchAll(ROW)])
  .map(([, name = ""]) => name);

it("docs/failure.md has a row for each test of the fault suite, and a test for each row", () => {
  expect(names.toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
});

it("docs/failure.md says of each what one sees, and what to do", () => {
  expect(rows.filter(({ seen, todo }) => seen.length < 10 || todo.length < 5)).toEqual([]);
});
