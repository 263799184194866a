import fc from "fast-check";
import { expect, test } from "vitest";
import { parseMarkdown } from "../../../../src/document/markdown.ts";
import { type Form, FORMS } from "../../../../src/publish/markdown/form.ts";
import { makeMarkdown } from "../../../../src/publish/markdown/make-markdown.ts";
import { nodesOf } from "../../../../src/publish/markdown/visit.ts";
import { readPage, type SourcePage } from "../../../../src/publish/site/read-page.ts";
import { renderMdx } from "./compile-mdx.mjs";

function page(text: string): SourcePage {
  return readPage({ file: "guide.md", path: "guide.md", bytes: new TextEncoder().encode(text) }, true);
}

/** What guides are made of, and what is easily read as something else. */
const PIECES = [
  "word",
  "a {brace} b",
  "1 < 2 > 0",
  "import x",
  "export y {",
  "<https://a.b/{c}>",
  "https://a.b/c_d{e}",
  "![an {alt}](x.png)",
  "[a {b} c]",
  "[a {b}]: x.md",
  "[a ![b](c.png) *d*](e.md) [f][a {b}]",
  "[- g ![h](i.png)](guide.md#x) ![j\nk][a {b}]",
  "[l\nm](<no where.md> 'n\no') [p](#title)",
  "a:b ::c",
  "<kbd>Ctrl</kbd> <b>",
  "</b> <i>x</b></i>",
  "<details><summary>a *b* {c}</summary>",
  "</details>",
  "<div>\n*x* {y}\n</div>",
  "<p>a</p> <p>\n",
  "<!-- quiet */ {x} -->",
  "<!-- two\n\nlines -->",
  "<!-- waymark: on=all -->",
  "<script>alert({})</script>",
  "`{a} <b>`",
  "\\{ \\< \\:",
  "**bold _both_**",
  "hard\\\nbreak",
  "{{< x >}} {{% y",
  "| a{b} | <c> |\n| --- | --- |\n| `d` | e:f |",
  "    indented {code} <x>",
  "```bash\necho {a} <b\n```",
  "```bash {#ID on=all sudo}\necho '{{< x >}}'\n\techo tab\n```",
  '~~~~sh {on=worker checkpoint="Look: {x} <y>"}\necho ```\n~~~\n~~~~',
  "```output\na [..] {b}\n```",
  "```expect\nexit == 0\n```",
  "- [ ] task {x}",
  "text[^1]\n\n[^1]: note {x}",
  "Title {x} {#id}\n===",
  "# Title: {x} <y> {#id}",
  "> [!WARNING]\n> a {x}\n> - b",
  "[!TIP]\n",
  "at 10:30",
  '<img src="i.png" alt="{a} <b>" width=3>',
];
const PREFIXES = ["", "", "", "- ", "  ", "> ", "1. ", "> - ", "    ", "- > "];
const GAPS = ["\n", "\n\n", "\n\n"];

const guides = fc
  .array(fc.tuple(fc.constantFrom(...PREFIXES), fc.constantFrom(...PIECES), fc.constantFrom(...GAPS)), {
    minLength: 1,
    maxLength: 12,
  })
  .map((parts) =>
    parts
      .map(([prefix, piece, gap], index) => {
        const blanks = prefix.replaceAll(/[^>\s]/g, " ");
        return prefix + piece.replace("ID", `s${index}`).replaceAll("\n", `\n${blanks}`) + gap;
      })
      .join(""),
  );

/** Half of them between the headings of two alternatives. */
const tabbed = fc.tuple(guides, guides, fc.boolean()).map(([first, second, isTabbed]) => {
  if (!isTabbed) return first;
  const alternative = (choice: string): string =>
    `## ${choice}\n\n<!-- waymark section: when="vars.N == '${choice}'" -->\n`;
  const front = "---\nrunbook: { inputs: { N: { choices: [a, b] } } }\n---\n\n";
  return `${front}${alternative("a")}\n${first}\n${alternative("b")}\n${second.replaceAll(/#s(\d+)/g, "#t$1")}\n## End\n`;
});

test("whatever a guide is made of, no form loses its code, and MDX can be read", async () => {
  await fc.assert(
    fc.asyncProperty(tabbed, async (text) => {
      const source = page(text);
      if (source.diagnostics.some(({ severity }) => severity === "error")) return;
      for (const form of FORMS) {
        const shown = publishedAs(source, form);
        expect(publishedAs(source, form)).toBe(shown);
        // Footnotes stand at the end of a page.
        if (form === "docusaurus")
          expect(
            codeIn(await renderMdx(shown))
              .filter(isOfGuide)
              .toSorted(),
          ).toEqual(codeOf(text).toSorted());
        if (form === "github") expect(codeOf(shown).filter(isOfGuide)).toEqual(codeOf(text));
      }
    }),
    { seed: 8, numRuns: 40 },
  );
});

/** The values to be set first are ours. */
function isOfGuide(code: string): boolean {
  return !code.startsWith("export N=");
}

/** The same in HTML. */
function codeIn(html: string): readonly string[] {
  return [...html.matchAll(/<pre><code([^>]*)>([\s\S]*?)\n?<\/code><\/pre>/g)].flatMap(
    ([, attributes = "", code = ""]) =>
      /language-(?:text|output|expect)\b/.test(attributes)
        ? []
        : [code.replaceAll("&lt;", "<").replaceAll("&quot;", '"').replaceAll("&amp;", "&")],
  );
}

/** With one picture beside it. */
function publishedAs(source: SourcePage, form: Form): string {
  return String(makeMarkdown([source], new Map([["i.png", new Uint8Array()]]), form).files[0]?.content);
}

/** Commands, without what is expected of them. */
function codeOf(text: string): readonly string[] {
  return [...nodesOf(parseMarkdown(text))].flatMap(({ node }) =>
    node.type === "code" && !["expect", "output", "text"].includes(node.lang ?? "") ? [node.value] : [],
  );
}
