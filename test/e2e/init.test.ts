import { readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * The first guide that anybody has: `waymark init` writes it, and it runs.
 */

describe("waymark init", () => {
  const place = usePlace();
  const files = async (): Promise<readonly string[]> => (await readdir(place().dir)).toSorted();

  test("writes a guide and its hosts, which are sound, and says what comes next", async () => {
    const { stdout, stderr } = expectCode(0, await place().waymark("init"));
    expect(stderr).toBe("");
    expect(stdout).toContain("waymark run guide.md");
    expect(await files()).toEqual(["guide.md", "home", "hosts.yaml"]);
    expect(expectCode(0, await place().waymark("check", "guide.md"))).toMatchObject({
      stdout: "guide.md: no problems\n",
      stderr: "",
    });
    const { stdout: plan } = expectCode(0, await place().waymark("plan", "guide.md"));
    expect(plan).toContain("hosts: pi-[1-3]");
  });

  test("makes the folder it is told, and says how to go there", async () => {
    const { stdout } = expectCode(0, await place().waymark("init", "guides/my first"));
    expect(stdout).toContain("\n  cd 'guides/my first'\n");
    expect((await readdir(join(place().dir, "guides/my first"))).toSorted()).toEqual(["guide.md", "hosts.yaml"]);
  });

  test.each(["guide.md", "hosts.yaml"])(
    "overwrites nothing: a %s that is there is named, and nothing written",
    async (name) => {
      await place().write(name, "mine\n");
      const { stdout, stderr } = expectCode(2, await place().waymark("init"));
      expect(stdout).toBe("");
      expect(stderr).toContain(`${name} is there already`);
      expect(stderr).toContain("waymark init my-guide");
      expect(await files()).toEqual([name, "home"].toSorted());
      expect(await readFile(join(place().dir, name), "utf8")).toBe("mine\n");
    },
  );

  test("follows no link", async () => {
    await symlink(join(place().dir, "elsewhere"), join(place().dir, "hosts.yaml"));
    expect(expectCode(2, await place().waymark("init")).stderr).toContain("hosts.yaml is there already");
    expect(await files()).toEqual(["home", "hosts.yaml"]);
  });

  test("says so where it cannot write", async () => {
    await place().write("file", "");
    const { stderr } = expectCode(2, await place().waymark("init", "file/guide"));
    expect(stderr).toContain("cannot be written");
  });
});

describe("the guide that it writes", () => {
  const lab = useLoopbackLab({ count: 3 });
  const place = usePlace();

  test("runs on hosts of a lab, with any greeting", async () => {
    expectCode(0, await place().waymark("init"));
    await place().write("lab.yaml", hostsFile(lab().hosts));
    const { stdout } = expectCode(
      0,
      await place().waymark("run", "guide.md", "-i", "lab.yaml", "--input", "GREETING=Ahoy"),
    );
    expect(stdout).toMatch(/lab-\[1-3\] │ Ahoy from |lab-\[1-3\] \| Ahoy from /);
    for (const { name } of lab().hosts) {
      const [note] = await linesOf(join(lab().home(name), "first-guide/note.txt"));
      expect(note).toMatch(/^Ahoy from ./);
    }
  });
});
