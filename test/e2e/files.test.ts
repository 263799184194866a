import { access, mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, describe, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, eventsOf, expectCode, hostsFile, usePlace } from "./waymark.ts";

/* Blocks that are files: they are written once whatever happens to waymark, and the other keys of a step work for them. */

const SECRET = "correct-horse-battery";

const guide = (...blocks: readonly string[]): string =>
  [
    "---",
    "runbook:",
    "  inputs:",
    `    TOKEN: { secret: true, from: "echo ${SECRET}" }`,
    '    NAME: { default: "it\'s $HOME" }',
    "  defaults: { on: all }",
    "---",
    "# Files",
    ...blocks,
  ].join("\n");

describe("files", () => {
  const lab = useLoopbackLab({ names: ["one", "two"] });
  const place = usePlace();

  const at = (host: string, name: string): string => join(lab().home(host), name);
  const run = (...args: readonly string[]) => place().waymark("run", "guide.md", "--json", ...args);
  const write = async (...blocks: readonly string[]): Promise<void> => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", guide(...blocks));
  };
  const ends = (stdout: string, step: string): readonly string[] =>
    eventsOf(stdout, "task-finished")
      .filter((event) => event.step === step)
      .map(({ host, status }) => `${host} ${status}`)
      .toSorted();

  test("are written once, though waymark was killed before it could write that down", async () => {
    await write(
      block("text {#file file=~/killed backup on=one}", "new"),
      block('bash {#stop on=one unless="[ -e go-on ]"}', "false"),
    );
    await writeFile(at("one", "killed"), "old\n");
    expectCode(1, await run());
    const { ino } = await stat(at("one", "killed"));
    // What a process leaves that is killed right after the file has been replaced.
    const journal = join(place().state, "runs", await place().lastRun(), "journal.ndjson");
    const lines = (await readFile(journal, "utf8")).split("\n");
    const last = lines.findIndex((line) => line.includes('"type":"attempt-started"'));
    await writeFile(journal, `${lines.slice(0, last + 1).join("\n")}\n`);
    await writeFile(at("one", "go-on"), "");
    const { stdout } = expectCode(0, await place().waymark("resume", "--json"));
    expect(ends(stdout, "file")).toEqual(["one ok"]);
    expect(eventsOf(stdout, "attempt-started").filter(({ step }) => step === "file")).toEqual([]);
    expect((await stat(at("one", "killed"))).ino).toBe(ino);
    const backup = `killed.waymark-${await place().lastRun()}`;
    expect(await readFile(at("one", backup), "utf8")).toBe("old\n");
    // The original is there to be put back, and nothing else of the run.
    const kept = await readdir(lab().tmp("one"), { recursive: true, withFileTypes: true });
    const files = kept.filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name).toSorted()).toEqual(["left", "path", "was"]);
    expectCode(0, await place().waymark("clean"));
    expect(await readdir(lab().tmp("one"))).toEqual([]);
  });

  test("go by when, unless, creates and at, and take variables", async () => {
    await Promise.all(["one", "two"].map((host) => mkdir(at(host, "keys"))));
    await write(
      block(`text {#when file="~/keys/when" when="host.name == 'one'"}`, "x"),
      block('text {#unless file="~/keys/unless" unless="true"}', "x"),
      block('text {#creates file="~/keys/creates" creates="~/keys"}', "x"),
      block('text {#at file="~/keys/of $WAYMARK_HOST" at=one template}', "$WAYMARK_HOST ${NAME} $OTHER"),
    );
    const { stdout } = expectCode(0, await run());
    expect(ends(stdout, "when")).toEqual(["one ok", "two skipped"]);
    expect(ends(stdout, "unless")).toEqual(["one skipped", "two skipped"]);
    expect(ends(stdout, "creates")).toEqual(["one skipped", "two skipped"]);
    expect((await readdir(at("one", "keys"))).toSorted()).toEqual(["of one", "of two", "when"]);
    expect(await readdir(at("two", "keys"))).toEqual([]);
    expect(await readFile(at("one", "keys/of two"), "utf8")).toBe("two it's $HOME $OTHER\n");
  });

  test("that hold a secret, or have held one, show none", async () => {
    await write(block('text {#secret file="~/secret" template mode=0600}', "token $TOKEN"));
    await Promise.all(["one", "two"].map((host) => writeFile(at(host, "secret"), "token older-secret\n")));
    const { stdout } = expectCode(0, await run());
    expect(ends(stdout, "secret")).toEqual(["one ok", "two ok"]);
    expect(await readFile(at("one", "secret"), "utf8")).toBe(`token ${SECRET}\n`);
    expect((await stat(at("one", "secret"))).mode & 0o777).toBe(0o600);
    for (const text of [...place().printed, ...(await place().stateFiles()).values()]) {
      expect(text.includes(SECRET) || text.includes("older-secret")).toBe(text.includes("runbook:"));
    }
  });

  test("that cannot be written are tried again, fail their step and say why", async () => {
    await write(block('text {#lost file="~/no/such/folder/f" retry=1 every=1ms}', "x"));
    const { stdout } = expectCode(1, await place().waymark("run", "guide.md"));
    expect(stdout).toContain("2 attempts");
    expect(stdout).toContain("/no/such/folder/f: there is no directory ");
    await expect(access(at("one", "no"))).rejects.toThrow();
  });
});
