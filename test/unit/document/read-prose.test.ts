import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readProse } from "../../../src/document/read-prose.ts";
import type { Inline, ProseBlock } from "../../../src/model/prose.ts";

const read = (text: string): readonly ProseBlock[] => readProse(Buffer.from(text)).blocks;
const words = (text: readonly Inline[]): string => text.map((inline) => inline.text).join("");

describe("what a reader sees of a guide", () => {
  test("headings, paragraphs and rules, each with its line", () => {
    const blocks = read("---\ntitle: T\n---\n\n# Title {#top}\n\nTwo\nlines.\n\n---\n");
    expect(blocks.map(({ kind, line }) => `${line} ${kind}`)).toEqual(["5 heading", "7 paragraph", "10 rule"]);
    expect(blocks[0]).toMatchObject({ depth: 1, text: [{ text: "Title" }] });
    expect(blocks[1]?.kind === "paragraph" && words(blocks[1].text)).toBe("Two lines.");
  });

  test("marks within a line, and where links lead to", () => {
    const [paragraph] = read("A **bold _both_** `code` ~~gone~~ [link](http://a.example) [ref][r]\n\n[r]: /there\n");
    expect(paragraph?.kind === "paragraph" && paragraph.text).toEqual([
      { text: "A ", marks: [] },
      { text: "bold ", marks: ["strong"] },
      { text: "both", marks: ["strong", "emphasis"] },
      { text: " ", marks: [] },
      { text: "code", marks: ["code"] },
      { text: " ", marks: [] },
      { text: "gone", marks: ["deleted"] },
      { text: " ", marks: [] },
      { text: "link", marks: [], link: "http://a.example" },
      { text: " ", marks: [] },
      { text: "ref", marks: [], link: "/there" },
    ]);
  });

  test("code without the braces behind its language", () => {
    expect(read("```bash {#x on=all}\na\n\nb\n```\n\n```sh{on=all}\nc\n```\n\n    d\n")).toEqual([
      { kind: "code", language: "bash", code: "a\n\nb\n", line: 1 },
      { kind: "code", language: "sh", code: "c\n", line: 7 },
      { kind: "code", language: "", code: "d\n", line: 11 },
    ]);
  });

  test("lists within lists, numbers and boxes", () => {
    const [list] = read("3. one\n   - [x] done\n   - [ ] open\n4. two\n");
    expect(list).toMatchObject({
      kind: "list",
      start: 3,
      items: [
        { blocks: [{ kind: "paragraph" }, { kind: "list", items: [{ checked: true }, { checked: false }] }] },
        { blocks: [{ kind: "paragraph" }] },
      ],
    });
  });

  test("quotes and tables", () => {
    const [quote, table] = read("> said\n\n| a | b |\n|---|--:|\n| 1 | *2* |\n");
    expect(quote).toMatchObject({ kind: "quote", blocks: [{ kind: "paragraph" }] });
    expect(table).toMatchObject({ kind: "table", align: ["left", "right"] });
    expect(table?.kind === "table" && table.rows.map((row) => row.map(words))).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
  });

  test("alerts as GitHub has them, and quotes that only look alike", () => {
    expect(read("> [!WARNING]\n> Take *care*.\n>\n> - now\n")).toMatchObject([
      { kind: "quote", alert: "warning", blocks: [{ kind: "paragraph" }, { kind: "list" }] },
    ]);
    const [tip] = read("> [!tip]\n>\n> ```sh\n> x\n> ```\n");
    expect(tip).toMatchObject({ alert: "tip", blocks: [{ kind: "code" }] });
    const said = read(
      "> [!NOTE] x\n\n---\n\n> [!NOTE] **x**\n> y\n\n---\n\n> [!OTHER]\n> x\n\n---\n\n> x\n> [!NOTE]\n",
    );
    for (const block of said) expect(block).not.toHaveProperty("alert");
  });

  test("nobody sees comments and tags", () => {
    const blocks = read(
      "<!-- waymark: #x on=all -->\n\na <!-- b --> <kbd>c</kbd>\n\n<details>\n<summary>More</summary>\n",
    );
    expect(blocks.map((block) => (block.kind === "paragraph" ? words(block.text) : block.kind))).toEqual([
      "a  c",
      "More",
    ]);
  });

  test("nesting without end is shown as it stands", () => {
    const text = `${"> ".repeat(8_000)}a\n`;
    expect(read(text)).toEqual([{ kind: "code", language: "markdown", code: text, line: 1 }]);
  });

  test("the guide it began with reads as its author wrote it", () => {
    const guide = readFileSync(new URL("../../../runbooks/raspberry-pi-cluster.md", import.meta.url));
    const { blocks } = readProse(guide);
    expect(blocks.filter(({ kind }) => kind === "heading").length).toBeGreaterThan(5);
    expect(JSON.stringify(blocks)).not.toContain("waymark:");
  });
});
