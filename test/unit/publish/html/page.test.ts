import { createHash } from "node:crypto";
import { h } from "hastscript";
import { describe, expect, test } from "vitest";
import { htmlPage } from "../../../../src/publish/html/page.ts";
import { visibleText } from "../../../../src/publish/html/visible-text.ts";

const policyOf = (html: string): string => {
  const [, policy = ""] = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(html) ?? [];
  return policy.replaceAll("&#x27;", "'");
};

describe("a page", () => {
  test("loads the files it names and nothing else", () => {
    const html = htmlPage({
      title: "A guide",
      body: [h("p", "text")],
      styles: [{ file: "a.css" }],
      scripts: [{ file: "a.js" }],
    });
    expect(html).toMatch(/^<!doctype html><html lang="en"><head><meta charset="utf-8">/);
    expect(html).toContain('<link rel="stylesheet" href="a.css">');
    expect(html).toContain('<script src="a.js" defer></script>');
    expect(policyOf(html)).toContain("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;");
  });

  test("that has all in it allows just that, by its digest", () => {
    const html = htmlPage({
      title: "Run",
      body: [],
      styles: [{ text: "p { color: red }" }],
      scripts: [{ text: "go();\r\n" }],
    });
    const digest = createHash("sha256").update("go();\n").digest("base64");
    expect(policyOf(html)).toContain(`script-src 'sha256-${digest}'`);
    expect(policyOf(html)).not.toContain("'self';");
    expect(html).toContain("<script>go();\n</script></body></html>");
  });

  test("without scripts runs none", () => {
    expect(policyOf(htmlPage({ title: "", body: [], styles: [] }))).toContain("script-src 'none'; style-src 'none'");
  });

  test("has text for text", () => {
    const text = "<script>alert(1)</script>\" onload='x' &amp;";
    const html = htmlPage({ title: text, description: text, body: [h("p", { title: text }, text)], styles: [] });
    expect(html).toContain('<p title="<script>alert(1)</script>&#x22; onload=&#x27;x&#x27; &#x26;amp;">&#x3C;script>');
    expect(html).toContain("<title>&#x3C;script>alert(1)&#x3C;/script>");
  });

  test("is not made of a script that would end early", () => {
    const page = { title: "", body: [], styles: [], scripts: [{ text: "x = '</script>'" }] };
    expect(() => htmlPage(page)).toThrow(/end it early/);
  });
});

describe("what a terminal would obey", () => {
  test("is a picture of itself", () => {
    expect(visibleText("\u001B[31mred\u0007\u007F\ttab\n")).toBe("␛[31mred␇␡\ttab\n");
    expect(visibleText("\u009B2J")).toBe("⟨U+009B⟩2J");
  });

  test("as is what turns the direction of text", () => {
    expect(visibleText("a\u202Eb\u2066c")).toBe("a⟨U+202E⟩b⟨U+2066⟩c");
    expect(visibleText("شكرا 👩‍👩‍👧 é")).toBe("شكرا 👩‍👩‍👧 é");
  });
});
