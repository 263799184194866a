import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import rehypeStringify from "rehype-stringify";
import remarkFrontmatter from "remark-frontmatter";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import remarkRehype from "remark-rehype";
import { unified } from "unified";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseMarkdown, rangeOf } from "../../src/document/markdown.ts";
import type { Step } from "../../src/model/runbook.ts";
import { type Form, FORMS } from "../../src/publish/markdown/form.ts";
import { nodesOf } from "../../src/publish/markdown/visit.ts";
import { readPage } from "../../src/publish/site/read-page.ts";
import { hostNames } from "../../src/publish/words/host-words.ts";
import { whereWords } from "../../src/publish/words/step-words.ts";
import { plain } from "../../src/publish/words/words.ts";
import { renderMdx } from "../unit/publish/markdown/compile-mdx.mjs";
import { Place } from "./waymark.ts";

/*
 * Guides in the forms of other people's sites, published by the built command line and read by what reads them there:
 * Debian's Hugo and MkDocs, MDX with the plugins that Docusaurus has, and GitHub Flavored Markdown. What counts is the
 * HTML that comes out.
 */

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
const HUGO = "/usr/bin/hugo";
const MKDOCS = "/usr/bin/mkdocs";
const NEEDS: Partial<Record<Form, readonly string[]>> = {
  hugo: [HUGO],
  mkdocs: [MKDOCS, "/usr/lib/python3/dist-packages/pymdownx/tabbed.py"],
};

/** Guides as readers get them, by their names. */
type Pages = ReadonlyMap<string, string>;

let dir = "";
let place: Place;
/** The guides as they are written, by their names. */
const written = new Map<string, string>();
/** Pages of the guides as they are written: of those whose prose every form can have. */
const prose = new Map<string, string>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "waymark-forms-"));
  place = new Place(dir);
  const guides = [
    ...(await markdownIn("examples")),
    ...(await markdownIn("runbooks")),
    ...["prose", "steps", "values"].map((name) => [name, `test/fixtures/publish/${name}/guide.md`] as const),
    ["forms", "test/fixtures/publish-forms/guide.md"] as const,
  ];
  for (const [name, path] of guides) {
    await cp(join(REPOSITORY, path), join(dir, `library/${name}.md`));
    const text = await readFile(join(REPOSITORY, path), "utf8");
    written.set(name, text);
    if (!path.startsWith("test/")) prose.set(name, String(await gfm.process(text)));
  }
});

afterAll(() => rm(dir, { recursive: true, force: true }));

async function markdownIn(folder: string): Promise<readonly (readonly [string, string])[]> {
  const names = (await readdir(join(REPOSITORY, folder))).filter((name) => name.endsWith(".md"));
  return names.map((name) => [basename(name, ".md"), join(folder, name)]);
}

/** As a GitHub-like reader shows it. */
const gfm = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkFrontmatter)
  .use(remarkRehype, { allowDangerousHtml: true })
  .use(rehypeStringify, { allowDangerousHtml: true })
  .freeze();

const BUILD: Readonly<Record<Form, (folder: string) => Promise<Pages>>> = {
  github: (folder) =>
    eachOf(async (name) => String(await gfm.process(await readFile(join(folder, `${name}.md`), "utf8")))),
  docusaurus: (folder) => eachOf(async (name) => renderMdx(await readFile(join(folder, `${name}.md`), "utf8"))),
  hugo: async (folder) => {
    const site = join(dir, "hugo-site");
    await cp(folder, join(site, "content"), { recursive: true });
    await place.write(
      "hugo-site/config.toml",
      'baseURL = "/"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap"]\n',
    );
    await place.write("hugo-site/layouts/_default/single.html", "<h1>{{ .Title }}</h1><main>{{ .Content }}</main>");
    await place.write("hugo-site/layouts/_default/list.html", "{{ range .Pages }}{{ .Title }}{{ end }}");
    await run(HUGO, ["--quiet", "--source", site, "--cacheDir", join(dir, "hugo-cache")], { env: { HOME: dir } });
    return eachOf((name) => readFile(join(site, "public", name, "index.html"), "utf8"));
  },
  mkdocs: async (folder) => {
    await cp(folder, join(dir, "mkdocs-site/docs"), { recursive: true });
    await place.write("mkdocs-site/theme/main.html", "<main>{{ page.content }}</main>");
    await place.write(
      "mkdocs-site/mkdocs.yml",
      "site_name: x\ntheme: { name: null, custom_dir: theme }\nplugins: []\n" +
        "markdown_extensions: [admonition, tables, fenced_code, footnotes, pymdownx.tabbed: { alternate_style: true }]\n",
    );
    await run(MKDOCS, ["build", "--quiet"], { cwd: join(dir, "mkdocs-site"), env: { LANG: "C.UTF-8" } });
    return eachOf((name) => readFile(join(dir, "mkdocs-site/site", name, "index.html"), "utf8"));
  },
};

async function eachOf(read: (name: string) => Promise<string>): Promise<Pages> {
  const pages = new Map<string, string>();
  for (const name of written.keys()) pages.set(name, await read(name));
  return pages;
}

/** Text and code of a page, in their order: text, code, text, …, text. */
function contentOf(html: string): readonly string[] {
  const main = /<main>([\s\S]*)<\/main>/.exec(html)?.[1] ?? html;
  return main.split(/<pre\b[^>]*>([\s\S]*?)<\/pre>/).map((part, index) => {
    const text = decoded(part.replaceAll(/<!--[\s\S]*?-->|<[^>]*>/g, ""));
    return index % 2 === 1 ? text.replace(/\n$/, "") : text.replaceAll(/\s+/g, " ");
  });
}

const NAMED: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  nbsp: " ",
  ldquo: '"',
  rdquo: '"',
  lsquo: "'",
  rsquo: "'",
  ndash: "–",
  mdash: "—",
  hellip: "…",
};

function decoded(text: string): string {
  return text.replaceAll(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, number?: string, name = "") => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return number === undefined ? (NAMED[name as string] ?? whole) : String.fromCodePoint(Number(number));
  });
}

/** What a reader has to find of each step, in the order of the guide. */
function blocksOf(name: string): readonly { readonly step: Step; readonly code: string; readonly where: string }[] {
  const text = written.get(name) ?? "";
  const { runbook } = readPage({ file: name, path: `${name}.md`, bytes: new TextEncoder().encode(text) }, false);
  if (runbook === undefined) return [];
  const hosts = hostNames(runbook.settings.requires, runbook.settings.hosts?.value);
  const ends = new Map(runbook.steps.map((step) => [step.span.end.offset, step]));
  return [...nodesOf(parseMarkdown(text))].flatMap(({ node }) => {
    const step = node.type === "code" ? ends.get(rangeOf(node).end) : undefined;
    if (node.type !== "code" || step === undefined) return [];
    return [{ step, code: node.value, where: plain(whereWords(step, hosts)) }];
  });
}

/** Blocks that hold text. */
const BLOCK = /<\/?(?:p|li|h[1-6]|t[dhr]|table|[uo]l|blockquote|div|details|summary|section|aside|label)\b[^>]*>/;

/** What Hugo makes of signs, undone. */
function plainSigns(text: string): string {
  const signs: Readonly<Record<string, string>> = { "…": "...", "–": "--", "—": "---" };
  return text.replaceAll(/[…–—]/g, (sign) => signs[sign] ?? sign);
}

/**
 * What of a guide's page is not on the page of another form, in the same order, or whose code is there more than once.
 * What is expected is told in other words, and some headings are what tabs are called.
 */
function lost(name: string, before: string, after: string): readonly string[] {
  const shown = contentOf(after.replaceAll(/<\/?main>/g, "")).map(plainSigns);
  const found = [...after.matchAll(/<label[^>]*>([\s\S]*?)<\/label>|data-tab="[^"]*" title="([^"]*)"/g)];
  const labels = new Set(found.map(([, label, title]) => decoded((label ?? title ?? "").replaceAll(/<[^>]*>/g, ""))));
  const wrong: string[] = [];
  let part = 0;
  let at = 0;
  const told = before.replaceAll(/<pre><code class="language-(?:output|expect)">[\s\S]*?<\/pre>/g, "");
  const counts = new Map<string, number>();
  for (const [index, piece] of told.split(/<pre\b[^>]*>([\s\S]*?)<\/pre>/).entries()) {
    if (index % 2 === 1) {
      const code = plainSigns(contentOf(`<pre>${piece}</pre>`)[1] ?? "");
      counts.set(code, (counts.get(code) ?? 0) + 1);
      const there = shown.findIndex((one, place) => place > part && place % 2 === 1 && one === code);
      if (there === -1) wrong.push(`${name}: code is lost: ${code}`);
      else [part, at] = [there + 1, 0];
      continue;
    }
    for (const block of piece.split(BLOCK)) {
      const text = plainSigns(contentOf(block)[0] ?? "").trim();
      if (text === "" || labels.has(text)) continue;
      const place = shown.findIndex((one, where) => {
        return where >= part && where % 2 === 0 && one.includes(text, where === part ? at : 0);
      });
      if (place === -1) wrong.push(`${name}: words are lost: ${text}`);
      else [part, at] = [place, (shown[place]?.indexOf(text, place === part ? at : 0) ?? 0) + text.length];
    }
  }
  for (const [code, count] of counts) {
    const times = shown.filter((one, place) => place % 2 === 1 && one === code).length;
    if (times !== count) wrong.push(`${name}: code is there ${times} times instead of ${count}: ${code}`);
  }
  return wrong;
}

/** What of ours, or of the site's own signs, a reader should never see. */
const SIGNS = /<!--|waymark(?: section)?:|\{#[\w-]+[\s}]|^:::|\s:::|!!! |\{\/\*|\{\{[<%]\/\*|^runbook:/;

describe.each(FORMS)("guides for %s", (form) => {
  const needed = NEEDS[form] ?? [];
  let pages: Pages = new Map();

  test.skipIf(!needed.every(existsSync))(
    "show every command as it is, with what is to be known before it",
    { timeout: 60_000 },
    async () => {
      const ended = await place.waymark("publish", "library", "--to", form, "--out", form);
      expect(ended.stderr).not.toMatch(/ error WM|cannot/);
      expect(ended.code).toBe(0);
      pages = await BUILD[form](join(dir, form));
      const wrong: string[] = [];
      for (const [name, html] of pages) {
        const content = contentOf(html);
        let at = -1;
        for (const { step, code, where } of blocksOf(name)) {
          const found = content.findIndex((part, index) => index > at && index % 2 === 1 && part === code);
          if (found === -1) wrong.push(`${name}: no code ${step.id}: ${JSON.stringify(code)}`);
          else {
            at = found;
            if (!content[found - 1]?.toLowerCase().includes(where.toLowerCase()))
              wrong.push(`${name}: not told before ${step.id}: ${where}`);
          }
        }
        for (const [index, part] of content.entries()) {
          const sign = index % 2 === 0 ? SIGNS.exec(part) : null;
          if (sign !== null) wrong.push(`${name}: ${part.slice(Math.max(0, sign.index - 60), sign.index + 60)}`);
        }
      }
      for (const [name, html] of prose) wrong.push(...lost(name, html, pages.get(name) ?? ""));
      expect(wrong).toEqual([]);
    },
  );
});
