import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plainTokens } from "../../src/highlight/token.ts";
import { reportPage } from "../../src/publish/report/html/report-page.ts";
import type { Report } from "../../src/publish/report/report.ts";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { largeReport } from "../unit/publish/report/reports.ts";
import { hasChromium, launchChromium, openPage } from "./chromium.ts";
import { asFound, findSecrets } from "./secret-search.ts";
import { block, expectCode, hostsFile, type Place, usePlace } from "./waymark.ts";

/*
 * One run that has all there is to tell: a failure, a guide that is edited for it, a retry, a file that was changed, a
 * secret, and output that would like to be more than text. It is reported in every form, and the page is opened in
 * Debian's Chromium, from the file system.
 */

const SECRET = "correct-horse-battery-staple";
const OUTPUT = "<script>document.title = 'pwned'</script><img src=https://evil.example/x.png onerror=alert(1)>";

const GUIDE = [
  "---\nrunbook:\n  inputs:\n    NAME: { default: world }\n    TOKEN: { secret: true }\n---",
  "# Greetings",
  block("bash {#hello on=all capture=SAID}", `echo 'hello ${OUTPUT}'`),
  block("bash {#login on=all}", 'echo "with $TOKEN"; printf %s "$TOKEN" | base64'),
  block('ini {#conf on=all file="~/greeting.conf"}', "[server]", "port = 8080"),
  block("bash {#up on=all retry=2 every=100ms}", '[ -e "$HOME/up" ] || { touch "$HOME/up"; echo "not yet"; exit 1; }'),
  "<!-- waymark: #check on=all verify -->",
  block("console", "$ echo one", "two"),
  block("bash {#last on=all}", "echo done"),
].join("\n\n");

const VIOLATIONS = `(async () => (await axe.run()).violations.map(({ id, nodes: [node] }) => id + ": " + node.html.slice(0, 200)))()`;

/** Elements and attributes that text never makes. */
const ODD = `[...document.querySelectorAll("*")].filter(({ attributes, localName }) =>
  ["img", "iframe", "object", "embed", "base", "form"].includes(localName) ||
  [...attributes].some(({ name, value }) => name.startsWith("on") || name === "style" || name === "href" && !/^(#|data:,$)/.test(value)),
).map(({ outerHTML }) => outerHTML.slice(0, 200))`;

describe("a report", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta"] });
  const place = usePlace();

  test("tells all of a run in every form, and nothing of its secrets", async () => {
    await prepare(place());
    const told = async (form: string): Promise<string> =>
      expectCode(0, await place().waymark("report", "guide.md", "--to", form)).stdout;
    const report = JSON.parse(await told("json")) as Report;
    expect(report.status).toBe("passed");
    expect(report.revisions.map(({ edits }) => edits?.rejudged)).toEqual([undefined, ["check"]]);
    const task = (id: string): Report["steps"][number]["tasks"][number] | undefined =>
      report.steps.find((step) => step.id === id)?.tasks.find(({ host }) => host === "beta");
    expect(task("conf")?.file?.difference).toEqual(expect.arrayContaining(["-port = 80", "+port = 8080"]));
    expect(task("up")).toMatchObject({ status: "ok", attempts: [{ exit: 1 }, { exit: 0 }], waits: [{ for: "retry" }] });
    expect(task("check")?.attempts[0]?.verdicts.map(({ revision, passed }) => [revision, passed])).toEqual([
      [0, false],
      [1, true],
    ]);
    expect(task("login")?.output?.head).toContain("with «secret»");

    const markdown = await told("md");
    expect(markdown).toContain("## ✔ Greetings: passed");
    expect(markdown).toContain("Inputs: `NAME=world`, `TOKEN=«secret»`");
    const junit = await told("junit");
    expect(junit).toContain('tests="12" failures="0" errors="0"');
    const page = await told("html");
    const forms = [asFound("json", JSON.stringify(report)), asFound("md", markdown), asFound("junit", junit)];
    expect(findSecrets([SECRET], [...forms, asFound("html", page)])).toEqual([]);

    // A step of CI has a summary; and who asks for something that there is not, gets nothing.
    const summary = await place().write("summary.md", "before\n");
    const options = { env: { GITHUB_STEP_SUMMARY: summary } };
    expectCode(0, await place().start(["report", "--to", "md"], options).ended);
    expect(await readFile(summary, "utf8")).toBe(`before\n${markdown}\n`);
    expectCode(0, await place().start(["report", "--to", "md", "--out", "ticket.md"], options).ended);
    expect(await readFile(summary, "utf8")).toBe(`before\n${markdown}\n${markdown}\n`);
    expectCode(2, await place().waymark("report", "19700101"));
    expectCode(2, await place().waymark("report", "--out", "no/such/folder.html"));

    // The guide's own page says so as well; that of another guide does not.
    expectCode(0, await place().waymark("publish", "guide.md", "--out", "site", "--run", report.run));
    expect(await readFile(join(place().dir, "site/index.html"), "utf8")).toContain("Last verified <time");
    await place().write("other.md", "# Other\n");
    const other = expectCode(2, await place().waymark("publish", "other.md", "--out", "other", "--run", report.run));
    expect(other.stderr).toContain("WM8081");

    await place().write("page.html", page);
    if (hasChromium) await look(join(place().dir, "page.html"));
  });

  async function prepare(at: Place): Promise<void> {
    await at.write("hosts.yaml", hostsFile(lab().hosts));
    for (const { name } of lab().hosts)
      await writeFile(join(lab().home(name), "greeting.conf"), "[server]\nport = 80\n");
    await at.write("guide.md", GUIDE);
    const env = { WAYMARK_INPUT_TOKEN: SECRET };
    expectCode(1, await at.start(["run", "guide.md"], { env }).ended);
    const failed = expectCode(0, await at.waymark("report", "--to", "md")).stdout;
    expect(failed).toMatch(/`check` \(`guide.md:\d+`\) on `alpha, beta`: `the output is not what the guide shows`/);
    expect(failed).toContain("- two\n+ one\n");
    await at.write("guide.md", GUIDE.replace("$ echo one\ntwo", "$ echo one\none"));
    expectCode(0, await at.start(["resume", "guide.md"], { env }).ended);
  }
});

async function look(file: string): Promise<void> {
  const browser = await launchChromium();
  try {
    const { page, done } = await open(browser, file, { viewport: { width: 360, height: 780 } });
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
    await page.evaluate(`document.querySelectorAll("details").forEach((one) => (one.open = true))`);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate(VIOLATIONS)).toEqual([]);
    }
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    expect(await page.evaluate(ODD)).toEqual([]);
    expect(await page.title()).toBe("Greetings: passed");
    expect(await page.locator("#step-0").textContent()).toContain(`hello ${OUTPUT}`);
    expect(await page.locator("#files del").allTextContents()).toEqual(["- port = 80\n"]);
    expect(await page.locator("#guide del, #guide ins").allTextContents()).toEqual(["- two\n", "+ one\n"]);
    expect(await page.locator("svg.timeline .does-failed").count()).toBeGreaterThan(0);
    expect(await page.locator("svg.timeline .does-retry").count()).toBe(2);
    await done();

    const plain = await open(browser, file, { javaScriptEnabled: false });
    expect(await plain.page.locator("search").isVisible()).toBe(false);
    expect(await plain.page.locator(".task").count()).toBeGreaterThan(5);
    await plain.done();
  } finally {
    await browser.close();
  }
}

interface Opened {
  readonly page: Page;
  /** Whatever has been done on it, it must not have complained, nor asked the network for anything. */
  readonly done: () => Promise<void>;
}

async function open(browser: Browser, file: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const address = pathToFileURL(file).href;
  const { page, trouble } = await openPage(browser, address, options);
  await page.goto(address);
  return {
    page,
    async done() {
      expect(trouble).toEqual([]);
      await page.context().close();
    },
  };
}

describe.skipIf(!hasChromium)("the page of 60 steps on 500 hosts, which all print something else", () => {
  const place = usePlace();
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("opens, scrolls, and finds what one of them has printed", async () => {
    const file = await place().write("large.html", reportPage(largeReport(500, 60), plainTokens));
    const { page, done } = await open(browser, file);
    expect(await page.locator("details.task:not(.more)").count()).toBe(30_000);
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)");
    await page.locator("footer").waitFor();
    await page.keyboard.press("/");
    await page.locator("input:focus").fill("node-456: step 59 of");
    await page.locator("search output", { hasText: /^1 place$/ }).waitFor();
    const found = page.locator("details.task[open] pre:visible");
    expect(await found.allTextContents()).toEqual(["node-456: installed 3 packages\nnode-456: step 59 of 60 is done"]);
    await page.locator("input:focus").fill("");
    await page.locator("search output", { hasText: /^$/ }).waitFor({ state: "attached" });
    expect(await page.locator("details.task[open]").count()).toBe(0);
    await done();
  });
});
