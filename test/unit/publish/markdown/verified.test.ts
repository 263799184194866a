import { describe, expect, test } from "vitest";
import { FORMS, type Form } from "../../../../src/publish/markdown/form.ts";
import { makeMarkdown } from "../../../../src/publish/markdown/make-markdown.ts";
import { readPage } from "../../../../src/publish/site/read-page.ts";
import type { Verified } from "../../../../src/publish/verified/verified-of.ts";

const GUIDE =
  "# Guide\n\n```bash {#one on=all retry=1}\ntrue\n```\n\n```bash {#two on=all}\nfalse\n```\n\n```bash {#three on=all}\ntrue\n```\n";

const by: Verified = {
  at: "2026-11-22T18:41:07.000Z",
  status: "failed",
  waymark: "0.1.0",
  hosts: 2,
  systems: [{ os: "Debian *12* <b>{x}</b>", arch: "https://a.b", hosts: 2 }],
  steps: [
    { id: "one", status: "passed", hosts: 2, at: "2026-11-21T18:41:07.000Z" },
    { id: "two", status: "failed", hosts: 0, at: "2026-11-22T18:41:07.000Z" },
    { id: "three", status: "not run", hosts: 0 },
  ],
};

function published(form: Form, current = true, file = "k8s/guide.md") {
  const page = readPage({ file, path: file, bytes: Buffer.from(GUIDE) }, false);
  const pictures = new Map([["k8s/guide.svg", new Uint8Array()]]);
  const { files, diagnostics } = makeMarkdown([{ ...page, verified: { by, current } }], pictures, form);
  expect(diagnostics).toEqual([]);
  return { text: String(files[0]?.content), files: new Map(files.map(({ path, content }) => [path, content])) };
}

describe.each(FORMS)("a guide for %s that a run has been through", (form) => {
  test("says when, where and how it ended, as a whole and step by step", () => {
    const { text, files } = published(form);
    const badge = form === "hugo" ? "../guide-verified.svg" : "guide-verified.svg";
    expect(text).toContain(`\n\n![](${badge})\n\nLast tried, and failed, 2026-11-22 on 2 hosts with Debian `);
    expect(text).toContain(", by Waymark 0.1.0.\n\n");
    expect(text).toContain("succeeds. Passed on 2 hosts, 2026-11-21.\n");
    expect(text).toContain("\n```\n\nFailed, 2026-11-22.\n\n");
    expect(text.match(/Passed on|Failed,/g)?.length).toBe(2);
    expect([...files.keys()]).toEqual(["k8s/guide.md", "k8s/guide.svg", "k8s/guide-verified.svg"]);
    expect(files.get("k8s/guide-verified.svg")).toContain("2026-11-22 · 2 hosts");
  });

  test("says of the steps of another text nothing", () => {
    const { text } = published(form, false);
    expect(text).toContain("by Waymark 0.1.0, with an earlier text of this guide.");
    expect(text).not.toMatch(/Passed on|Failed,/);
  });
});

test("what hosts say of themselves is text", () => {
  expect(published("github").text).toContain("with Debian \\*12\\* &lt;b>{x}&lt;/b> https:\u2060//a.b, by");
  expect(published("docusaurus").text).toContain("with Debian \\*12\\* &lt;b>\\{x\\}&lt;/b> https:\u2060//a.b, by");
});
