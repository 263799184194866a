import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, eventsOf, expectCode, hostsFile, jsonLines, linesOf, usePlace } from "./waymark.ts";

/*
 * Connections die in the middle of a step. The step does not: what it does is done once, what it prints is complete.
 */

const LINES = ["line 1", "line 2", "line 3", "line 4", "line 5"];

const GUIDE = [
  "# Five lines",
  block(
    "bash {#five on=all}",
    'echo five >> "$HOME/effects"',
    // The third line comes once somebody has opened the gate.
    'for n in 1 2 3 4 5; do [ "$n" != 3 ] || until [ -e "$HOME/gate" ]; do cd "$HOME"; sleep 0.05; done; echo "line $n"; done',
    'echo "to the end" >&2',
  ),
  "prints them one after the other:",
  "",
  block("output", ...LINES),
  block("bash {#after on=all}", 'echo after >> "$HOME/effects"'),
].join("\n");

describe("connections that are cut in the middle of a step", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta", "gamma"] });
  const place = usePlace();
  const names = (): readonly string[] => lab().hosts.map(({ name }) => name);
  const cut = (): Promise<unknown> => Promise.all(names().map((name) => lab().cutConnections(name)));

  test("cost the step nothing: it acts once, and all of its output is judged", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", GUIDE);
    const running = place().start(["run", "guide.md", "--json"]);

    // Everybody is in the middle of it …
    await running.until((stdout) => printing(stdout).size === names().length);
    const begin = performance.now();
    await cut();
    // … and followed again.
    await running.until((stdout) => connections(stdout) === 2 * names().length);
    await cut();
    const atWorkMs = performance.now() - begin;
    for (const name of names()) await writeFile(join(lab().home(name), "gate"), "");
    const { stdout } = expectCode(0, await running.ended);

    for (const name of names()) {
      expect(await linesOf(join(lab().home(name), "effects")), name).toEqual(["five", "after"]);
      const lost = eventsOf(stdout, "host-lost").filter(({ host }) => host === name);
      expect(lost.length, `connections to ${name} lost`).toBe(2);
      expect(lost[0]?.reason).not.toBe("");
    }
    expect(connections(stdout)).toBe(3 * names().length);
    expect(eventsOf(stdout, "task-unknown")).toEqual([]);
    expect(eventsOf(stdout, "attempt-started").length).toBe(2 * names().length);
    const five = eventsOf(stdout, "task-finished").filter(({ step }) => step === "five");
    expect(five.map(({ host, status, exit, attempts }) => ({ host, status, exit, attempts }))).toEqual(
      expect.arrayContaining(names().map((host) => ({ host, status: "ok", exit: 0, attempts: 1 }))),
    );
    // From its very beginning; clocks differ by some milliseconds.
    expect(five.every(({ durationMs }) => durationMs > atWorkMs - 100)).toBe(true);

    // What is shown and kept is whole as well, each line once.
    for (const host of names()) {
      expect(outputOf(stdout, host)).toBe(`${LINES.join("\n")}\n`);
      const log = await readFile(
        join(place().state, "runs", await place().lastRun(), "output", "five", `${host}.log`),
        "utf8",
      );
      expect(log.split("\n").filter((line) => line.includes("line "))).toEqual(
        LINES.map((line) => expect.stringContaining(line)),
      );
    }
  });
});

/** Hosts that have printed something. */
const printing = (stdout: string): ReadonlySet<string> =>
  new Set(jsonLines(stdout).flatMap((line) => (line.type === "task-output" ? [line.host] : [])));

const connections = (stdout: string): number => eventsOf(stdout, "host-connected").length;

const outputOf = (stdout: string, host: string): string =>
  jsonLines(stdout)
    .flatMap((line) =>
      line.type === "task-output" && line.host === host && line.stream === "stdout" ? [line.text] : [],
    )
    .join("");
