import { describe, expect, test } from "vitest";
import { makeHighlighter } from "../../../../src/highlight/highlighter.ts";
import { makeSite } from "../../../../src/publish/site/make-site.ts";
import { readPage } from "../../../../src/publish/site/read-page.ts";
import { attackedGuide, ATTACKS } from "./attacks.ts";
import { tagsOf } from "./read-html.ts";

const highlight = await makeHighlighter(["bash", "console", "json"]);

/** Whatever a page may consist of. */
const TAGS = new Set(
  `html head meta title link script body a header form input span ul li button div nav details summary main footer h1 h2
  h3 h4 h5 h6 p section label select option pre code strong em del img table thead tbody tr th td blockquote hr ol sup br
  small kbd`.split(/\s+/),
);
const SCHEMES = /^(?:https?:|mailto:|#|[^:]*$|data:,$)/i;

describe.each(ATTACKS.map((attack) => ({ attack })))("in every field: $attack", ({ attack }) => {
  const page = readPage({ file: "guide.md", path: "guide.md", bytes: Buffer.from(attackedGuide(attack)) }, true);
  const { files } = makeSite([page], new Map(), highlight);
  const html = String(files.find(({ path }) => path === "index.html")?.content);
  const tags = tagsOf(html);

  test("it is read as a runbook with its steps", () => {
    expect(page.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(page.runbook?.steps.length).toBeGreaterThan(4);
  });

  test("nothing of it is more than text", () => {
    expect(tags.map(({ name }) => name).filter((name) => !TAGS.has(name))).toEqual([]);
    expect(tags.filter(({ name }) => name === "script").map(({ attributes }) => attributes.get("src"))).toEqual([
      "waymark-assets/theme.js",
      "waymark-assets/page.js",
      "waymark-assets/search.js",
    ]);
    const attributes = tags.flatMap((tag) => [...tag.attributes]);
    expect(attributes.filter(([name]) => /^on|^style$|^srcdoc$|^formaction$|^action$|^name$/.test(name))).toEqual(
      [...attributes].filter(
        ([name, value]) =>
          name === "name" && ["viewport", "color-scheme", "referrer", "generator", "description"].includes(value),
      ),
    );
    const addresses = attributes.filter(([name]) => name === "href" || name === "src");
    expect(addresses.filter(([, value]) => !SCHEMES.test(value))).toEqual([]);
  });

  test("nothing is left that a terminal would obey, or that turns the direction of code", () => {
    expect(html).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/);
    const code = [...html.matchAll(/<code[^>]*>(.*?)<\/code>/gs)].map(([, text]) => text).join("");
    expect(code.length).toBeGreaterThan(attack.length * 8);
    expect(code).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  });

  test("the search index is one value", () => {
    const index = String(files.find(({ path }) => path.endsWith("search-index.js"))?.content);
    const [, json = ""] = /^globalThis\.waymarkSearch = (.*);\n$/.exec(index) ?? [];
    expect(Array.isArray(JSON.parse(json))).toBe(true);
  });
});
