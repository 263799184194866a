import { describe, expect, it } from "vitest";
import { plainTokens } from "../../../../src/highlight/token.ts";
import { makeSite } from "../../../../src/publish/site/make-site.ts";
import { readPage } from "../../../../src/publish/site/read-page.ts";
import type { Verified } from "../../../../src/publish/verified/verified-of.ts";

const GUIDE =
  "# Guide\n\n```bash {#one on=all}\ntrue\n```\n\n```bash {#two on=all}\nfalse\n```\n\n```bash {#three on=all}\ntrue\n```\n";

const by: Verified = {
  at: "2026-11-22T18:41:07.000Z",
  ran: "2026-11-21T18:41:07.000Z",
  status: "failed",
  waymark: "0.1.0",
  hosts: 2,
  systems: [{ os: "Debian <b>12</b>", arch: "aarch64", hosts: 2 }],
  steps: [
    { id: "one", status: "passed", hosts: 2, at: "2026-11-21T18:41:07.000Z" },
    { id: "two", status: "failed", hosts: 0, at: "2026-11-22T18:41:07.000Z" },
    { id: "three", status: "not run", hosts: 0 },
  ],
};

function pageOf(
  current: boolean,
  more: Partial<Verified> = {},
): { readonly html: string; readonly files: readonly string[] } {
  const page = readPage({ file: "k8s/guide.md", path: "k8s/guide.md", bytes: Buffer.from(GUIDE) }, false);
  const { files } = makeSite([{ ...page, verified: { by: { ...by, ...more }, current } }], new Map(), plainTokens);
  const html = String(files.find(({ path }) => path === "k8s/guide.html")?.content);
  return { html, files: files.map(({ path }) => path) };
}

describe("the page of a guide that a run has been through", () => {
  it("says when, where and how it ended, as a whole and step by step", () => {
    const { html, files } = pageOf(true);
    expect(files).toContain("k8s/guide.svg");
    expect(html).toContain('<img src="guide.svg" alt="" height="20"> Last tried, and failed, <time');
    expect(html).toContain(' (run <time datetime="2026-11-21T18:41:07.000Z">2026-11-21</time>) on 2 hosts');
    expect(html).toContain("on 2 hosts with Debian &#x3C;b>12&#x3C;/b> aarch64, by Waymark 0.1.0.");
    expect(html).toContain('Passed on 2 hosts, <time datetime="2026-11-21T18:41:07.000Z">2026-11-21</time>.');
    expect(html.match(/class="note verified"/g)?.length).toBe(2);
  });

  it("says how many hosts are what, where they are not alike or were not all asked", () => {
    const [debian, ubuntu] = ["Debian", "Ubuntu"].map((os) => ({ os, arch: "", hosts: 1 }));
    const systems = debian === undefined || ubuntu === undefined ? [] : [debian, ubuntu];
    expect(pageOf(true, { systems }).html).toContain("on 2 hosts (1 with Debian, 1 with Ubuntu), by");
    expect(pageOf(true, { systems: systems.slice(1) }).html).toContain("on 2 hosts (1 with Ubuntu), by");
    expect(pageOf(true, { systems: [] }).html).toContain("on 2 hosts, by");
  });

  it("says of the steps of another text nothing", () => {
    const { html } = pageOf(false);
    expect(html).toContain("by Waymark 0.1.0, with an earlier text of this guide.");
    expect(html).not.toContain("note verified");
  });
});
