import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, eventsOf, expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * A guide is edited while a run of it rests: what has been done stays done, what is new or mended runs, and what was
 * edited is accounted for.
 */

describe("an edited guide", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta", "gamma"] });
  const place = usePlace();
  let round = 0;
  let file = "";

  beforeEach(async () => {
    file = `edited-${++round}`;
    await place().write("hosts.yaml", hostsFile(lab().hosts));
  });

  /** What steps have left on each host, in order. */
  const effects = async (): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries(
      await Promise.all(
        lab().hosts.map(async ({ name }) => [name, (await linesOf(join(lab().home(name), file))).join(" ")] as const),
      ),
    );

  const leave = (word: string): string => `echo ${word} >> "$HOME/${file}"`;

  /** A section with one paragraph and one step that leaves a word behind. */
  const part = (word: string, ...more: readonly string[]): string =>
    [`## Part ${word}`, "", `Do ${word}.`, "", block("bash {on=all}", leave(word), ...more)].join("\n");

  const WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight"];

  test("runs what was mended and what is new, only where it had not passed, and reports what was edited", async () => {
    const broken = '[ "$WAYMARK_HOST" != beta ]';
    const before = ["# Eight steps", "A paragraph that will go."];
    await place().write(
      "guide.md",
      [...before, ...WORDS.map((word) => part(word, ...(word === "five" ? [broken] : [])))].join("\n\n"),
    );
    expectCode(1, await place().waymark("run", "guide.md"));
    const first = "one two three four five";
    expect(await effects()).toEqual({ alpha: first, beta: first, gamma: first });

    const edited = WORDS.map((word) => {
      if (word === "two") return part("two", "# and two it is");
      return part(word, ...(word === "five" ? ["true"] : []));
    });
    await place().write("guide.md", ["# Eight steps", part("zero"), ...edited].join("\n\n"));
    const { stdout } = expectCode(0, await place().waymark("resume", "guide.md"));
    // The new section comes first; step five runs where it had failed; nobody repeats what had passed.
    expect(await effects()).toEqual({
      alpha: `${first} zero six seven eight`,
      beta: `${first} zero five six seven eight`,
      gamma: `${first} zero six seven eight`,
    });
    expect(stdout).toMatch(/guide edited:\n {2}added +Do zero\. +#part-zero\/1 +guide\.md:\d+\n/);
    expect(stdout).toMatch(/ {2}changed +Do two\. +#part-two\/1 +guide\.md:\d+\n(?: {4}.*\n)* {4}\+ # and two it is\n/);
    expect(stdout).toContain("stays done on alpha, beta, gamma; --rerun-changed runs it again");
    expect(stdout).toMatch(/ {2}changed +Do five\.[^]*stays done on alpha, gamma;/);
  });

  test("whose prose alone is another has no other step", async () => {
    const steps = [part("one"), part("two", '[ -e "$HOME/there" ]')];
    await place().write("guide.md", steps.join("\n\n"));
    expectCode(1, await place().waymark("run", "guide.md"));
    await place().write("guide.md", ["# A title\n\nAnd words.", ...steps].join("\n\n"));
    for (const { name } of lab().hosts) await writeFile(join(lab().home(name), "there"), "");
    const { stdout } = expectCode(0, await place().waymark("resume", "guide.md"));
    expect(stdout).toContain("guide edited: no step is another");
  });

  test("--rerun-changed runs again what had passed by another text, where it had", async () => {
    await place().write("guide.md", [part("one"), part("two", "false")].join("\n\n"));
    expectCode(1, await place().waymark("run", "guide.md"));
    await place().write("guide.md", [part("one", "true"), part("two", "false")].join("\n\n"));
    // It is reported, and known at later resumes as well.
    expectCode(1, await place().waymark("resume", "guide.md"));
    expect((await effects())["alpha"]).toBe("one two two");
    await place().write("guide.md", [part("one", "true"), part("two", "true")].join("\n\n"));
    const { stdout } = expectCode(0, await place().waymark("resume", "guide.md", "--rerun-changed", "--json"));
    expect((await effects())["alpha"]).toBe("one two two one two");
    expect(eventsOf(stdout, "operator-decided")).toMatchObject([
      { decision: "rerun", step: "part-one/1", hosts: ["alpha", "beta", "gamma"] },
    ]);
  });

  test("expects something else: what was printed is judged again, and nothing runs for that", async () => {
    const step = (expected: string): string =>
      [`## Say`, block("bash {#say on=all}", leave("said"), "echo $WAYMARK_HOST"), block("expect", expected)].join(
        "\n\n",
      );
    await place().write("guide.md", [step("size(lines) == 1"), part("last", "false")].join("\n\n"));
    expectCode(1, await place().waymark("run", "guide.md"));

    await place().write("guide.md", [step('stdout != "beta"'), part("last", "true")].join("\n\n"));
    const failed = expectCode(1, await place().waymark("resume", "guide.md", "--json"));
    expect(eventsOf(failed.stdout, "guide-changed")).toMatchObject([{ rejudged: ["say"], changed: ["part-last/1"] }]);
    expect(eventsOf(failed.stdout, "task-finished").find(({ status }) => status === "failed")).toMatchObject({
      host: "beta",
      reason: 'not true: stdout != "beta", since the guide was edited',
    });
    expect((await effects())["alpha"]).toBe("said last");

    await place().write("guide.md", [step('stdout != "nobody"'), part("last", "true")].join("\n\n"));
    const passed = expectCode(0, await place().waymark("resume", "guide.md"));
    expect(passed.stdout).toMatch(/judged otherwise +.*#say +guide\.md:\d+\n {4}judged again by what it printed on/);
    expect(await effects()).toEqual({
      alpha: "said last last",
      beta: "said last last",
      gamma: "said last last",
    });
  });

  test("in which it is not clear what became of a step: nothing runs, and both lists are shown", async () => {
    const pair = (one: string, two: string): string =>
      [
        "## Pair",
        block("bash {on=all}", leave(one)),
        block("bash {on=all}", leave(two)),
        block("bash {on=all}", "false"),
      ].join("\n\n");
    await place().write("guide.md", pair("one", "two"));
    expectCode(1, await place().waymark("run", "guide.md"));
    await place().write("guide.md", pair("uno", "due"));
    const { stderr } = expectCode(3, await place().waymark("resume", "guide.md"));
    expect(stderr).toContain("WM8008");
    expect(stderr).toMatch(/#pair\/1 .*done on 3 hosts[^]*#pair\/2 .*done on 3 hosts[^]*guide\.md:\d+/);
    expect((await effects())["alpha"]).toBe("one two");
  });

  test("and a host that joins, or moves, runs what it lacks", async () => {
    const hosts = lab().hosts;
    await place().write("hosts.yaml", hostsFile(hosts.slice(0, 2)));
    await place().write("guide.md", [part("one"), part("two", "false")].join("\n\n"));
    expectCode(1, await place().waymark("run", "guide.md"));
    await place().write("guide.md", [part("one"), part("two")].join("\n\n"));
    await place().write("hosts.yaml", hostsFile(hosts.slice(1), { beta: { groups: ["other"] } }));
    const { stdout } = expectCode(0, await place().waymark("resume", "guide.md", "--json"));
    expect(await effects()).toEqual({ alpha: "one two", beta: "one two two", gamma: "one two" });
    const started = eventsOf(stdout, "task-started").map(({ step, host }) => `${step} ${host}`);
    expect(started.toSorted()).toEqual(["part-one/1 gamma", "part-two/1 beta", "part-two/1 gamma"]);
  });

  test("while a step is at work and its process is killed: the old text is asked for, and the new one does not run too", async () => {
    const gate = join(lab().dir, `${file}-gate`);
    const wait = `while [ ! -e '${gate}' ]; do cd "$HOME"; sleep 0.05; done`;
    await place().write(
      "guide.md",
      [block("bash {#slow on=alpha}", "echo begun", wait, leave("old")), part("two")].join("\n\n"),
    );
    const first = place().start(["run", "guide.md", "--json"]);
    await first.until((stdout) => stdout.includes('"text":"begun'));
    first.kill("SIGKILL");
    await first.ended;
    await place().write("guide.md", [block("bash {#slow on=alpha}", leave("new")), part("two")].join("\n\n"));
    await writeFile(gate, "");
    expectCode(0, await place().waymark("resume", "guide.md"));
    expect((await effects())["alpha"]).toBe("old two");
  });
});
