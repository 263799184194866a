import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openJournal } from "../../../src/journal/open-journal.ts";
import { createRun } from "../../../src/journal/run-folder.ts";
import type { EventBody } from "../../../src/model/event.ts";
import type { RunStatus } from "../../../src/model/outcome.ts";
import { findShellPlace } from "../../../src/cli/shell-place.ts";
import { fakeSurroundings } from "./fake-terminal.ts";
import { saidOf } from "./said.ts";

/*
 * What is said when the wrong run is named, the wrong command is used on one, or a flag names what a run does not have.
 * The runs are journals without hosts: nothing is run or connected to.
 */

const GUIDE = `# A guide

\`\`\`bash {#prepare on=local}
true
\`\`\`

\`\`\`bash {#join on=local}
true
\`\`\`

\`\`\`bash {#mend on=local fix=join}
true
\`\`\`

# Back

\`\`\`bash {#revert on=local undo=prepare}
true
\`\`\`
`;

const PASSED = "20261122-100000-aaaa";
const FAILED = "20261122-110000-bbbb";
const GIVEN_UP = "20261122-120000-cccc";
const EMPTY = "20261122-130000-dddd";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waymark-mistyped-runs-"));
  for (const name of ["done.md", "open.md", "never.md"]) await writeFile(join(folder, name), GUIDE);
  const digest = createHash("sha256").update(GUIDE).digest("hex");
  const keep = async (id: string, guide: string, status?: RunStatus, ...done: readonly EventBody[]): Promise<void> => {
    const run = await createRun(join(folder, "state"), { id, guide: Buffer.from(GUIDE) });
    const clock = { now: () => new Date("2026-11-22T13:00:00Z") };
    const { journal } = await openJournal(run, { clock });
    const began: EventBody = {
      type: "run-started",
      run: id,
      token: "0123456789abcdef",
      waymark: "0.0.0",
      guide: { path: join(folder, guide), digest },
      inventory: { hosts: [] },
      inputs: {},
      secretInputs: [],
      parallel: 1,
    };
    if (status !== undefined) await journal.append(began, ...done, { type: "run-finished", status, setAside: [] });
    await journal.close();
  };
  const task = { step: "prepare", host: "local" };
  const ok = { status: "ok", durationMs: 1, attempts: 1, expectations: [] } as const;
  await keep(PASSED, "done.md", "passed", { type: "task-finished", ...task, ...ok });
  await keep(FAILED, "open.md", "failed");
  await keep(GIVEN_UP, "done.md", "abandoned");
  await keep(EMPTY, "done.md");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the wrong run", () => {
  it.each([
    ["resume", ["resume", "20269"], "no run fits 20269 [WM7002]", "`waymark runs` lists what there is"],
    ["show", ["show", "opne.md"], "no run fits opne.md [WM7002]", "`waymark runs`"],
    ["undo", ["undo", "x"], "no run fits x [WM7002]", "`waymark runs`"],
    ["abandon", ["abandon", "x"], "no run fits x [WM7002]", "`waymark runs`"],
    ["clean", ["clean", "x"], "no run fits x [WM7002]", "`waymark runs`"],
    [
      "too little of an id",
      ["show", "20261122-1"],
      `20261122-1 fits 4 runs: ${EMPTY}, ${GIVEN_UP}`,
      "[WM7005] give more",
    ],
    [
      "a guide all runs of which are over",
      ["resume", "done.md"],
      "no run of done.md is unfinished [WM8007]",
      "waymark runs",
    ],
    [
      "one that has passed",
      ["abandon", PASSED],
      `run ${PASSED} has passed: there is nothing to give up [WM8016]`,
      "clean",
    ],
    ["one that was given up", ["resume", GIVEN_UP], `run ${GIVEN_UP} was given up [WM8017]`, "starts a new one"],
    ["one without events", ["resume", EMPTY], `run ${EMPTY} was killed before anything happened [WM7003]`, "--new"],
    ["one without events, to look at", ["show", EMPTY], `nothing has happened in run ${EMPTY} [WM7003]`, "removes it"],
    ["one that did nothing", ["undo", FAILED], `there is nothing to undo of run ${FAILED} [WM8025]`, "only steps that"],
  ])("%s", async (_what, args, message, hint) => {
    const { code, text } = await saidOf(folder, args);
    expect(text).toContain(message);
    expect(text).toContain(hint);
    expect(code).toBe(2);
  });

  it("a second one of a guide", async () => {
    const { code, text } = await saidOf(folder, ["run", "open.md"]);
    expect(text).toContain(`run ${FAILED} of this guide is not finished [WM8003]`);
    expect(text).toContain(`waymark resume ${FAILED}; or start over: add --new`);
    expect(code).toBe(3);
  });

  it("one to be undone, with nobody there to say yes", async () => {
    const { code, text } = await saidOf(folder, ["undo", PASSED]);
    expect(text).toContain(`undoing run ${PASSED} reverts 1 step, and`);
    expect(text).toContain("nobody is there to say yes [WM8024] add --yes");
    expect(code).toBe(3);
  });

  it.each([
    ["resume", "no run is unfinished [WM8007]"],
    ["show", "there is no run [WM7002]"],
    ["undo", "there is no run [WM7002]"],
  ])("none is there to %s", async (command, message) => {
    const { code, text } = await saidOf(folder, [command, "--state-dir", join(folder, "elsewhere")]);
    expect(text).toContain(message);
    expect(code).toBe(2);
  });
});

describe("a mistyped flag for a run", () => {
  it.each([
    [
      "--rerun",
      ["resume", "open.md", "--rerun", "jion"],
      "--rerun jion: the guide has no such step [WM8009]",
      "`join`?",
    ],
    ["--skip", ["resume", "open.md", "--skip", "#prepre"], "--skip #prepre: the guide has no such step", "`prepare`?"],
    ["--done", ["resume", "open.md", "--done", "xyz"], "--done xyz: the guide has no such step", "prepare, join"],
    [
      "--confirm",
      ["resume", "open.md", "--confirm", "join"],
      "asks for no confirmation [WM8015]",
      "no step of the guide",
    ],
    [
      "--fix of a step without one",
      ["resume", "open.md", "--fix", "prepare"],
      "--fix prepare: no step of the guide fixes this one [WM8070]",
      "there are fixes for: join",
    ],
    ["--fix of the fix", ["resume", "open.md", "--fix", "mend"], "WM8070", "it fixes join: --fix join"],
    [
      "--fix of what has not failed",
      ["resume", "open.md", "--fix", "join"],
      "--fix join: nothing of this step has failed [WM8070]",
      "without --fix",
    ],
    [
      "--set-aside",
      ["resume", "open.md", "--host", "worker=pi-1", "--set-aside", "wrker"],
      "--set-aside wrker: no host or group is called wrker [WM2021]",
      "`worker`?",
    ],
    [
      "--set-aside of local",
      ["resume", "open.md", "--set-aside", "local"],
      "matches no host [WM2022]",
      "waymark hosts",
    ],
    ["--set-aside of nonsense", ["resume", "open.md", "--set-aside", "a,,b["], "[WM2020]", "--set-aside a,,b["],
    [
      "--rest-after",
      ["resume", "open.md", "--rest-after", "#jion"],
      "--rest-after #jion: the guide has no such step [WM8009]",
      "`join`?",
    ],
    [
      "--rest-after what no run goes through",
      ["resume", "open.md", "--rest-after", "mend"],
      "--rest-after mend: a run does not go through this step [WM8072]",
      "it fixes join",
    ],
    [
      "--parallel",
      ["resume", "open.md", "--parallel", "x"],
      "--parallel x is not a number of hosts [WM8002]",
      "from 1",
    ],
    [
      "--until",
      ["resume", "open.md", "--until", "jion"],
      "WM3109 `--until jion`: the guide has no such step",
      "`join`?",
    ],
    [
      "--step",
      ["show", "open.md", "--step", "jion"],
      "the run has nothing of step jion [WM8013]",
      "steps so far: none",
    ],
    [
      "--host",
      ["show", "open.md", "--host", "pi-9"],
      "the run has nothing of host pi-9 [WM8013]",
      "steps so far: none",
    ],
  ])("%s", async (_what, args, message, hint) => {
    const { code, text } = await saidOf(folder, args);
    expect(text).toContain(message);
    expect(text).toContain(hint);
    expect(code).toBe(2);
  });
});

describe("a shell", () => {
  it("is for a terminal", async () => {
    const { code, text } = await saidOf(folder, ["shell", "open.md"]);
    expect(text).toContain("there is no terminal for a shell [WM8060]");
    expect(code).toBe(2);
  });

  it.each([
    ["a step that there is not", { step: "jion" }, { code: "WM8009", hint: expect.stringContaining("`join`?") }],
    ["a host of another step", { step: "join", host: "pi-9" }, { code: "WM8061", hint: "its hosts: local" }],
    ["a host that no step has", { host: "pi-9" }, { code: "WM8061", message: "no step of the run stands on pi-9" }],
  ])("stands not at %s", async (_what, flags, problem) => {
    const run = { id: FAILED, path: join(folder, "state", "runs", FAILED) };
    await expect(findShellPlace(fakeSurroundings(folder), run, flags)).rejects.toMatchObject(problem);
  });

  it("stands at the step that is next, where nobody says another", async () => {
    const run = { id: FAILED, path: join(folder, "state", "runs", FAILED) };
    const { step, host } = await findShellPlace(fakeSurroundings(folder), run, {});
    expect(`${step.id} on ${host}`).toBe("prepare on local");
  });
});
