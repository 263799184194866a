import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { attackedGuide, ATTACKS } from "../unit/publish/site/attacks.ts";
import { hasChromium, launchChromium, openPage, type WatchedPage } from "./chromium.ts";
import { serveFolder } from "./static-server.ts";
import { Place } from "./waymark.ts";

/*
 * A library of guides, published by the built command line, in Debian's Chromium: as a reader has it, from the file
 * system and from a web server. Whatever a test does, no page may complain, ask for anything that is not its own, or run
 * what a guide says.
 */

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const PATIENCE = { timeout: 60_000 };
vi.setConfig({ testTimeout: 180_000 });

const HOSTILE = [0, 1, 2, 3];
/** A name of a file, at which every one of its signs is at home but on a page. */
const ODD_NAME = `"><img src=x onerror=pwned()> #%41?&amp;'`;

/** Why a browser keeps nothing. */
const FORGETFUL = [
  [
    "it may not",
    `Object.defineProperty(globalThis, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } })`,
  ],
  ["there is no room", `Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }`],
] as const;

const PAPER = "getComputedStyle(document.body).backgroundColor";

/** Elements and attributes that text never makes. */
const ODD = `[...document.querySelectorAll("*")].filter(({ attributes, localName }) =>
  ["svg", "math", "iframe", "object", "embed", "base", "style"].includes(localName) ||
  [...attributes].some(({ name, value }) => name.startsWith("on") ||
    ["href", "src", "action"].includes(name) && !/^(https?:|mailto:|file:|data:,$)/.test(new URL(value, location.href))),
).map(({ outerHTML }) => outerHTML.slice(0, 200))`;

/** What axe has to say, as one line for each rule. What it would load once more, pages may not load. */
const violationsIn = (theme: string): string => `(async () => {
  document.documentElement.dataset.theme = "${theme}";
  const { violations } = await axe.run({ preload: false });
  return violations.map(({ id, nodes: [node] }) => id + ": " + node.html.slice(0, 200) + " " + node.failureSummary);
})()`;

async function filesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = async (path: string) => [path.slice(folder.length + 1), await readFile(path, "latin1")] as const;
  return new Map(await Promise.all(paths.map(read)));
}

describe.skipIf(!hasChromium)("a published library", () => {
  let dir = "";
  let site = "";
  let browser: Browser;
  const opened: WatchedPage[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "waymark-publish-"));
    const place = new Place(dir);
    await cp(join(REPOSITORY, "runbooks/rolling-upgrade.md"), join(dir, "library/runbooks/rolling-upgrade.md"));
    for (const name of ["values", "prose", "steps"]) {
      await cp(join(REPOSITORY, "test/fixtures/publish", name, "guide.md"), join(dir, `library/${name}.md`));
    }
    // One after the other is what `test/unit/publish/site/hostile.test.ts` looks at.
    for (const part of HOSTILE) {
      const attacks = ATTACKS.filter((_, index) => index % HOSTILE.length === part);
      await place.write(`library/hostile/${part}.md`, attackedGuide(attacks.join(" ")));
    }
    await place.write(`library/hostile/${ODD_NAME}.md`, `[me](<./>)\n\n## Oddly named\n\nSee [this](#oddly-named).\n`);
    const ended = await place.waymark("publish", "library", "--out", "site");
    expect(ended.stderr).not.toMatch(/ error WM|cannot/);
    expect(ended.code).toBe(0);
    site = `${pathToFileURL(join(dir, "site")).href}/`;
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser.close();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });

  async function open(
    path: string,
    options: BrowserContextOptions & { readonly site?: string; readonly script?: string } = {},
  ): Promise<WatchedPage["page"]> {
    const from = options.site ?? site;
    const watched = await openPage(browser, from, options);
    opened.push(watched);
    if (options.script !== undefined) await watched.page.addInitScript(options.script);
    await watched.page.goto(from + path);
    return watched.page;
  }

  async function untroubled(page: WatchedPage["page"]): Promise<void> {
    expect(opened.find((one) => one.page === page)?.trouble).toEqual([]);
    await page.context().close();
  }

  test("copies just the command, with the values that were typed, each written as its place demands", async () => {
    const page = await open("values.html");
    await page.evaluate(
      `Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { document.title = text } } })`,
    );
    const copied = async (step: string): Promise<string> => {
      await page.locator(`[id="step:${step}"] button.copy`).click();
      await page.locator(`[id="step:${step}"] button.copy.done`).waitFor();
      return page.title();
    };
    await page.getByLabel("COUNT", { exact: true }).fill("3");
    expect(await copied("session")).toBe('echo "3" \\ "3" echo 3');
    await page.getByLabel("MESSAGE", { exact: true }).fill('a "b" $(c)');
    const code = page.locator("main > .code pre").first();
    expect(await code.textContent()).toContain(
      String.raw`echo "a \"b\" \$(c)" '$MESSAGE' a '"b"' '$(c)' ${"$"}{MESSAGE:-none} \$MESSAGE $MESSAGES`,
    );
    expect(await code.textContent()).toContain(String.raw`do echo x'a "b" $(c)'; done`);
    expect(await page.locator(".exports pre").textContent()).toContain(`export MESSAGE='a "b" $(c)'`);
    // What does not fit is said, and does not get into commands.
    await page.getByLabel("CIDR", { exact: true }).fill("nonsense");
    expect(await page.locator(".value", { hasText: "CIDR" }).locator(".wrong").textContent()).toContain("does not fit");
    expect(await code.textContent()).toContain("--pod-network-cidr=$CIDR ");
    // What a step has printed is a value as well.
    await page.getByLabel("MADE", { exact: true }).fill("today");
    expect(await copied("use")).toBe('echo "today" "$HIDDEN"');
    await page.reload();
    expect(await page.getByLabel("COUNT", { exact: true }).inputValue()).toBe("3");
    await untroubled(page);
  });

  test("keeps secrets in their fields", async () => {
    const page = await open("values.html");
    await page.getByLabel("PASSWORD", { exact: true }).fill("sunshine-and-rain");
    expect(await page.content()).not.toContain("sunshine");
    expect(await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")).not.toContain(
      "sunshine",
    );
    expect(await page.locator("main > .code pre").first().textContent()).toContain('login "$PASSWORD"');
    await untroubled(page);
  });

  test("has alternatives as tabs, which follow the form and links", async () => {
    const page = await open("values.html");
    const shown = async (): Promise<readonly (string | null)[]> => {
      const panels = await page.locator("[data-choice]:visible").all();
      return Promise.all(panels.map((panel) => panel.getAttribute("data-choice")));
    };
    expect(await shown()).toEqual(["calico"]);
    await page.getByRole("tab", { name: "Flannel" }).click();
    expect(await shown()).toEqual(["flannel"]);
    expect(await page.getByLabel("NETWORK", { exact: true }).inputValue()).toBe("flannel");
    await page.keyboard.press("ArrowRight");
    expect(await shown()).toEqual(["calico"]);
    await page.getByLabel("NETWORK", { exact: true }).selectOption("flannel");
    expect(await shown()).toEqual(["flannel"]);
    const step = page.locator('[id="step:calico"]');
    await page.goto(`${site}values.html#step:calico`);
    // Browsers tell pages of it when they come to it.
    await expect.poll(shown, PATIENCE).toEqual(["calico"]);
    await expect.poll(async () => ((await step.boundingBox())?.y ?? 780) < 780, PATIENCE).toBe(true);
    // Also a link to where one is, once something else is shown there; and the way back.
    const contents = page.getByRole("navigation", { name: "Contents" });
    await contents.getByRole("link", { name: "Flannel" }).click();
    await expect.poll(shown, PATIENCE).toEqual(["flannel"]);
    await page.getByRole("tab", { name: "Calico" }).click();
    await contents.getByRole("link", { name: "Flannel" }).click();
    await expect.poll(shown, PATIENCE).toEqual(["flannel"]);
    await page.goBack();
    await expect.poll(shown, PATIENCE).toEqual(["calico"]);
    // A link that was copied from a step leads to it.
    const link = step.getByRole("link", { name: "Link to this step" });
    expect(await link.getAttribute("href")).toBe("#step:calico");
    await untroubled(page);
  });

  test("works on a web server, below a path, also where it may not use the clipboard", async () => {
    await using server = await serveFolder(join(dir, "site"), "/docs/");
    const served = `http://guides.test:${server.port}/docs/`;
    const page = await open("index.html", { site: served });
    await page.getByRole("link", { name: "Values" }).click();
    expect(await page.evaluate("isSecureContext")).toBe(false);
    await page.getByLabel("DISK", { exact: true }).fill("/dev/sda");
    await page.locator('[id="step:disk"] button.copy').click();
    await page.locator('[id="step:disk"] button.copy.done').waitFor();
    expect(await page.evaluate("document.activeElement.closest('[id]').id")).toBe("step:disk");
    await page.keyboard.press("/");
    await page.keyboard.press("Control+V");
    expect(await page.getByRole("searchbox").inputValue()).toBe('mkfs "/dev/sda"');
    await page.getByRole("searchbox").fill("oddly named");
    await page.locator(".found a").first().click();
    await page.getByRole("heading", { name: "Oddly named" }).waitFor();
    expect(page.url()).toBe(`${served}hostile/${encodeURIComponent(ODD_NAME)}.html#oddly-named`);
    await page.getByRole("link", { name: "Next" }).click();
    await page.waitForURL(/hostile\/0\.html$/);
    await page.goto(`${served}values.html`);
    expect(await page.getByLabel("DISK", { exact: true }).inputValue()).toBe("/dev/sda");
    expect(server.missed).toEqual([]);
    await untroubled(page);
  });

  test.each(FORGETFUL)("works in a browser that keeps nothing, since %s", async (_why, script) => {
    const page = await open("values.html", { script });
    await page.getByLabel("COUNT", { exact: true }).fill("3");
    expect(await page.locator('[id="step:session"] pre').textContent()).toContain('$ echo "3"');
    const paper = await page.evaluate(PAPER);
    await page.getByRole("button", { name: "Light or dark" }).click();
    expect(await page.evaluate(PAPER)).not.toBe(paper);
    await page.goto(`${site}steps.html`);
    await page.getByLabel("the first, of pi-1").check();
    await untroubled(page);
  });

  test("finds words in any guide, and leads to where they are", async () => {
    const page = await open("values.html", { colorScheme: "dark" });
    await page.keyboard.press("/");
    await page.keyboard.type("zzzz");
    await page.locator(".found", { hasText: "Nothing found" }).waitFor();
    await page.getByRole("searchbox").fill("");
    expect(await page.locator(".found").isVisible()).toBe(false);
    await page.keyboard.type("kubeadm upgrade contrl");
    const first = page.locator(".found a").first();
    await first.waitFor();
    expect(await first.textContent()).toContain("The control plane");
    await page.evaluate(await readFile(AXE, "utf8"));
    expect(await page.evaluate(violationsIn("dark"))).toEqual([]);
    await page.keyboard.press("Enter");
    await page.waitForURL(/runbooks\/rolling-upgrade\.html#the-control-plane/);
    await untroubled(page);
  });

  test("remembers what was ticked, and no longer when it is unticked", async () => {
    const page = await open("steps.html");
    const box = page.getByLabel("the first, of pi-1");
    await box.check();
    await page.reload();
    expect(await box.isChecked()).toBe(true);
    expect(await page.getByLabel("the second").isChecked()).toBe(true);
    await box.uncheck();
    expect(await page.evaluate("localStorage.length")).toBe(0);
    await untroubled(page);
  });

  test("is light or dark as the reader's system is, or as he chooses", async () => {
    const page = await open("steps.html", { colorScheme: "dark" });
    const paper = (): Promise<unknown> => page.evaluate(PAPER);
    const dark = await paper();
    await page.getByRole("button", { name: "Light or dark" }).click();
    const light = await paper();
    expect(light).not.toBe(dark);
    await page.reload();
    expect(await paper()).toBe(light);
    await untroubled(page);
  });

  test("reads well without scripts", async () => {
    const page = await open("values.html", { javaScriptEnabled: false });
    expect(await page.locator("[data-choice]:visible").count()).toBe(2);
    expect(await page.locator(".exports pre").isVisible()).toBe(true);
    expect(await page.locator("button:visible, input:visible, form:visible").count()).toBe(0);
    await untroubled(page);
  });

  test("prints what is to be read, and nothing to click on", async () => {
    const page = await open("runbooks/rolling-upgrade.html", { colorScheme: "dark" });
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("button:visible, nav:visible").count()).toBe(0);
    expect(await page.evaluate(PAPER)).toBe("rgb(255, 255, 255)");
    // All alternatives, what is folded up, and addresses behind words that do not say them.
    await page.goto(`${site}values.html`);
    expect(await page.locator("[data-choice]:visible").count()).toBe(2);
    await page.goto(`${site}prose.html`);
    expect(await page.locator("details pre").isVisible()).toBe(true);
    const behind = (address: string): Promise<unknown> =>
      page.evaluate(`getComputedStyle(document.querySelector('a[href="${address}"]'), "::after").content`);
    expect(await behind("https://example.org")).toContain("https://example.org");
    expect(await behind("https://example.net")).toBe("none");
    await untroubled(page);
  });

  test("every page fits a phone, and is accessible, light and dark", async () => {
    const axe = await readFile(AXE, "utf8");
    const pages = (await readdir(join(dir, "site"), { recursive: true })).filter((path) => path.endsWith(".html"));
    expect(pages.length).toBe(10);
    const page = await open("index.html", { viewport: { width: 360, height: 780 } });
    const found: string[] = [];
    for (const path of pages) {
      await page.goto(site + path.split("/").map(encodeURIComponent).join("/"));
      const wide = await page.evaluate("document.documentElement.scrollWidth");
      if (wide !== 360) found.push(`${path}: ${String(wide)} wide`);
      // Hostile pages differ in their words only: one of them speaks for all.
      if (path.startsWith("hostile/") && path !== "hostile/0.html") continue;
      await page.evaluate(axe);
      // As for colours, there is no other kind of page.
      for (const theme of path === "values.html" || path === "steps.html" ? ["light", "dark"] : ["dark"]) {
        const violations = (await page.evaluate(violationsIn(theme))) as readonly string[];
        found.push(...violations.map((violation) => `${path} (${theme}): ${violation}`));
      }
    }
    expect(found).toEqual([]);
    await untroubled(page);
  });

  test("runs nothing that a guide says, wherever it says it", async () => {
    const page = await open("hostile/0.html");
    for (const index of HOSTILE) {
      await page.goto(`${site}hostile/${index}.html`);
      if (index === 0) {
        for (const field of await page.locator("input[data-input]").all())
          await field.fill('"><img src=x onerror=pwned()>');
      }
      const odd = await page.evaluate(ODD);
      expect(odd).toEqual([]);
    }
    await page.goto(`${site}index.html`);
    await page.getByRole("searchbox").fill("pwned");
    await page.locator(".found a").first().waitFor();
    await untroubled(page);
  });

  test("is the same, byte for byte, when it is published again; what is no part of it any more goes", async () => {
    const place = new Place(dir);
    const before = await filesIn(join(dir, "site"));
    await writeFile(join(dir, "site/CNAME"), "guides.example.org\n");
    await place.write("site/waymark-assets/files.json", JSON.stringify([...before.keys(), "old/page.html"]));
    await place.write("site/old/page.html", "of a guide that is gone");
    // Wherever, whenever and in whatever language.
    const elsewhere = new Place(join(dir, "elsewhere"));
    await mkdir(elsewhere.dir);
    const env = { TZ: "Pacific/Chatham", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" };
    const again = elsewhere.start(["publish", "../library", "--out", "../site"], { env });
    expect((await again.ended).code).toBe(0);
    const after = await filesIn(join(dir, "site"));
    expect(after.get("CNAME")).toBe("guides.example.org\n");
    expect(new Map([...after].filter(([path]) => path !== "CNAME"))).toEqual(before);
  });

  test("is not written over what is not its own, nor from what is wrong", async () => {
    const place = new Place(dir);
    await place.write("mine/index.html", "mine");
    const refused = await place.waymark("publish", "library/prose.md", "--out", "mine");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("mine/index.html is in the way");
    expect(await readdir(join(dir, "mine"))).toEqual(["index.html"]);
    await place.write("wrong.md", "```bash {on=all timeuot=3m}\ntrue\n```\n");
    const wrong = await place.waymark("publish", "wrong.md", "--out", "nowhere");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("wrong.md:1:17");
    expect(wrong.stderr).toContain("wrong.md cannot be published");
    expect(await readdir(dir)).not.toContain("nowhere");
  });
});
