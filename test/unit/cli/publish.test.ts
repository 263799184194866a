import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { saidOf } from "./said.ts";

const GUIDE = "# A guide\n\n```bash {#one on=all}\ntrue\n```\n";

describe("waymark publish", () => {
  let folder = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "waymark-publish-"));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  }

  const pages = async (out = "site"): Promise<readonly string[]> => {
    const all = await readdir(join(folder, out), { recursive: true }).catch(() => []);
    return all.filter((path) => path.endsWith(".html")).toSorted();
  };

  it("makes the one page of a guide the first, and a page each of a folder's", async () => {
    await write({ "a.md": GUIDE, "sub/b.markdown": "Prose.", ".hidden/c.md": GUIDE, "node_modules/d/e.md": GUIDE });
    expect(await saidOf(folder, ["publish", "a.md", "--out", "one"])).toEqual({ code: 0, text: "" });
    expect(await pages("one")).toEqual(["index.html"]);
    // The site may be within what is published.
    for (let time = 0; time < 2; time++) {
      expect(await saidOf(folder, ["publish", ".", "--out", "site"])).toEqual({ code: 0, text: "" });
      expect(await pages()).toEqual(["a.html", "index.html", "sub/b.html"]);
      await rm(join(folder, "one"), { recursive: true, force: true });
    }
  });

  it("publishes nothing of what has an error, be it in the plan only", async () => {
    await write({ "a.md": GUIDE, "b.md": "```bash {on=all}\necho\n```\n\n<!-- expect: stdot == '' -->\n" });
    const { code, text } = await saidOf(folder, ["publish", "a.md", "b.md", "--out", "site"]);
    expect(code).toBe(2);
    expect(text).toContain("b.md:5:");
    expect(text).toContain("b.md cannot be published [WM8050] nothing was written");
    expect(await pages()).toEqual([]);
  });

  it("publishes the guide that --run has taken for a run", async () => {
    await write({ "a.md": GUIDE, "b.md": GUIDE });
    const { code, text } = await saidOf(folder, ["publish", "--run", "a.md", "--out", "site"]);
    expect(text).toContain("none of the guides that are published here was run or verified [WM8081]");
    expect(code).toBe(2);
    const two = await saidOf(folder, ["publish", "--run", "./a.md", "b.md", "--out", "site"]);
    expect(two.text).toContain("--run ./a.md: that guide is not published here [WM8081]");
    expect(two.text).toContain("name it first, and --run last");
    expect((await saidOf(folder, ["publish", "--out", "site"])).text).toContain("missing required argument 'path'");
    expect(await pages()).toEqual([]);
  });

  it("says which picture is missing, and shows the others", async () => {
    await write({
      "a.md": "![one](one.png) ![two](two.png) ![up](../up.png) ![odd](odd.bmp)\n",
      "one.png": "png",
      "odd.bmp": "bmp",
    });
    const { code, text } = await saidOf(folder, ["publish", "a.md", "--out", "site"]);
    expect(code).toBe(0);
    expect(text.match(/WM8052 The picture `[^`]*`/g)).toEqual([
      "WM8052 The picture `two.png`",
      "WM8052 The picture `../up.png`",
      "WM8052 The picture `odd.bmp`",
    ]);
    expect(await readFile(join(folder, "site/one.png"), "utf8")).toBe("png");
  });

  it("refuses two guides that would be one page", async () => {
    await write({ "x/Guide.md": GUIDE, "y/guide.markdown": GUIDE });
    const { code, text } = await saidOf(folder, ["publish", "x", "y", "--out", "site"]);
    expect(code).toBe(2);
    expect(text).toContain("x/Guide.md and y/guide.markdown would both be the page guide.html [WM8053]");
  });

  it("leaves alone what it did not write", async () => {
    await write({
      "a.md": GUIDE,
      "site/index.html": "mine",
      "list/waymark-assets/files.json": '["../outside"]',
      outside: "stays",
    });
    const { code, text } = await saidOf(folder, ["publish", "a.md", "--out", "site"]);
    expect(code).toBe(2);
    expect(text).toContain("site/index.html is in the way: `waymark publish` did not write it [WM8054]");
    expect(await readFile(join(folder, "site/index.html"), "utf8")).toBe("mine");
    // Nor does a list that somebody has tampered with lead elsewhere.
    await saidOf(folder, ["publish", "a.md", "--out", "list"]);
    expect(await readFile(join(folder, "outside"), "utf8")).toBe("stays");
    expect((await saidOf(folder, ["publish", "a.md", "--out", "a.md"])).text).toContain("[WM8054]");
  });

  it("says where there is nothing to publish", async () => {
    await write({ "notes/a.txt": "" });
    expect((await saidOf(folder, ["publish", "notes", "--out", "site"])).text).toContain(
      "no Markdown file in notes [WM8055]",
    );
    expect((await saidOf(folder, ["publish", "nowhere.md", "--out", "site"])).text).toContain("[WM8006]");
    await symlink(join(folder, "nowhere"), join(folder, "notes/b.md"));
    expect((await saidOf(folder, ["publish", "notes", "--out", "site"])).code).toBe(2);
  });
});
