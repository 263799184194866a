import type { Nodes } from "mdast";
import { describe, expect, it } from "vitest";
import { reportShape } from "../../../../scripts/report-shape.ts";
import { parseMarkdown } from "../../../../src/document/markdown.ts";
import { loadHighlighter } from "../../../../src/highlight/load-highlighter.ts";
import { reportPage } from "../../../../src/publish/report/html/report-page.ts";
import type { Report } from "../../../../src/publish/report/report.ts";
import { reportJunit } from "../../../../src/publish/report/report-junit.ts";
import { reportMarkdown } from "../../../../src/publish/report/report-markdown.ts";
import { broken, Script, step } from "../../ui/sample-run.ts";
import { ATTACKS } from "../site/attacks.ts";
import { tagsOf } from "../site/read-html.ts";
import { reportOn, textOf } from "./reports.ts";

/** A run in which a text stands wherever a guide, a host or a person can put one. */
function attacked(attack: string): Report {
  const host = `host ${attack}`;
  const id = `step ${attack}`;
  const script = new Script().started({ INPUT: attack, [`N ${attack}`]: attack }, [`SECRET ${attack}`]);
  script.event({ type: "host-connected", host, note: attack }).event({ type: "host-lost", host, reason: attack });
  const os = { id: attack, like: attack, version: attack, name: attack };
  const facts = { os, arch: attack, kernel: attack, hostname: attack, user: attack };
  script.event({ type: "host-facts", host, facts });
  const expectations = [broken(attack, 3, attack), { source: attack, line: 4, passed: true }];
  for (const one of [host, "other"]) {
    script.begin(id, one).finish(id, one, "failed", { exit: 1, reason: attack, expectations });
    script.event({
      type: "variable-captured",
      step: id,
      host: one,
      name: attack,
      value: attack,
      secret: false,
      task: "t",
      attempt: 1,
    });
  }
  script.passes("file", host).stepEnds("file").finish("file", "b", "unreachable", { reason: attack });
  script.event({
    type: "check-finished",
    step: "file",
    host,
    status: "drifted",
    durationMs: 1,
    reason: attack,
    expectations,
  });
  script.event({ type: "host-set-aside", step: id, host, reason: attack });
  script.event({ type: "checkpoint-reached", step: id, text: attack });
  script.event({ type: "operator-decided", decision: "tick", step: id, item: attack });
  script.event({
    type: "guide-changed",
    guide: { path: `/home/${attack}.md`, digest: "d2" },
    renamed: { [id]: id, file: "file" },
    added: [attack],
    removed: [],
    changed: [id],
  });
  script.event({ type: "run-paused", reason: "manual", step: id, detail: attack });
  const code = { kind: "command", language: "bash", interpreter: ["bash"], code: `${attack}\n` } as const;
  const file = { kind: "file", path: attack, content: attack, backup: false, template: false } as const;
  const planned = [
    step(0, id, attack, { action: code, user: attack, sections: [attack], when: [] }),
    step(1, "file", attack, { action: file }),
    step(2, "manual", attack, { action: { kind: "manual", text: attack, items: [attack] }, skip: attack }),
  ];
  const now = textOf(`${attack}\n\n\`\`\`bash\n${attack}\n\`\`\`\n`, planned);
  const titled = {
    ...now,
    plan: { ...now.plan, steps: planned, hosts: [], guide: { path: attack, digest: "d2", title: attack } },
  };
  return reportOn(script, {
    texts: new Map([
      ["d", textOf("before\n", planned)],
      ["d2", titled],
    ]),
    outputs: {
      [`${id} ${host}`]: attack,
      [`${id} other`]: { head: attack, cut: { bytes: 5, tail: attack } },
      [`file ${host}`]: `changed\n@@\n-${attack}\n+${attack}\n`,
    },
  });
}

const EVERY_TEXT = [
  ...ATTACKS,
  "a]]>b &amp; \0\uFFFE\uD800 c",
  "a ` <b>b</b> `` c",
  "``` ~~~ ````\n```\n# out\n",
  "@team #12 https://evil.example www.evil.example | x",
];

const highlight = await loadHighlighter(["bash", "markdown"]);

describe.each(EVERY_TEXT.map((attack) => [JSON.stringify(attack), attack] as const))("%s", (_name, attack) => {
  const report = attacked(attack);

  it("is text on the page", () => {
    const html = reportPage(report, highlight);
    const tags = tagsOf(html.replace(/<(script|style)>.*?<\/\1>/gs, "<$1>"));
    expect(tags.filter(({ name }) => ["script", "style"].includes(name)).length).toBe(2);
    const odd = new Set(["a", "img", "iframe", "object", "embed", "base", "form", "math", "image"]);
    const allowed = tags.filter(({ name }) => odd.has(name));
    expect(
      allowed.every(({ name, attributes }) => name === "a" && attributes.get("href")?.startsWith("#") === true),
    ).toBe(true);
    expect(tags.filter(({ name }) => name === "link").length).toBe(1);
    expect(
      tags.flatMap(({ attributes }) => [...attributes.keys()].filter((key) => key.startsWith("on") || key === "style")),
    ).toEqual([]);
    // A guide's step ids and hosts' names are no ids of elements.
    const ids = tags.flatMap(({ attributes }) => attributes.get("id") ?? []);
    expect(ids.filter((id) => !/^[a-z]+(-[a-z0-9]+)*$|^s\d+-\d+$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(html).not.toMatch(/[\0-\x08\x0B-\x1F\x7F-\x9F\u202E\u2066]/);
  });

  it("is described by the schema", () => {
    expect(reportShape.safeParse(report).error?.issues).toBeUndefined();
  });

  it("is text in Markdown, where it calls nobody and links to nothing", () => {
    const markdown = reportMarkdown(report);
    const nodes = [...nodesOf(parseMarkdown(markdown))];
    const foreign = nodes.filter(({ type }) =>
      [
        "html",
        "link",
        "linkReference",
        "image",
        "imageReference",
        "definition",
        "footnoteReference",
        "footnoteDefinition",
        "delete",
      ].includes(type),
    );
    expect(foreign).toEqual([]);
    expect(nodes.filter(({ type }) => type === "table").length).toBe(1);
    expect(nodes.filter((node) => node.type === "heading" && node.depth < 3).length).toBe(1);
    const plain = nodes.flatMap((node) => (node.type === "text" ? [node.value] : []));
    expect(plain.filter((text) => /[@#](?=[\w])/.test(text))).toEqual([]);
    expect(markdown).not.toMatch(/[\0-\x08\x0B-\x1F\x7F-\x9F\u202E\u2066]/);
  });

  it("is text in JUnit results, and nothing that XML cannot say", () => {
    const xml = reportJunit(report);
    expect(xml.isWellFormed()).toBe(true);
    expect(xml).not.toMatch(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u);
    const rest = xml.replaceAll(
      /<\?xml version="1\.0" encoding="utf-8"\?>|<\/?(testsuites?|testcase|failure|error|skipped|system-out)( [a-z]+="[^"<]*")*\/?>/g,
      "",
    );
    expect(rest).not.toMatch(/<|\]\]>|&(?!(#x[0-9A-F]+|[a-z]+);)/);
  });
});

function* nodesOf(node: Nodes): Generator<Nodes> {
  yield node;
  if ("children" in node) for (const child of node.children) yield* nodesOf(child);
}
