import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, expectCode, eventsOf, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * A step fails, somebody mends the guide, the run goes on: what has been done is not done again.
 */

describe("a run that fails", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta", "gamma"] });
  const place = usePlace();

  const effects = async (name: string, file: string): Promise<string> =>
    (await linesOf(join(lab().home(name), file))).join(" ");
  const allEffects = async (file: string): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries(await Promise.all(lab().hosts.map(async ({ name }) => [name, await effects(name, file)])));

  /** Five steps that leave a line each in `$HOME/FILE`; the third does as `third` says. */
  const fiveSteps = (file: string, third: string, prose = ""): string =>
    [
      "# Five steps",
      prose,
      ...["one", "two", "three", "four", "five"].map((word) =>
        [
          `## Part ${word}`,
          "",
          `Do ${word}.`,
          "",
          block("bash {on=all}", `echo ${word} >> "$HOME/${file}"`, ...(word === "three" ? [third] : [])),
        ].join("\n"),
      ),
    ].join("\n");

  test("goes on where it stopped once the guide is mended, and does nothing twice", async () => {
    const third = '[ "$WAYMARK_HOST" != beta ] || { echo "no room on device" >&2; exit 3; }';
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", fiveSteps("mended", third));

    const failed = expectCode(1, await place().waymark("run", "guide.md", "--json"));
    expect(await allEffects("mended")).toEqual({
      alpha: "one two three",
      beta: "one two three",
      gamma: "one two three",
    });
    expect(eventsOf(failed.stdout, "task-finished").filter(({ status }) => status === "failed")).toMatchObject([
      { host: "beta", exit: 3, reason: "exit status 3" },
    ]);

    await place().write("guide.md", fiveSteps("mended", "true", "A paragraph that nobody had thought of before.\n"));
    const resumed = expectCode(0, await place().waymark("resume", "guide.md", "--json"));
    expect(await allEffects("mended")).toEqual({
      alpha: "one two three four five",
      beta: "one two three three four five",
      gamma: "one two three four five",
    });
    expect(eventsOf(resumed.stdout, "guide-changed")).toMatchObject([{ added: [], removed: [] }]);
    expect(eventsOf(resumed.stdout, "run-finished")).toMatchObject([{ status: "passed", setAside: [] }]);
  });

  test("is resumed by one process at a time; the other is told by whom", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", fiveSteps("locked", "false"));
    expectCode(1, await place().waymark("run", "guide.md"));
    const gate = join(lab().dir, "gate");
    await place().write("guide.md", fiveSteps("locked", `while [ ! -e '${gate}' ]; do cd "$HOME"; sleep 0.05; done`));

    const first = place().start(["resume", "guide.md", "--json"]);
    await first.untilEvent("attempt-started", { step: "part-three/1", host: "gamma" });
    const second = expectCode(3, await place().waymark("resume", "guide.md"));
    expect(second.stderr).toContain(`process ${first.pid}`);
    expect(second.stderr).toContain("WM7020");
    await writeFile(gate, "");
    expectCode(0, await first.ended);
    expect(await allEffects("locked")).toEqual({
      alpha: "one two three three four five",
      beta: "one two three three four five",
      gamma: "one two three three four five",
    });
    expectCode(2, await place().waymark("resume", "guide.md"));
  });

  test("sets a host aside within the budget, and brings it up to date when asked", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    const step = (word: string, keys = "", ...more: readonly string[]): string =>
      block(`bash {#${word} on=all ${keys}}`, `echo ${word} >> "$HOME/aside"`, ...more);
    const broken = '[ "$WAYMARK_HOST" != beta ] || [ -e "$HOME/repaired" ]';
    const steps = [step("one"), step("two", "max-failures=1", broken), step("three"), step("four"), step("five")];
    await place().write("guide.md", steps.join("\n"));

    const run = expectCode(1, await place().waymark("run", "guide.md", "--json"));
    expect(eventsOf(run.stdout, "host-set-aside")).toMatchObject([{ host: "beta", step: "two" }]);
    expect(eventsOf(run.stdout, "step-started").find(({ step }) => step === "three")?.hosts).toEqual([
      "alpha",
      "gamma",
    ]);
    expect(eventsOf(run.stdout, "run-finished")).toMatchObject([{ status: "failed", setAside: ["beta"] }]);
    expect(await allEffects("aside")).toEqual({
      alpha: "one two three four five",
      beta: "one two",
      gamma: "one two three four five",
    });

    await writeFile(join(lab().home("beta"), "repaired"), "");
    const resumed = expectCode(0, await place().waymark("resume", "guide.md", "--retry-failed", "--json"));
    expect(eventsOf(resumed.stdout, "task-started").map(({ step, host }) => `${step} ${host}`)).toEqual([
      "two beta",
      "three beta",
      "four beta",
      "five beta",
    ]);
    expect(await allEffects("aside")).toEqual({
      alpha: "one two three four five",
      beta: "one two two three four five",
      gamma: "one two three four five",
    });
    expect(eventsOf(resumed.stdout, "run-finished")).toMatchObject([{ status: "passed", setAside: [] }]);
  });

  test("refuses a second run of the guide while the first is unfinished, unless told to", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", fiveSteps("again", "false"));
    expectCode(1, await place().waymark("run", "guide.md"));
    const refused = expectCode(3, await place().waymark("run", "guide.md"));
    expect(refused.stderr).toContain("waymark resume");
    expect(refused.stderr).toContain("--new");
    expect(await effects("alpha", "again")).toBe("one two three");

    await place().write("guide.md", fiveSteps("again", "true"));
    expectCode(0, await place().waymark("run", "guide.md", "--new"));
    expect(await effects("alpha", "again")).toBe("one two three one two three four five");
  });
});
