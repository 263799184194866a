import { describe, expect, test } from "vitest";
import type { Form } from "../../../../src/publish/markdown/form.ts";
import { makeMarkdown } from "../../../../src/publish/markdown/make-markdown.ts";
import { readPage, type SourcePage } from "../../../../src/publish/site/read-page.ts";

const pageOf = (path: string, text: string): SourcePage =>
  readPage({ file: path, path, bytes: new TextEncoder().encode(text) }, false);

const PICTURES = new Map(
  ["k8s/map.svg", "rack.png", "My Pics (old)/a b.png"].map((path) => [path, new Uint8Array([1])]),
);

/** A guide at `k8s/guide.md` and what is beside it, in a form. */
function published(text: string, form: Form, file = "k8s/guide.md") {
  const pages = [
    pageOf(file, text),
    ...["README.md", "k8s/index.md", "k8s/other.md", "x y/b(1).markdown"].map((path) => pageOf(path, "## X\n\n## Y\n")),
  ];
  const { files, diagnostics } = makeMarkdown(pages, PICTURES, form);
  return {
    text: String(files[0]?.content)
      .replace(/^---\n[\s\S]*?---\n/, "")
      .trim(),
    paths: files.map(({ path }) => path),
    warnings: diagnostics.map(
      ({ code, message, span }) => `${span?.start.line} ${code} ${/`[^`]*`/.exec(message)?.[0]}`,
    ),
  };
}

describe("links between guides that are published together", () => {
  test("stay where they lead to the file already, and lead to it elsewhere", () => {
    const text =
      '[a](other.md#x) [b](../README.md "T") [c](.) [d](../?x#y) [e](<../x y/b(1).markdown>)\n\n[f][] [g *h*][f] [i][j]\n\n' +
      "[f]: ./other.md\n[j]: ../ 'Home'";
    for (const form of ["github", "mkdocs"] as const) {
      expect(published(text, form)).toMatchObject({
        text:
          '[a](other.md#x) [b](../README.md "T") [c](index.md) [d](../README.md#y) [e](<../x y/b(1).markdown>)\n\n' +
          '[f][] [g *h*][f] [i](../README.md "Home")\n\n[f]: ./other.md\n[j]: #',
        warnings: [],
      });
    }
    expect(published(text, "docusaurus").text).toContain("[e](../x%20y/b%281%29.md)");
  });

  test("are found by Hugo, wherever the site has its pages", () => {
    const text =
      '[a](other.md#x) [b](../ "Ho\\"me") [c](./#top) [d](<../x y/b(1).markdown>) [e](guide.md#e) [f](#e) [g]\n\n[g]: other.md#é';
    expect(published(text, "hugo")).toMatchObject({
      text:
        '[a]({{< relref "other.md#x" >}}) [b]({{< relref "../_index.md" >}} "Ho\\"me") [c]({{< relref "_index.md#top" >}}) ' +
        '[d]({{< relref "../x%20y/b%281%29.markdown" >}}) [e](#e) [f](#e) [g]({{< relref "other.md#é" >}})\n\n[g]: #',
      paths: [
        "k8s/guide.md",
        "_index.md",
        "k8s/_index.md",
        "k8s/other.md",
        "x y/b(1).markdown",
        "k8s/map.svg",
        "rack.png",
      ].concat("my-pics-old/a b.png"),
    });
  });

  test("that lead elsewhere are left alone, shortcodes are not links, code is code", () => {
    const text = "[a](https://b.c/d.md) <e@f.g> [h](/i) [j](#k) `[l](m.md)` [n](//o.p) ![q](https://r.s/t.png)";
    expect(published(text, "github")).toMatchObject({ text, warnings: ["1 WM8056 `#k`"] });
    expect(published('{{< relref "a.md" >}}', "hugo").text).toBe('{{</* relref "a.md" */>}}');
  });

  test("are left out where they lead to nothing that is published, and the words stay what they are", () => {
    const text = "[a *b*](../../c.md) [d][e]\n\n- [1. f](g.md)\n- [`h` ![i](rack.png)](j)\n\n[e]: k.md\n";
    expect(published(text, "github")).toMatchObject({
      text: "a *b* d\n\n- &#49;. f\n- `h` i\n\n[e]: #",
      warnings: ["1 WM8051 `../../c.md`", "1 WM8051 `k.md`", "3 WM8051 `g.md`", "4 WM8051 `j`", "4 WM8052 `rack.png`"],
    });
  });
});

test("a heading that is the title of the page goes for Hugo, and links to it lead to the page", () => {
  const text = (title: string) => `# ${title}\n\n[a](#top) [b](guide.md#top) [c](#b)\n\n## B\n`;
  expect(published(text("Top"), "hugo").text).toBe(
    '[a]({{< relref "guide.md" >}}) [b]({{< relref "guide.md" >}}) [c](#b)\n\n## B',
  );
  expect(published(text("Top"), "mkdocs").text).toBe(text("Top").trim());
  expect(published(`---\ntitle: Another\n---\n${text("Top")}`, "hugo").text).toBe(
    text("Top").trim().replace("guide.md#top", "#top"),
  );
});

test("headings are linked to in MkDocs by the names that GitHub gives them", () => {
  const text = "# A\n\n## A & B\n\n## *B*\n\n## B\n\n## Ü-x {#u}\n\n## Ü {}\n";
  expect(published(text, "mkdocs").text).toBe(
    '# A\n\n## <a id="a--b"></a>A & B\n\n## *B*\n\n## <a id="b-1"></a>B\n\n## <a id="u"></a>Ü-x\n\n## <a id="ü-"></a>Ü {}',
  );
});

describe("pictures beside guides", () => {
  const text = '![Map](map.svg "T") ![a|*b*][c] ![d](<../My Pics (old)/a b.png>)\n\n[c]: ../rack.png';

  test("are where the guide looks for them", () => {
    expect(published(text, "mkdocs")).toMatchObject({ text, warnings: [] });
    expect(published("![x](map.svg?raw=true)", "mkdocs").text).toBe("![x](map.svg)");
  });

  test("are found from the folder that Hugo makes of a page", () => {
    expect(published(text, "hugo").text).toBe(
      '![Map](../map.svg "T") ![a\\|b](../../rack.png) ![d](../../my-pics-old/a%20b.png)\n\n[c]: #',
    );
    expect(published(text, "hugo", "k8s/README.md").text).toContain("![Map](map.svg");
  });

  test("are found in HTML as well, and shown by sites that would not look for them there", () => {
    const html = `<img src="../rack.png?x" alt='A "rack" &amp; [more]' width="300">`;
    const inline = `- a <img src=map.svg />\n- b\n\n> ${html}\n    c`;
    expect(published(`${html}\n\n${inline}`, "github")).toMatchObject({ text: `${html}\n\n${inline}`, warnings: [] });
    const shown = String.raw`![A "rack" &amp; \[more\]](../rack.png)`;
    expect(published(`${html}\n\n${inline}`, "mkdocs")).toMatchObject({
      text: `${shown}\n\n- a ![](map.svg)\n- b\n\n> ${shown}\n\n    c`,
      warnings: [],
    });
    expect(published(inline, "hugo").text).toContain("- a ![](../map.svg)");
    expect(published("<img src='c.png' alt='C'>", "docusaurus")).toMatchObject({
      text: "C",
      warnings: ["1 WM8052 `c.png`"],
    });
  });

  test("that are not there are words, with a warning", () => {
    expect(published("![# a [b]](c.png) ![d](../../e.png)", "hugo")).toMatchObject({
      text: "&#35; a \\[b\\] d",
      warnings: ["1 WM8052 `c.png`", "1 WM8052 `../../e.png`"],
    });
  });
});
