import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Span } from "../../../src/model/source.ts";
import { readGuide } from "../../../src/document/read-guide.ts";

const FOLDER = new URL("../../fixtures/document/", import.meta.url);

for (const name of readdirSync(FOLDER)) {
  const folder = new URL(`${name}/`, FOLDER);
  const bytes = readFileSync(new URL("guide.md", folder));
  const { runbook, diagnostics } = readGuide("guide.md", bytes);

  test(`${name}: the runbook and its problems are those beside it`, async () => {
    await expect(written(runbook ?? null)).toMatchFileSnapshot(new URL("runbook.json", folder).pathname);
    await expect(written(diagnostics)).toMatchFileSnapshot(new URL("diagnostics.json", folder).pathname);
  });

  test(`${name}: a byte order mark and CRLF line ends change nothing, not even lines and columns`, () => {
    const windows = `\u{feff}${bytes.toString("utf8").replaceAll("\n", "\r\n")}`;
    expect(written(readGuide("guide.md", Buffer.from(windows)))).toBe(written(readGuide("guide.md", bytes)));
  });
}

/** JSON with spans as `line:column-line:column`, so that a person can check them against the guide. */
function written(value: unknown): string {
  const shorten = (_key: string, part: unknown): unknown => {
    if (!isSpan(part)) return part;
    const { start, end } = part;
    return `${start.line}:${start.column}-${end.line}:${end.column}`;
  };
  return `${JSON.stringify(value, shorten, 2)}\n`;
}

function isSpan(part: unknown): part is Span {
  return typeof part === "object" && part !== null && "start" in part && "end" in part;
}
