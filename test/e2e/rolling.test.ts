import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, eventsOf, expectCode, hostsFile, usePlace } from "./waymark.ts";

/*
 * A section that batches of hosts go through, one after the other.
 */

const WORKERS = ["w1", "w2", "w3", "w4", "w5", "w6"];

describe("rolling over a section", () => {
  const lab = useLoopbackLab({ names: ["m", ...WORKERS] });
  const place = usePlace();
  const log = (): string => join(lab().home("m"), "log");
  const effects = async (): Promise<readonly string[]> => (await readFile(log(), "utf8")).trim().split("\n");

  test("sets failing hosts aside, and brings them up to date afterwards, in the order of the steps", async () => {
    await writeFile(log(), "");
    await writeFile(join(lab().home("m"), "broken"), "w2 w5");
    // Every lab host is this machine: all of them write into one log, so that the order among them can be seen.
    const note = (what: string): string => `echo "${what} $WAYMARK_HOST" >> "${log()}"`;
    const guide = [
      "# Before",
      block("bash {#before on=worker}", note("before")),
      "# Upgrade",
      "",
      "<!-- waymark section: on=worker serial=2 max-failures=2 -->",
      "",
      block("bash {#drain at=m}", note("drain")),
      "## One by one",
      "",
      block(
        "bash {#upgrade serial=1}",
        note("upgrade"),
        `! grep -qw "$WAYMARK_HOST" "${join(lab().home("m"), "broken")}"`,
      ),
      block("bash {#back}", note("back")),
      "# After",
      "",
      block("bash {#after on=worker max-failures=2}", note("after")),
    ].join("\n");
    const hosts = lab().hosts.map((host) => ({ ...host, groups: host.name === "m" ? ["master"] : ["worker"] }));
    await place().write("hosts.yaml", hostsFile(hosts));
    await place().write("guide.md", guide);

    const failed = expectCode(1, await place().waymark("run", "guide.md", "--json"));
    expect(eventsOf(failed.stdout, "host-set-aside").map(({ host, step }) => `${host} at ${step}`)).toEqual([
      "w2 at upgrade",
      "w5 at upgrade",
    ]);
    expect(eventsOf(failed.stdout, "run-finished")).toMatchObject([{ status: "failed", setAside: ["w2", "w5"] }]);
    // Within a batch hosts are at work at the same time.
    const groups = (lines: readonly string[], ...sizes: readonly number[]): readonly (readonly string[])[] => {
      let at = 0;
      return sizes.map((size) => lines.slice(at, (at += size)).toSorted());
    };
    const batch = (one: string, two: string, ...back: readonly string[]) => [
      [`drain ${one}`, `drain ${two}`],
      [`upgrade ${one}`],
      [`upgrade ${two}`],
      back.map((host) => `back ${host}`),
    ];
    const first = await effects();
    expect(groups(first, 6, 2, 1, 1, 1, 2, 1, 1, 2, 2, 1, 1, 1, 4)).toEqual([
      WORKERS.map((host) => `before ${host}`),
      ...batch("w1", "w2", "w1"),
      ...batch("w3", "w4", "w3", "w4"),
      ...batch("w5", "w6", "w6"),
      ["w1", "w3", "w4", "w6"].map((host) => `after ${host}`),
    ]);

    // Still broken: nothing is repeated for the others.
    await writeFile(join(lab().home("m"), "broken"), "w5");
    expectCode(1, await place().waymark("resume", "--retry-failed", "--plain"));
    expect((await effects()).slice(first.length)).toEqual(["upgrade w2", "back w2", "upgrade w5", "after w2"]);

    await writeFile(join(lab().home("m"), "broken"), "");
    const before = (await effects()).length;
    expectCode(0, await place().waymark("resume", "--retry-failed", "--plain"));
    expect((await effects()).slice(before)).toEqual(["upgrade w5", "back w5", "after w5"]);

    const all = await effects();
    for (const host of WORKERS) {
      const own = all.filter((line) => line.endsWith(` ${host}`)).map((line) => line.split(" ")[0]);
      const tries = host === "w2" ? 2 : host === "w5" ? 3 : 1;
      expect(own, host).toEqual([
        "before",
        "drain",
        ...Array.from({ length: tries }, () => "upgrade"),
        "back",
        "after",
      ]);
    }
  });
});
