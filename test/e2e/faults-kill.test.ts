import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { type EffectStep, type FaultLab, type Faults, onLoopback, startFaults, untilSeen } from "./faults.ts";
import { filesIn } from "./secret-search.ts";
import { block, eventsOf, expectCode, linesOf } from "./waymark.ts";

/*
 * kill -9 of the real command line at each kind of event of its journal: right before it is written, when half of it is,
 * right after. `WAYMARK_KILL_AT_EACH=1` does so at every event of every task, and takes minutes.
 */

const ALL = process.env["WAYMARK_KILL_AT_EACH"] === "1";

const FRONT = ["---", "runbook:", "  inputs:", '    KEY: { secret: true, from: "cat key" }', "---"].join("\n");

const TOKEN: EffectStep = {
  id: "token",
  keys: "on=one capture=TOKEN secret",
  quiet: true,
  lines: ['od -An -N12 -tx1 /dev/urandom | tr -d " \\n" > "$HOME/token"', 'cat "$HOME/token"'],
  shows: ["«output withheld»"],
};

const STEPS: readonly (string | EffectStep)[] = [
  { id: "prepare", keys: `on=all when="host.kernel != ''"` },
  TOKEN,
  { id: "name", keys: "on=all capture=NAME", quiet: true, lines: ["echo the same"], shows: ["the same"] },
  { id: "exports", lines: ["export COLOR='red with $'", 'mkdir -p "$HOME/below"', 'cd "$HOME/below"'] },
  { id: "takes-up", lines: ['echo "$COLOR in ${PWD##*/}"'], shows: ["red with $ in below"] },
  block("text {#config on=all file=~/config template}", "token=$TOKEN", "name=$NAME"),
  block("sh {#copy on=two copy}", "scp one:data two:data"),
  block("bash {#look on=all verify}", 'test -s "$HOME/config"'),
  {
    id: "again",
    keys: "on=all retry=2 every=50ms",
    lines: ['echo x >> "$HOME/tries"', '[ "$(wc -l < "$HOME/tries")" -ge 2 ]'],
  },
  { id: "in-turn", keys: "on=all serial=1" },
  { id: "alike", lines: ['echo "$NAME"'], shows: ["the same"] },
  "<!-- expect: results.all(r, r.lines[1] == results[0].lines[1]) -->",
  { id: "pause", keys: 'on=all checkpoint="Look at it."' },
  {
    id: "joins",
    keys: "on=two",
    lines: [
      'echo "with $TOKEN and $KEY"',
      'printf "%s" "$TOKEN" | base64 -w0; echo',
      "sleep 0.5",
      untilSeen(),
      'printf \'{"key":"%s"}\\n\' "$KEY"',
    ],
    shows: ["with «secret» and «secret»", "«secret»", '{"key":"«secret»"}'],
  },
  { id: "last" },
];

describe("Waymark killed at each event", () => {
  const lab = useLoopbackLab({ names: ["one", "two", "apart", "aside"] });
  /** A run that is killed has its hosts for another minute: each test has its own. */
  const having = (...names: readonly string[]): FaultLab => ({
    ...onLoopback(lab()),
    hosts: names.map((name) => lab().host(name)),
  });
  const file = (host: string, name: string): string => join(lab().home(host), name);

  test("before there is a first one: nothing has been, and it is started anew", async ({ onTestFinished }) => {
    const faults = await startFaults(having("apart"), onTestFinished);
    await faults.write([{ id: "first" }]);
    const env = await killing(faults, "run-started torn");
    expect((await faults.start("run", [], { env }).ended).code).toBe("SIGKILL");
    expectCode(2, await faults.place.waymark("resume", "guide.md"));
    expect(await faults.effects("apart")).toEqual([]);
    expectCode(0, await faults.start("run").ended);
    expect(await faults.effects("apart")).toHaveLength(1);
  });

  test("behind the last one: what it would have tidied up is left to `clean`", async ({ onTestFinished }) => {
    const faults = await startFaults(having("apart"), onTestFinished);
    await faults.write([{ ...TOKEN, keys: "on=apart capture=TOKEN secret" }]);
    const env = await killing(faults, "run-finished after");
    expect((await faults.start("run", [], { env }).ended).code).toBe("SIGKILL");
    expectCode(2, await faults.place.waymark("resume", "guide.md"));
    const token = await readFile(file("apart", "token"), "utf8");
    const found = await faults.secretsFound([token], [file("apart", "token")]);
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((where) => !where.includes("/waymark-"))).toEqual([]);
    expectCode(0, await faults.place.waymark("clean"));
    for await (const { text } of filesIn(lab().tmp("apart"))) expect(text).not.toContain(token);
  });

  test("between hosts: those that are not needed any more are tidied up as well", async ({ onTestFinished }) => {
    const faults = await startFaults(having("aside", "apart"), onTestFinished);
    const key = randomBytes(15).toString("hex");
    await faults.place.write("key", key);
    const shows = ["with «secret»"];
    await faults.write([
      FRONT,
      { id: "on-one", keys: "on=aside", lines: ['echo "with $KEY"', untilSeen()], shows },
      { id: "on-the-other", keys: "on=apart" },
    ]);
    const env = await killing(faults, "step-finished after");
    expect((await faults.start("run", [], { env }).ended).code).toBe("SIGKILL");
    const { stdout } = expectCode(0, await faults.start("resume").ended);
    expect(eventsOf(stdout, "host-connected").map(({ host }) => host)).toEqual(["apart"]);
    await faults.expectSound([key]);
  });

  test("and resumed each time: it ends as if nothing had been", { timeout: 600_000 }, async ({ onTestFinished }) => {
    const faults = await startFaults(having("one", "two"), onTestFinished);
    const key = randomBytes(15).toString("hex");
    await faults.place.write("key", key);
    await writeFile(file("one", "data"), randomBytes(300_000));
    await faults.write([FRONT, ...STEPS]);

    const kills = await killed(faults);
    process.stdout.write(`killed ${kills.length} times: ${kills.join(", ")}\n`);
    const journal = await faults.place.journal();
    const types = new Set(journal.map(({ type }) => type));
    const killedAt = new Set(kills.filter((kill) => kill.endsWith(" after")).map((kill) => kill.split(" ")[0]));
    expect([...types].filter((type) => !killedAt.has(type))).toEqual([]);

    const token = await readFile(file("one", "token"), "utf8");
    for (const host of ["one", "two"]) {
      expect(await linesOf(file(host, "config"))).toEqual([`token=${token}`, "name=the same"]);
      expect(await faults.effects(host, "again")).toHaveLength(2);
    }
    expect(await readFile(file("two", "data"))).toEqual(await readFile(file("one", "data")));
    expect(journal.at(-1)).toMatchObject({ type: "run-finished", status: "passed", setAside: [] });
    expect(journal.filter(({ type }) => type === "task-unknown")).toEqual([]);
    // Nowhere means something only if the hosts have printed them: as they are, and encoded.
    const printed = faults.place.printed.join("");
    for (const shown of ["with «secret» and «secret»", '{\\"key\\":\\"«secret»\\"}']) expect(printed).toContain(shown);
    await faults.expectSound([token, key], [file("one", "token"), file("one", "config"), file("two", "config")]);
  });
});

/** Starts it and resumes it until it ends, with a kill at every event that has had none. */
async function killed(faults: Faults): Promise<readonly string[]> {
  // Where there is no first event, or where there is the last one, nothing can be resumed.
  const but = ["run-started before", "run-started torn", "run-finished after"];
  const env = await killing(faults, ALL ? "each" : "each-kind", but);
  for (let command: "run" | "resume" = "run"; ; command = "resume") {
    const ended = await faults.start(command, [], { env }).ended;
    const kills = await linesOf(env.WAYMARK_TEST_KILLS);
    if (ended.code === 0) return kills;
    // At the checkpoint it rests.
    if (ended.code !== 3 && ended.code !== "SIGKILL")
      throw new Error(`${kills.at(-1)}: ${ended.code}\n${ended.stderr}`);
  }
}

/** The environment of a command line that is killed, see kill-at-event.ts. */
const killing = async (faults: Faults, where: string, but: readonly string[] = []) => ({
  NODE_OPTIONS: `--import ${inject("killAtEvent")}`,
  WAYMARK_TEST_KILLS: await faults.place.write("kills", but.map((kill) => `${kill}\n`).join("")),
  WAYMARK_TEST_KILL_AT: where,
});
