import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, expectCode, hostsFile, jsonLines, usePlace } from "./waymark.ts";

/*
 * What a run prints: events for programs, lines for people.
 */

/** Every type of CLI.md's list that this version has. */
const TYPES = [
  "run-started",
  "run-resumed",
  "guide-changed",
  "host-connected",
  "host-lost",
  "host-facts",
  "host-set-aside",
  "step-started",
  "task-started",
  "attempt-started",
  "attempt-finished",
  "attempt-judged",
  "batch-judged",
  "task-output",
  "task-finished",
  "task-unknown",
  "step-finished",
  "variable-captured",
  "operator-decided",
  "timer-fired",
  "run-paused",
  "run-finished",
];

const GUIDE = [
  "# Say something",
  "",
  "Who are you:",
  "",
  block("bash {#who on=all capture=WHO}", 'echo "$WAYMARK_HOST"'),
  block("bash {#same on=all}", "echo the very same words", "echo on every host"),
  block("bash {#late on=all retry=1 every=50ms}", '[ -e "$HOME/late" ] || { touch "$HOME/late"; exit 1; }'),
  block("bash {#linux on=all when=\"host.os.id != 'plan9'\"}", 'echo "$WHO is no Plan 9"'),
  "They agree:",
  "",
  block("bash {#agree on=all}", "echo agreed"),
  block("expect", "results.all(r, r.stdout == results[0].stdout)"),
  block(
    "bash {#broken on=all max-failures=1}",
    '[ "$WAYMARK_HOST" != gamma ] || { echo "no space left" >&2; exit 7; }',
  ),
  block("bash {#end on=all}", "printf 'no newline at the end'"),
].join("\n");

describe("what a run prints", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta", "gamma"] });
  const place = usePlace();

  test("--json is the journal with the output between its events, one whole event a line", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", GUIDE);
    const { stdout, stderr } = expectCode(1, await place().waymark("run", "guide.md", "--json"));
    expect(stderr).toBe("");
    expect(stdout.endsWith("\n")).toBe(true);

    const lines = jsonLines(stdout);
    const events = lines.filter(({ type }) => type !== "task-output");
    expect(events).toEqual(await place().journal());
    expect(events.map((event) => "seq" in event && event.seq)).toEqual(events.map((_, index) => index + 1));
    for (const line of lines) {
      expect(TYPES).toContain(line.type);
      expect(line.v).toBe(1);
      expect(new Date(line.at).toISOString()).toBe(line.at);
    }
    expect(new Set(lines.map(({ type }) => type))).toEqual(
      new Set(
        TYPES.filter(
          (type) =>
            !["run-resumed", "guide-changed", "host-lost", "task-unknown", "operator-decided", "run-paused"].includes(
              type,
            ),
        ),
      ),
    );
    expect(lines.at(0)).toMatchObject({ type: "run-started" });
    expect(lines.at(-1)).toMatchObject({ type: "run-finished", status: "failed", setAside: ["gamma"] });

    // `waymark show` gives the same again, any time later.
    expect(jsonLines((await place().waymark("show", "--json")).stdout)).toEqual(events);
  });

  test("without it: one line a host, what hosts agree on once, what failed with its evidence and what to do", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", GUIDE);
    const { stdout, stderr } = expectCode(1, await place().waymark("run", "guide.md"));
    expect(stderr).toBe("");
    expect(occurrences(stdout, "the very same words")).toBe(1);
    expect(occurrences(stdout, "on every host")).toBe(1);
    expect(stdout).toContain("Who are you");
    for (const { name } of lab().hosts) expect(stdout).toContain(`| ${name}\n`);
    expect(stdout).toMatch(/gamma.*exit status 7/);
    expect(stdout).toContain("no space left");
    expect(stdout).toContain("guide.md:");
    expect(stdout).toContain(`waymark resume ${await place().lastRun()}`);
    // A terminal that cannot do more, and no terminal anyway: no control sequences, no signs beyond ASCII.
    expect(stdout).toMatch(/^[\n\x20-\x7e]*$/);

    const shown = expectCode(0, await place().waymark("show", "--step", "same", "--host", "beta"));
    expect(occurrences(shown.stdout, "the very same words")).toBe(1);
    const runs = expectCode(0, await place().waymark("runs"));
    expect(runs.stdout).toContain(await place().lastRun());
    expect(runs.stdout).toContain("failed");
  });

  test("what hosts print is data: control sequences and other bytes do no harm", async () => {
    await place().write("hosts.yaml", hostsFile([lab().host("alpha")]));
    const hostile = String.raw`printf '\033[2J\033]0;title\007\r\001\377 end\n'`;
    await place().write("guide.md", ["# Hostile", block("bash {#hostile on=all}", hostile)].join("\n"));
    const { stdout } = expectCode(0, await place().waymark("run", "guide.md"));
    expect(stdout).toContain("end");
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    const json = expectCode(0, await place().waymark("run", "guide.md", "--json"));
    expect(jsonLines(json.stdout).at(-1)).toMatchObject({ type: "run-finished", status: "passed" });
  });
});

const occurrences = (text: string, part: string): number => text.split(part).length - 1;
