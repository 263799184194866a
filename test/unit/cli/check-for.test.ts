import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FORMS } from "../../../src/publish/markdown/form.ts";
import { saidOf } from "./said.ts";

const GUIDE =
  "# A\n\n[b](b.md) [up](../up.md) [not](.h/d.md) [gone](e.md) [text](f.txt) [c](c/) ![g](g.png) ![h](h.png) [w](https://a.b)\n\n```bash {on=all}\ntrue\n```\n";

describe("waymark check --for", () => {
  let folder = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "waymark-check-"));
    await mkdir(join(folder, "in/c"), { recursive: true });
    await mkdir(join(folder, "in/.h"));
    for (const name of ["in/b.md", "in/c/README.md", "in/.h/d.md", "in/f.txt", "in/g.png", "up.md"])
      await writeFile(join(folder, name), "x\n");
    await writeFile(join(folder, "in/a.md"), GUIDE);
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each(FORMS)("warns of links and pictures that a page for %s would not have", async (form) => {
    const { code, text } = await saidOf(folder, ["check", "--for", form, "in/a.md"]);
    expect(code).toBe(0);
    expect(text.match(/WM80\d\d [^`]*`[^`]*`/g)).toEqual([
      "WM8051 `../up.md`",
      "WM8051 `.h/d.md`",
      "WM8051 `e.md`",
      "WM8051 `f.txt`",
      "WM8052 The picture `h.png`",
    ]);
  });

  it("takes a folder for all guides in it, and prose beside them for pages", async () => {
    const { code, text } = await saidOf(folder, ["check", "--for", "github", "in"]);
    expect(code).toBe(0);
    expect(text).toContain("in/a.md:3");
    expect(text).not.toContain("WM8005");
    expect(await saidOf(folder, ["check", "in/c"])).toEqual({ code: 0, text: "" });
    expect((await saidOf(folder, ["check", "in/c/README.md"])).text).toContain("WM8005");
  });

  it("takes guides to be published together that are checked together", async () => {
    const { text } = await saidOf(folder, ["check", "--for", "hugo", "in/a.md", "up.md"]);
    expect(text).toContain("`e.md` is not published");
    expect(text).not.toContain("`../up.md`");
  });
});
