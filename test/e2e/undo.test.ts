import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, eventsOf, expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * What a run has done, taken back.
 */

const GUIDE = [
  "# Steps",
  block("bash {#one on=all}", 'export GREETING=hello; echo one >> "$HOME/log"'),
  block('text {#conf file="~/conf" on=all}', "new"),
  block("bash {#two on=all}", 'echo two >> "$HOME/log"; [ "$WAYMARK_HOST" != beta ]'),
  block("bash {#three on=all}", "true"),
  "# Undo",
  block("bash {#no-one undo=one on=all}", 'echo "undo one, $GREETING" >> "$HOME/log"'),
  block("bash {#no-two undo=two on=all}", 'echo "undo two" >> "$HOME/log"'),
];

describe("waymark undo", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta"] });
  const place = usePlace();
  const home = (name: string, file: string): string => join(lab().home(name), file);
  const exists = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );

  test("reverts in reverse what has finished where, with files as they were, once", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", GUIDE.join("\n"));
    await writeFile(home("alpha", "conf"), "old\n");
    expectCode(1, await place().waymark("run", "guide.md"));
    expect(await readFile(home("alpha", "conf"), "utf8")).toBe("new\n");

    const unasked = expectCode(3, await place().waymark("undo", "guide.md"));
    expect(unasked.stderr).toContain("nobody is there to say yes");
    expect(await linesOf(home("alpha", "log"))).toEqual(["one", "two"]);

    const wrong = expectCode(2, await place().waymark("undo", "guide.md", "--yes", "--rerun", "three"));
    expect(wrong.stderr).toContain("there is nothing to revert of such a step");

    const dry = expectCode(0, await place().waymark("undo", "guide.md", "--dry-run"));
    expect(dry.stdout).toContain("dry run: nothing was done");
    expect(await linesOf(home("alpha", "log"))).toEqual(["one", "two"]);

    const undone = expectCode(0, await place().waymark("undo", "guide.md", "--yes", "--json"));
    expect(await linesOf(home("alpha", "log"))).toEqual(["one", "two", "undo two", "undo one, hello"]);
    expect(await linesOf(home("beta", "log"))).toEqual(["one", "two", "undo one, hello"]);
    expect(await readFile(home("alpha", "conf"), "utf8")).toBe("old\n");
    expect(await exists(home("beta", "conf"))).toBe(false);
    expect(
      eventsOf(undone.stdout, "step-undone")
        .map(({ step, host }) => `${step} ${host}`)
        .toSorted(),
    ).toEqual(["conf alpha", "conf beta", "one alpha", "one beta", "two alpha"]);
    expect(eventsOf(undone.stdout, "run-finished")).toMatchObject([{ status: "abandoned" }]);

    const again = expectCode(2, await place().waymark("undo", "guide.md", "--yes"));
    expect(again.stderr).toContain("nothing to undo");
    expect(await linesOf(home("alpha", "log"))).toHaveLength(4);
  });

  test("that was killed is not overtaken by a run that goes on, and takes nothing back twice", async () => {
    const log = home("alpha", "killed");
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    const guide = [
      "# Steps",
      block("bash {#made on=local}", `echo made >> "${log}"`),
      "# Undo",
      block(
        "bash {#unmade undo=made on=all}",
        `echo "unmade $WAYMARK_HOST" >> "${log}"; until [ -e "${log}-go-on" ]; do cd "$HOME"; sleep 0.05; done`,
        `[ "$WAYMARK_HOST" = alpha ] || [ -e "${log}-ready" ]`,
      ),
    ];
    await place().write("guide.md", guide.join("\n"));
    expectCode(0, await place().waymark("run", "guide.md"));
    const running = place().start(["undo", "guide.md", "--yes", "--json"]);
    await running.until((stdout) => eventsOf(stdout, "attempt-started").length === 2);
    running.kill("SIGKILL");
    await running.ended;
    await writeFile(`${log}-go-on`, "");
    const refused = expectCode(3, await place().waymark("resume", "guide.md"));
    expect(refused.stderr).toContain("is being undone [WM8026]");
    expectCode(1, await place().waymark("undo", "guide.md", "--yes"));
    await writeFile(`${log}-ready`, "");
    expectCode(0, await place().waymark("undo", "guide.md", "--yes"));
    const lines = (await linesOf(log)).toSorted();
    expect(lines).toEqual(["made", "unmade alpha", "unmade beta", "unmade beta"]);
  });

  test("leaves a file alone that somebody has edited since, and says so", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", block('text {#conf file="~/edited" on=alpha}', "new"));
    expectCode(0, await place().waymark("run", "guide.md"));
    await writeFile(home("alpha", "edited"), "by hand\n");
    const undone = expectCode(1, await place().waymark("undo", "--yes"));
    expect(undone.stdout).toContain("it was edited since this step wrote it");
    expect(undone.stdout).toContain("go on    waymark undo");
    expect(undone.stdout).toMatch(/look {5}waymark show \S+ --step "undo conf"\n/);
    expect(await readFile(home("alpha", "edited"), "utf8")).toBe("by hand\n");
  });

  test("minds no attempt that failed before it changed anything", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", block('text {#conf file="~/made/conf" on=alpha}', "new"));
    expectCode(1, await place().waymark("run", "guide.md"));
    await mkdir(home("alpha", "made"));
    expectCode(0, await place().waymark("resume"));
    expect(await exists(home("alpha", "made/conf"))).toBe(true);
    expectCode(0, await place().waymark("undo", "--yes"));
    expect(await exists(home("alpha", "made/conf"))).toBe(false);
  });
});
