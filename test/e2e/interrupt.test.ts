import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { identify } from "../../src/lab/process-identity.ts";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { type Running, block, eventsOf, expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * Ctrl-C: once, and what runs may finish; twice, and it is ended on its host. The run can be resumed either way.
 */

describe("an interrupted run", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta"] });
  const place = usePlace();
  const effects = (name: string, file: string): Promise<readonly string[]> => linesOf(join(lab().home(name), file));

  /** The second step is at work until there is a gate, and says which process it is. */
  async function write(file: string): Promise<string> {
    const gate = join(lab().dir, `gate-${file}`);
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write(
      "guide.md",
      [
        "# Three steps",
        block("bash {#one on=all}", `echo one >> "$HOME/${file}"`),
        block(
          "bash {#two on=all}",
          `echo two >> "$HOME/${file}"`,
          `echo $$ > "$HOME/${file}.pid"`,
          "echo begun",
          `while [ ! -e '${gate}' ]; do cd "$HOME"; sleep 0.05; done`,
        ),
        block("bash {#three on=all}", `echo three >> "$HOME/${file}"`),
      ].join("\n"),
    );
    return gate;
  }

  const begun = (running: Running): Promise<void> =>
    running.until((stdout) => stdout.split("begun\\n").length > lab().hosts.length);

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("lets the step at work finish after one %s, and goes on later", async (signal, code) => {
    const gate = await write(`once-${signal}`);
    const running = place().start(["run", "guide.md", "--json"]);
    await begun(running);
    running.kill(signal);
    await running.untilEvent("operator-decided", { decision: "interrupt" });
    await writeFile(gate, "");
    const { stdout } = expectCode(code, await running.ended);
    expect(eventsOf(stdout, "run-paused")).toMatchObject([{ reason: "interrupted" }]);
    expect(eventsOf(stdout, "task-finished").filter(({ step }) => step === "two")).toMatchObject([
      { status: "ok" },
      { status: "ok" },
    ]);
    expect(await effects("alpha", `once-${signal}`)).toEqual(["one", "two"]);

    expectCode(0, await place().waymark("resume", "guide.md"));
    for (const { name } of lab().hosts) {
      expect(await effects(name, `once-${signal}`), name).toEqual(["one", "two", "three"]);
    }
  });

  test("ends the step on its hosts after a second Ctrl-C, with proof, and can be resumed", async () => {
    const gate = await write("twice");
    const running = place().start(["run", "guide.md", "--json"]);
    await begun(running);
    const jobs = await Promise.all(
      lab().hosts.map(async ({ name }) => Number(await readFile(join(lab().home(name), "twice.pid"), "utf8"))),
    );
    for (const pid of jobs) expect(await identify(pid)).toBeDefined();
    running.kill("SIGINT");
    await running.untilEvent("operator-decided", { decision: "interrupt" });
    running.kill("SIGINT");
    const { stdout } = expectCode(130, await running.ended);

    for (const pid of jobs) expect(await identify(pid), `process ${pid}`).toBeUndefined();
    expect(eventsOf(stdout, "operator-decided").map(({ decision }) => decision)).toEqual(["interrupt", "cancel"]);
    expect(eventsOf(stdout, "attempt-finished").filter(({ step }) => step === "two")).toMatchObject([
      { end: "cancelled" },
      { end: "cancelled" },
    ]);
    expect(eventsOf(stdout, "task-unknown")).toEqual([]);

    await writeFile(gate, "");
    expectCode(0, await place().waymark("resume", "guide.md"));
    for (const { name } of lab().hosts) {
      expect(await effects(name, "twice"), name).toEqual(["one", "two", "two", "three"]);
    }
  });

  test("says what to do next, and leaves nothing behind while a job that ignores TERM is ended", async () => {
    await place().write("hosts.yaml", hostsFile([lab().host("alpha")]));
    const lines = [
      "trap '' TERM INT HUP",
      'echo $$ > "$HOME/deaf.pid"',
      "echo begun",
      'while cd "$HOME"; do sleep 0.1; done',
    ];
    await place().write("guide.md", ["# Deaf", block("bash {#deaf on=all}", ...lines)].join("\n"));
    const running = place().start(["run", "guide.md"]);
    const job = join(lab().home("alpha"), "deaf.pid");
    while ((await linesOf(job)).length === 0) await sleep(20);
    running.kill("SIGINT");
    await running.until((text) => text.includes("Interrupted"));
    running.kill("SIGINT");
    const { stdout } = expectCode(130, await running.ended);
    expect(stdout).toContain(`waymark resume ${await place().lastRun()}`);
    const pid = Number(await readFile(job, "utf8"));
    expect(await identify(pid)).toBeUndefined();
  });
});
