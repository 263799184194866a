import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Code, Nodes } from "mdast";
import { toString } from "mdast-util-to-string";
import rehypeStringify from "rehype-stringify";
import remarkFrontmatter from "remark-frontmatter";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import remarkRehype from "remark-rehype";
import { unified } from "unified";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rangeOf } from "../../src/document/markdown.ts";
import type { Step } from "../../src/model/runbook.ts";
import { type Form, FORMS } from "../../src/publish/markdown/form.ts";
import { nodesOf } from "../../src/publish/markdown/visit.ts";
import { readPage, type SourcePage } from "../../src/publish/site/read-page.ts";
import { hostNames } from "../../src/publish/words/host-words.ts";
import { whereWords } from "../../src/publish/words/step-words.ts";
import { plain } from "../../src/publish/words/words.ts";
import { renderMdx } from "../unit/publish/markdown/compile-mdx.mjs";
import { type BuiltSite, contentOf, followed, missingPictures, picturesOn, proseIn, type Prose } from "./built-site.ts";
import { letters } from "./built-site.ts";
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

/** The folder `linked` has guides that lead to each other, and pictures. */
const LINKED = "test/fixtures/publish-library";

let dir = "";
let place: Place;
/** The guides as they are written, by their names. */
const written = new Map<string, SourcePage>();

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
    const bytes = await readFile(join(REPOSITORY, path));
    written.set(name, readPage({ file: name, path: `${name}.md`, bytes }, false));
  }
  await cp(join(REPOSITORY, LINKED), join(dir, "library/linked"), { recursive: true });
});

afterAll(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));

async function markdownIn(folder: string): Promise<readonly (readonly [string, string])[]> {
  const names = (await readdir(join(REPOSITORY, folder))).filter((name) => name.endsWith(".md"));
  return names.map((name) => [basename(name, ".md"), join(folder, name)]);
}

/** Builds what is in a folder. */
const BUILD: Readonly<Record<Form, (folder: string) => Promise<BuiltSite>>> = {
  github: (folder) => {
    const reader = unified()
      .use(remarkParse)
      .use(remarkGfm)
      .use(remarkFrontmatter)
      .use(remarkRehype, { allowDangerousHtml: true })
      .use(rehypeStringify, { allowDangerousHtml: true });
    return siteIn(folder, ".md", async (text) => String(await reader.process(text)));
  },
  docusaurus: (folder) => siteIn(folder, ".md", renderMdx),
  hugo: async (folder) => {
    const site = join(dir, "hugo-site");
    await cp(folder, join(site, "content"), { recursive: true });
    await place.write(
      "hugo-site/config.toml",
      'baseURL = "/"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap"]\n',
    );
    for (const layout of ["single", "list"]) {
      const page = "<main><h1>{{ .Title }}</h1>{{ .Content }}</main>";
      await place.write(`hugo-site/layouts/_default/${layout}.html`, page);
    }
    await run(HUGO, ["--quiet", "--source", site, "--cacheDir", join(dir, "hugo-cache")], { env: { HOME: dir } });
    return siteIn(join(site, "public"), ".html");
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
    return siteIn(join(dir, "mkdocs-site/site"), ".html");
  },
};

/** @param render makes HTML of a page */
async function siteIn(
  folder: string,
  ending: string,
  render = (text: string): Promise<string> => Promise.resolve(text),
): Promise<BuiltSite> {
  const pages = new Map<string, string>();
  const files = await readdir(folder, { recursive: true });
  for (const path of files.filter((name) => name.endsWith(ending)))
    pages.set(path, await render(await readFile(join(folder, path), "utf8")));
  return { pages, files: new Set(files) };
}

/** Where the page of a guide is. */
function pathOf(name: string, form: Form): string {
  if (form !== "hugo" && form !== "mkdocs") return `${name}.md`;
  const path = `${name.replace(/(^|\/)README$/, "$1")}/index.html`.replaceAll("//", "/");
  return form === "hugo" ? path.toLowerCase().replaceAll(" ", "-").replaceAll(/[()]/g, "") : path;
}

/** What a reader has to find of each step, in the order of the guide. */
function blocksOf({
  runbook,
  root,
}: SourcePage): readonly { readonly step: Step; readonly code: string; readonly where: string }[] {
  if (runbook === undefined) return [];
  const hosts = hostNames(runbook.settings.requires, runbook.settings.hosts?.value);
  const ends = new Map(runbook.steps.map((step) => [step.span.end.offset, step]));
  return [...nodesOf(root)].flatMap(({ node }) => {
    const step = node.type === "code" ? ends.get(rangeOf(node).end) : undefined;
    if (node.type !== "code" || step === undefined) return [];
    return [{ step, code: shown(node), where: plain(whereWords(step, hosts)) }];
  });
}

/** Code that readers are to see. */
function codeOf({ runbook, root }: SourcePage): readonly string[] {
  return [...nodesOf(root)].flatMap(({ node }) => {
    if (node.type !== "code" || (runbook !== undefined && node.lang === "expect")) return [];
    return [runbook === undefined ? node.value : shown(node)];
  });
}

/** Code as readers see it: of what comes out, wildcards are three dots. */
function shown({ lang, value }: Code): string {
  return lang === "output" || lang === "console" ? value.replaceAll(/\[\.\.\]|^\.\.\.$/gm, "…") : value;
}

/** What a guide says, in its order, without the names of its alerts: headings, paragraphs and cells. */
function proseOf({ root }: SourcePage): readonly { readonly text: string; readonly item: boolean }[] {
  const said: { readonly text: string; readonly item: boolean }[] = [];
  const visit = (node: Nodes, item: boolean): void => {
    // Where a site shows its notes is its own affair.
    if (node.type === "footnoteDefinition") return;
    if (node.type === "paragraph" || node.type === "heading" || node.type === "tableCell") {
      const text = letters(toString(node, { includeHtml: false }).replaceAll(/^\[!\w+\]|\{#[\w-]+\}$/g, ""));
      if (text !== "") said.push({ text, item });
    } else if ("children" in node) {
      for (const [index, child] of node.children.entries()) visit(child, node.type === "listItem" && index === 0);
    }
  };
  visit(root, false);
  return said;
}

/** Too long to be there twice by accident. */
const LONG = 40;

/** What is not there, or not in its place, no item of a list though it was one, or there once more. */
function missingProse(guide: SourcePage, { text, items, tabs }: Prose): readonly string[] {
  const said = proseOf(guide);
  // A fix is named where it may be wanted.
  const titles = new Set(guide.runbook?.steps.map(({ title }) => letters(title)));
  const wrong: string[] = [];
  const others: string[] = [];
  let at = 0;
  for (const one of said.filter(({ text: words }) => !tabs.has(words))) {
    const found = text.indexOf(one.text, at);
    if (found === -1) {
      wrong.push(`not there: ${one.text}`);
      continue;
    }
    others.push(text.slice(at, found));
    at = found + one.text.length;
    if (one.item && !items.some((item) => item.startsWith(one.text))) wrong.push(`no item: ${one.text}`);
  }
  const rest = [...others, text.slice(at)].join(" ");
  return [
    ...wrong,
    ...said
      .filter((one) => one.text.length > LONG && !titles.has(one.text) && rest.includes(one.text))
      .map((one) => `twice: ${one.text}`),
  ];
}

/** What of ours, or of the site's own signs, a reader should never see. */
const SIGNS = /<!--|waymark(?: section)?:|\{#[\w-]+[\s}]|^:::|\s:::|!!! |\{\/\*|\{\{[<%]\/\*|^runbook:/;

describe.each(FORMS)("guides for %s", (form) => {
  const needed = NEEDS[form] ?? [];
  let site: BuiltSite = { pages: new Map(), files: new Set() };
  const pages = (): readonly (readonly [string, SourcePage, string])[] =>
    [...written].map(([name, guide]) => [name, guide, site.pages.get(pathOf(name, form)) ?? ""]);

  describe.skipIf(!needed.every(existsSync))("as they are built", () => {
    beforeAll(async () => {
      const ended = await place.waymark("publish", "library", "--to", form, "--out", form);
      expect(ended.stderr).not.toMatch(/ error WM|cannot/);
      expect(ended.code).toBe(0);
      site = await BUILD[form](join(dir, form));
    }, 300_000);

    test("show every command as it is, with what is to be known before it", () => {
      const wrong: string[] = [];
      for (const [name, guide, html] of pages()) {
        const content = contentOf(html);
        let at = -1;
        for (const { step, code, where } of blocksOf(guide)) {
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
      expect(wrong).toEqual([]);
    });

    test("show all that the guide has, each once and in its order", () => {
      const wrong: string[] = [];
      for (const [name, guide, html] of pages()) {
        const code = contentOf(html).filter((_, index) => index % 2 === 1);
        if (html.includes("Set these first")) code.shift();
        if (code.join("\n--\n") !== codeOf(guide).join("\n--\n")) wrong.push(`${name}: ${JSON.stringify(code)}`);
        wrong.push(...missingProse(guide, proseIn(html)).map((text) => `${name}: ${text}`));
      }
      expect(wrong).toEqual([]);
    });

    test("lead to each other, and show their pictures", () => {
      expect([...site.pages.keys()].flatMap((path) => missingPictures(site, path))).toEqual([]);
      const links = [...site.pages.keys()].flatMap((path) => followed(site, path));
      expect(links.filter(({ to }) => /^nothing|, but no #/.test(to))).toEqual([]);
      const seen = (name: string) =>
        followed(site, pathOf(`linked/${name}`, form)).map(({ text, to }) => `${text} → ${to}`);
      expect(seen("README")).toEqual([
        "the nodes → Nodes",
        "see that they are there → Nodes",
        "below k8s → Kubernetes",
        "old things → Old things",
        "nodes → Nodes",
      ]);
      expect(seen("k8s/README")).toEqual(["Nodes → Nodes", "Home → All our guides"]);
      expect(seen("k8s/nodes")).toEqual([
        "all → All our guides",
        "up → Kubernetes",
        "the top → Nodes",
        "-x → Nodes",
        "The second → Nodes",
        "here → Nodes",
      ]);
      expect(seen("My Notes/old (things)")).toEqual(["Nodes → Nodes"]);
      const pictures = ["README", "k8s/README", "k8s/nodes", "My Notes/old (things)"].map(
        (name) => picturesOn(site, pathOf(`linked/${name}`, form)).length,
      );
      expect(pictures).toEqual([2, 2, 1, 2]);
    });
  });
});
