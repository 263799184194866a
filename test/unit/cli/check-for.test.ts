import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
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

  it("warns of links to places that their guides do not have, for whatever site", async () => {
    await writeFile(join(folder, "in/b.md"), "## Part one\n");
    // Nobody can read its beginning.
    await symlink("/proc/self/mem", join(folder, "in/shut.md"));
    await writeFile(
      join(folder, "in/l.md"),
      "# L {#ell}\n\n[1](#lost) [2](b.md#part-two) [3](b.md#part-one) [4](../up.md#x) [5](#step:on) [6](#ell) [7](#top) [8](gone.md#x) [9](shut.md#x)\n\n```bash {#on on=all}\ntrue\n```\n",
    );
    const { code, text } = await saidOf(folder, ["check", "in/l.md"]);
    expect(code).toBe(0);
    expect(text.match(/:\d+:\d+ warning WM80\d\d [^,]*|Did you.*/g)).toEqual([
      ":3:1 warning WM8056 No heading of this guide is called `#lost`",
      ":3:12 warning WM8056 No heading of `b.md` is called `#part-two`",
      "Did you mean `#part-one`?",
    ]);
    // Steps have addresses of their own on our pages alone.
    expect((await saidOf(folder, ["check", "--for", "github", "in/l.md"])).text).toContain("called `#step:on`");
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
