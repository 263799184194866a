import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * A rehearsal: hosts are reached and looked at, and stay as they are.
 */

const GUIDE = [
  block('bash {#one on=all creates="~/made"}', 'echo one >> "$HOME/log"'),
  block("bash {#token on=alpha capture=TOKEN}", 'echo t >> "$HOME/log"; echo secret-token'),
  block("bash {#join on=all}", 'echo "$TOKEN" >> "$HOME/log"'),
  block('text {#conf file="~/conf" on=all}', "a", "c"),
  block('bash {#late on=all confirm="Sure?" checkpoint}', 'echo late >> "$HOME/log"'),
];

describe("--dry-run", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta"] });
  const place = usePlace();
  const home = (name: string, file: string): string => join(lab().home(name), file);

  test("says what would run, be skipped or change on which host, and changes nothing", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", GUIDE.join("\n"));
    await writeFile(home("alpha", "made"), "");
    await writeFile(home("alpha", "conf"), "a\nb\n");
    const before = await readdir(lab().home("alpha"));
    const { stdout } = expectCode(0, await place().waymark("run", "guide.md", "--dry-run"));
    expect(stdout).toContain("alpha  skipped: already done: ~/made exists");
    expect(stdout).toContain("skipped: needs TOKEN, which token captures");
    expect(stdout).toContain("-b");
    expect(stdout).toContain("+c");
    expect(stdout).toContain("dry run: nothing was done");
    expect(await readdir(lab().home("alpha"))).toEqual(before);
    expect(await readFile(home("alpha", "conf"), "utf8")).toBe("a\nb\n");
    expect(await readdir(place().state).catch(() => [])).toEqual([]);
    expectCode(0, await place().waymark("run", "guide.md", "--yes"));
    expect(await linesOf(home("alpha", "log"))).toEqual(["t", "secret-token", "late"]);
  });

  test("goes through to the end where hosts would reboot, and reboots none", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    const guide = [
      block("bash {#after on=all reboot=after}", "true"),
      block("bash {#during on=all reboot}", "reboot"),
      block("bash {#again on=all reconnect}", "true"),
      block("bash {#menu on=all interactive}", "true"),
      block("bash {#serve on=all background}", "sleep 100"),
      block("bash {#end on=all}", "true"),
    ];
    await place().write("guide.md", guide.join("\n"));
    const { stdout } = expectCode(0, await place().waymark("run", "guide.md", "--dry-run"));
    expect(stdout).toContain("[6/6] end");
    expect(stdout).not.toContain("reboots nothing");
  });

  test("of a run that goes on knows what it has done, and leaves its journal alone", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", [...GUIDE, block("bash {#fails on=alpha}", "exit 3")].join("\n"));
    expectCode(1, await place().waymark("run", "guide.md", "--yes"));
    const { stdout: history } = await place().waymark("show", "guide.md", "--json");
    const { stdout } = expectCode(0, await place().waymark("resume", "--dry-run"));
    expect(stdout).toContain("[6/6]");
    expect(stdout).not.toContain("[4/6]");
    expect((await place().waymark("show", "guide.md", "--json")).stdout).toBe(history);
  });
});
