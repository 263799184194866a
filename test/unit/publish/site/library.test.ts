import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { makeHighlighter } from "../../../../src/highlight/highlighter.ts";
import { codeLanguages } from "../../../../src/publish/site/code-languages.ts";
import { makeSite } from "../../../../src/publish/site/make-site.ts";
import { readPage, type SourcePage } from "../../../../src/publish/site/read-page.ts";
import { tagsOf } from "./read-html.ts";

const pageOf = (path: string, text: string): SourcePage =>
  readPage({ file: path, path, bytes: Buffer.from(text) }, false);

const plain = (code: string) => code.split("\n").map((text) => (text === "" ? [] : [{ text }]));

describe("a library", () => {
  const pages = [
    pageOf(
      "README.md",
      "# My guides\n\nRead [the first](k8s/first.md#part), [all of k8s](k8s/) or [none](../none.md).\n",
    ),
    pageOf("k8s/README.md", "---\ntitle: Kubernetes\nweight: 9\n---\nAll.\n"),
    pageOf(
      "k8s/first.md",
      "---\ntitle: First\nweight: 1\n---\n## Part\n\n![one](one.png) ![far](https://example.org/x.png) ![drawn](../d.svg)\n\n[home](../README.md) [me](first.md) [sp ace](../a%20b.md)\n",
    ),
    pageOf("a b.md", "No title\n"),
    pageOf("z.md", "---\nweight: 2\n---\n"),
  ];
  const pictures = new Map([
    ["k8s/one.png", Buffer.from("png")],
    ["d.svg", Buffer.from("<svg onload='x()'/>")],
    ["unused.png", Buffer.from("png")],
  ]);
  const site = makeSite(pages, pictures, plain);
  const html = (path: string): string => String(site.files.find((file) => file.path === path)?.content);
  const links = (path: string): readonly (string | undefined)[] =>
    tagsOf(html(path).replace(/^.*<main/s, "<main"))
      .filter(({ name }) => name === "a")
      .map(({ attributes }) => attributes.get("href"));

  test("has a page for each file, and its pictures", () => {
    expect(site.files.map(({ path }) => path)).toEqual([
      "index.html",
      "k8s/first.html",
      "z.html",
      "k8s/index.html",
      "a b.html",
      "k8s/one.png",
      ...["site.css", "theme.js", "page.js", "search.js", "minisearch.js", "search-index.js"].map(
        (name) => `waymark-assets/${name}`,
      ),
    ]);
  });

  test("leads from page to page, in the order of their weights", () => {
    expect(links("index.html")).toEqual([
      "k8s/first.html#part",
      "k8s/index.html",
      "k8s/first.html",
      "z.html",
      "k8s/index.html",
      "a%20b.html",
      "k8s/first.html",
    ]);
    expect(links("k8s/first.html")).toEqual([
      "#part",
      "https://example.org/x.png",
      "../index.html",
      "#page:top",
      "../a%20b.html",
      "../index.html",
      "../z.html",
    ]);
    expect(html("k8s/first.html")).toContain('<a class="home" href="../index.html">My guides</a>');
  });

  test("shows pictures of its own: an SVG where it can run nothing", () => {
    const sources = tagsOf(html("k8s/first.html"))
      .filter(({ name }) => name === "img")
      .map(({ attributes }) => attributes.get("src"));
    expect(sources).toEqual([
      "one.png",
      `data:image/svg+xml;base64,${Buffer.from("<svg onload='x()'/>").toString("base64")}`,
    ]);
  });

  test("tells what is not on it", () => {
    expect(site.diagnostics).toMatchObject([
      { code: "WM8051", file: "README.md", span: { start: { line: 3, column: 60 }, end: { column: 78 } } },
    ]);
  });

  test("is the same in whatever order its guides are found", () => {
    expect(makeSite(pages.toReversed(), pictures, plain)).toEqual(site);
  });

  test("without a first page of its own has a list", () => {
    const [, ...others] = pages;
    const list = String(makeSite(others, pictures, plain).files.find(({ path }) => path === "index.html")?.content);
    expect(list).toContain("<h1>Guides</h1>");
    expect(list).toContain('<a href="k8s/first.html"><strong>First</strong></a>');
  });
});

test("headings have no names that the page has itself", () => {
  const headings = [
    "Main",
    "Page top",
    "Footnote-label",
    "Note fn-1",
    "Values form",
    "Step one",
    "Guides list",
    "Tab 0",
  ];
  const text = `${headings.map((heading) => `## ${heading}\n\n`).join("")}Said.[^1]\n\n[^1]: Where.\n`;
  const { files } = makeSite([pageOf("README.md", text), pageOf("other.md", "")], new Map(), plain);
  const tags = tagsOf(String(files.find(({ path }) => path === "index.html")?.content));
  const ids = tags.flatMap(({ attributes }) => attributes.get("id") ?? []);
  expect(ids).toEqual([...new Set(ids)]);
  expect(ids.filter((id) => !id.includes(":"))).toHaveLength(headings.length);
  const links = tags.flatMap(({ attributes }) => /^#(.+)/.exec(attributes.get("href") ?? "")?.[1] ?? []);
  expect(links.filter((id) => !ids.includes(decodeURIComponent(id)))).toEqual([]);
});

test("a heading is called as it says itself, or as GitHub calls it; links to no heading are told", () => {
  const text =
    "# T\n\n## Add it {#add}\n\n## Add\n\n## B {#add}\n\n## C {#über-1.2}\n\n[a](#add) [b](#add-1) [c](o.md#x) [d](#add-it) [*e*](o.md#Y) [f](#über-1.2) [g](#%C3%BCber-1.2)\n";
  const { files, diagnostics } = makeSite([pageOf("README.md", text), pageOf("o.md", "## X\n")], new Map(), plain);
  const tags = tagsOf(String(files.find(({ path }) => path === "index.html")?.content));
  const ids = tags.filter(({ name }) => name === "h2").flatMap(({ attributes }) => attributes.get("id") ?? []);
  expect(ids).toEqual(["add", "add-1", "b-add", "über-1.2", "guides:list"]);
  expect(diagnostics).toMatchObject([
    {
      code: "WM8056",
      message: expect.stringContaining("this guide is called `#add-it`"),
      span: { start: { column: 35 } },
    },
    { code: "WM8056", message: expect.stringContaining("`o.md` is called `#Y`"), hint: "Did you mean `#x`?" },
  ]);
});

test("pictures in HTML are pictures; other HTML is text, which is told once", () => {
  const text = `<img src="a.png" alt="A &lt; B" width=3>\n\n<p align="center">x</p>\n\nb <img src='a.png'> <i class="c">d</i> <img src=a.png onload=e()> <kbd>f</kbd> <b>\n`;
  const { files, diagnostics } = makeSite(
    [pageOf("README.md", text)],
    new Map([["a.png", new Uint8Array([1])]]),
    plain,
  );
  const html = String(files.find(({ path }) => path === "index.html")?.content);
  expect(html).toContain('<p><img src="a.png" alt="A < B" loading="lazy"></p>');
  expect(html).toContain('<p>b <img src="a.png" alt="" loading="lazy"> &#x3C;i class="c">d&#x3C;/i>');
  expect(html).toContain("&#x3C;img src=a.png onload=e()> <kbd>f</kbd> &#x3C;b>");
  expect(diagnostics).toMatchObject([
    { code: "WM8057", message: "HTML is shown as text, here and in 3 other places", span: { start: { line: 3 } } },
  ]);
});

test.each(["examples", "runbooks"])("every guide in %s is published as it is written", async (folder) => {
  const root = new URL(`../../../../${folder}/`, import.meta.url);
  const names = readdirSync(root).filter((name) => name.endsWith(".md"));
  const pages = names.map((path) => readPage({ file: path, path, bytes: readFileSync(new URL(path, root)) }, false));
  const { files, diagnostics } = makeSite(pages, new Map(), await makeHighlighter(pages.flatMap(codeLanguages)));
  expect(pages.flatMap((page) => page.diagnostics)).toEqual([]);
  // They link to what is beside the folder.
  expect(diagnostics.filter(({ message }) => !message.startsWith("`../"))).toEqual([]);
  for (const { title, url, runbook } of pages) {
    const html = String(files.find(({ path }) => path === url)?.content);
    expect(html).toContain(`>${title}</h1>`);
    for (const { id } of runbook?.steps ?? []) expect(html).toContain(`id="step:${id}"`);
    const ids = tagsOf(html).flatMap(({ attributes }) => attributes.get("id") ?? []);
    expect(
      ids.filter((id, at) => ids.indexOf(id) !== at),
      `${fileURLToPath(root)}${url}`,
    ).toEqual([]);
    const anchors = tagsOf(html)
      .flatMap(({ attributes }) => attributes.get("href") ?? [])
      .filter((href) => href.startsWith("#"));
    expect(anchors.filter((href) => !ids.includes(decodeURIComponent(href.slice(1))))).toEqual([]);
  }
});
