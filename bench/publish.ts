import rehypeStringify from "rehype-stringify";
import remarkParse from "remark-parse";
import remarkRehype from "remark-rehype";
import { createHighlighterCore } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";
import { unified } from "unified";
import { loadHighlighter } from "../src/highlight/load-highlighter.ts";
import { makeSite } from "../src/publish/site/make-site.ts";
import { readPage } from "../src/publish/site/read-page.ts";
import { type Table, median, ratio } from "./table.ts";

const GUIDES = 200;
const LINES = 300;
const ROUNDS = 3;

/** A library as a site, against what parsing its Markdown, writing HTML and colouring its code take alone. */
export async function publish(): Promise<Table> {
  const texts = Array.from({ length: GUIDES }, (_, index) => guideOf(index));
  const files = texts.map((text, index) => {
    const path = `guide-${index}.md`;
    return { file: path, path, bytes: new TextEncoder().encode(text) };
  });
  const shiki = await createHighlighterCore({
    themes: [import("shiki/themes/github-light.mjs"), import("shiki/themes/github-dark.mjs")],
    langs: [import("shiki/langs/bash.mjs"), import("shiki/langs/console.mjs"), import("shiki/langs/yaml.mjs")],
    engine: createJavaScriptRegexEngine(),
  });
  const themes = { light: "github-light", dark: "github-dark" };
  const markdown = unified().use(remarkParse).use(remarkRehype).use(rehypeStringify);
  const bare = (): void => {
    for (const text of texts) {
      markdown.processSync(text);
      for (const { lang, code } of codeOf(text)) shiki.codeToHtml(code, { lang, themes });
    }
  };
  const highlight = await loadHighlighter(["bash", "console", "yaml"]);
  const whole = (): void => {
    const pages = files.map((file) => readPage(file, false));
    const { files: written, diagnostics } = makeSite(pages, new Map(), highlight);
    if (written.length < GUIDES || diagnostics.length > 0 || pages.some((page) => page.diagnostics.length > 0)) {
      throw new Error(
        `the guides are not published as they should: ${JSON.stringify([...diagnostics, ...(pages[0]?.diagnostics ?? [])].slice(0, 3))}`,
      );
    }
  };
  const times = { bare: [] as number[], whole: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.bare.push(timed(bare));
    times.whole.push(timed(whole));
  }
  const [alone, ours] = [median(times.bare), median(times.whole)];
  return {
    title: `publish: ${GUIDES} guides of ${texts[0]?.split("\n").length ?? 0} lines; median of ${ROUNDS}`,
    head: ["", "ms", "of the libraries", "goal"],
    rows: [
      ["remark-parse, remark-rehype, rehype-stringify, shiki in light and dark", alone.toFixed(0), "1.00×", ""],
      ["a site: steps in words, search index, every file", ours.toFixed(0), ratio(ours, alone), "≤ 2.00×"],
    ],
  };
}

function timed(work: () => unknown): number {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

function codeOf(text: string): readonly { readonly lang: string; readonly code: string }[] {
  return [...text.matchAll(/^```(\w+).*\n([^]*?)\n```$/gm)].map(([, lang = "", code = ""]) => ({ lang, code }));
}

/** Prose, commands, checks in consoles and files, in sections. */
function guideOf(number: number): string {
  const lines = [
    "---",
    `title: Guide ${number}`,
    "runbook:",
    "  inputs:",
    "    CIDR: { default: 10.0.0.0/8 }",
    "---",
    "",
  ];
  for (let step = 1; lines.length < LINES; step++) {
    if (step % 5 === 1) {
      lines.push(
        `## Part ${Math.ceil(step / 5)} of ${number}`,
        "",
        "Why this part is *needed*, in a line or two, with",
      );
      lines.push(`[a link](https://example.org/${number}) and \`code\`, so that there is something to read.`, "");
    }
    lines.push(`Now number ${step} is done with \`tool ${step}\`:`, "");
    if (step % 3 === 0) {
      lines.push(
        `\`\`\`console {#step-${step} on=all verify}`,
        "$ tool --state | grep -c ready",
        `number ${step}: [..]`,
        "```",
      );
    } else if (step % 3 === 1) {
      lines.push(
        `\`\`\`bash {#step-${step} on=worker sudo}`,
        `for each in a b c; do`,
        `  tool --number ${step} --range "$CIDR" "$each" || exit 1`,
      );
      lines.push("done", "```", "", "<!-- expect: stdout.contains('done') -->");
    } else {
      lines.push(
        `\`\`\`yaml {#step-${step} on=all file="/etc/tool-${step}.yaml" template}`,
        "tool:",
        `  number: ${step}`,
        "  range: $CIDR",
        "```",
      );
    }
    lines.push("");
  }
  return lines.join("\n");
}
