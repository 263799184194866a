import { expect, it } from "vitest";
import { interpreterOf } from "../../../src/document/language.ts";
import { STEP_KEYS } from "../../../src/document/step-key.ts";
import { ROOTS } from "../../../src/expect/environment.ts";
import { page } from "./page.ts";

const { text } = page("docs/format.md");
const inCode = [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "");

it("docs/format.md names every key of a step", () => {
  const missing = [...STEP_KEYS.keys()].filter(
    (key) => !inCode.some((code) => new RegExp(`^\\{?${key}\\b`).test(code)),
  );
  expect(missing).toEqual([]);
});

it("docs/format.md says of every key in its table whether sections may have it", () => {
  const rows = text.match(/^\| `[a-z][^|]*\|.*\| (?:✓ )?\|$/gm) ?? [];
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows) {
    const key = /^\| `([a-z-]+)/.exec(row)?.[1] ?? "";
    const sections = STEP_KEYS.get(key)?.inherited;
    expect([key, row.endsWith("| ✓ |")]).toEqual([key, sections]);
  }
});

it("docs/format.md names everything that expressions can use", () => {
  for (const name of Object.keys(ROOTS.expect)) {
    expect(
      inCode.some((code) => code === name || code.startsWith(`${name}.`)),
      name,
    ).toBe(true);
  }
});

it("docs/format.md names languages that can be run", () => {
  const sentence = /^### Languages\n\n(.*?)blocks run with/ms.exec(text)?.[1] ?? "";
  const languages = [...sentence.matchAll(/`([a-z]+)`/g)].map((match) => match[1] ?? "");
  expect(languages.length).toBeGreaterThan(5);
  for (const language of languages) expect(interpreterOf(language), language).toBeDefined();
});
