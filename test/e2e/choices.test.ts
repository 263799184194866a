import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, eventsOf, expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * What an operator may want of a run that rests, beside going on: one step, a step's fix, to do without a host.
 */

describe("a run that goes on as its operator wants", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta", "gamma"] });
  const place = usePlace();

  const effects = async (): Promise<readonly string[]> =>
    Promise.all(lab().hosts.map(async ({ name }) => (await linesOf(join(lab().home(name), "chosen"))).join(" ")));

  test("rests after the steps it is told to, is fixed, goes on without a host, and has done everything once", async () => {
    const did = (word: string): string => `echo ${word} >> "$HOME/chosen"`;
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write(
      "guide.md",
      [
        block("bash {#one on=all}", did("one")),
        block("bash {#two on=all}", '[ -e "$HOME/mended" ] || [ "$WAYMARK_HOST" != beta ]', did("two")),
        block("bash {#mend on=all fix=two}", 'touch "$HOME/mended"', did("mend")),
        block("bash {#three on=all}", did("three")),
        block("bash {#four on=all}", did("four")),
      ].join("\n"),
    );
    const began = expectCode(3, await place().waymark("run", "guide.md", "--rest-after", "one"));
    expect(began.stdout).toContain("rests after one, as asked");
    expect((await place().waymark("runs")).stdout).toContain("paused: asked");
    expect(await effects()).toEqual(["one", "one", "one"]);

    // One step; nobody is there to say yes to its fix.
    const failed = expectCode(1, await place().waymark("resume", "--rest-after"));
    expect(failed.stdout).toMatch(/fix it +waymark resume \S+ --fix two/);
    expect(await effects()).toEqual(["one two", "one", "one two"]);

    const fixed = expectCode(3, await place().waymark("resume", "--fix", "two", "--rest-after", "two", "--json"));
    expect(eventsOf(fixed.stdout, "operator-decided")).toMatchObject([
      { decision: "fix", step: "two", fix: "mend", hosts: ["beta"] },
      { decision: "rest-after", step: "two" },
    ]);
    expect(eventsOf(fixed.stdout, "run-paused")).toMatchObject([{ reason: "asked", step: "two" }]);
    expect(await effects()).toEqual(["one two", "one mend two", "one two"]);

    const without = expectCode(1, await place().waymark("resume", "--set-aside", "all,!alpha,!beta", "--json"));
    expect(eventsOf(without.stdout, "operator-decided")).toMatchObject([{ decision: "set-aside", hosts: ["gamma"] }]);
    expect(eventsOf(without.stdout, "run-finished")).toMatchObject([{ status: "failed", setAside: ["gamma"] }]);
    expect(await effects()).toEqual(["one two three four", "one mend two three four", "one two"]);

    expectCode(0, await place().waymark("resume", "--retry-failed"));
    expect(await effects()).toEqual(["one two three four", "one mend two three four", "one two three four"]);
  });
});
