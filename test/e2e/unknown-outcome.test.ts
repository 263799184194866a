import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { kill } from "node:process";
import { beforeEach, describe, expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { type Ended, block, eventsOf, expectCode, hostsFile, linesOf, usePlace } from "./waymark.ts";

/*
 * A host forgets: the job and its supervisor are killed in the middle of a step, as when a machine runs out of memory.
 * Nobody can say what the step has done. It is never run again by itself: something has to settle it.
 */

describe("a step of which nobody can say what became of it", () => {
  const lab = useLoopbackLab({ names: ["alpha", "beta"] });
  const place = usePlace();
  let round = 0;
  const home = (file: string): string => join(lab().home("alpha"), `${file}-${round}`);
  const effects = async (): Promise<string> => (await linesOf(home("effects"))).join(" ");

  beforeEach(() => {
    round++;
  });

  /** `wipe` says who it is and then hangs on alpha, until it finds the file `again`. */
  async function write(keys = ""): Promise<void> {
    const file = (name: string): string => `"$HOME/${name}-${round}"`;
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write(
      "guide.md",
      [
        "# Wipe",
        block("bash {#before on=all}", `echo before >> ${file("effects")}`),
        block(
          `bash {#wipe on=all ${keys}}`,
          `echo wipe >> ${file("effects")}`,
          `[ "$WAYMARK_HOST" = alpha ] && [ ! -e ${file("again")} ] || exit 0`,
          `touch ${file("made")}`,
          `echo $PPID > ${file("supervisor")}; echo $$ > ${file("job")}`,
          "echo started",
          "exec sleep 1000",
        ),
        block("bash {#after on=all}", `echo after >> ${file("effects")}`),
      ].join("\n"),
    );
  }

  async function runAndForget(): Promise<Ended> {
    const running = place().start(["run", "guide.md", "--json"]);
    await running.until((stdout) => stdout.includes("started\\n"));
    // The supervisor first: it would say how the job has ended.
    const both = ["supervisor", "job"].map(async (who) => Number(await readFile(home(who), "utf8")));
    for (const pid of await Promise.all(both)) kill(pid, "SIGKILL");
    return running.ended;
  }

  test("is asked for at each resume, and stays unknown until somebody decides", async () => {
    await write();
    const run = expectCode(3, await runAndForget());
    expect(eventsOf(run.stdout, "task-unknown")).toMatchObject([{ step: "wipe", host: "alpha", asked: true }]);
    expect(eventsOf(run.stdout, "run-paused")).toMatchObject([{ reason: "unknown", step: "wipe", detail: "alpha" }]);
    expect(eventsOf(run.stdout, "task-finished").map(({ step, host }) => `${step} ${host}`)).toContain("wipe beta");

    const resumed = expectCode(3, await place().waymark("resume", "guide.md"));
    expect(resumed.stdout).toContain("alpha");
    for (const flag of ["--rerun wipe", "--done wipe"]) expect(resumed.stdout).toContain(flag);
    expect(await effects()).toBe("before wipe");

    // Somebody has looked, and wants it done once more.
    await writeFile(home("again"), "");
    const rerun = expectCode(0, await place().waymark("resume", "guide.md", "--rerun", "wipe", "--json"));
    expect(await effects()).toBe("before wipe wipe after");
    expect(eventsOf(rerun.stdout, "run-finished")).toMatchObject([{ status: "passed" }]);
  });

  test.each([
    ["done", "ok"],
    ["skip", "skipped"],
  ])("goes on once an operator says --%s", async (decision, status) => {
    await write();
    expectCode(3, await runAndForget());
    const resumed = expectCode(0, await place().waymark("resume", "guide.md", `--${decision}`, "wipe", "--json"));
    expect(eventsOf(resumed.stdout, "task-finished").filter(({ step }) => step === "wipe")).toMatchObject([
      { host: "alpha", status, reason: expect.stringContaining("by the operator") },
    ]);
    expect(await effects()).toBe("before wipe after");
  });

  test("is settled by a `creates` that has become true", async () => {
    await write(`creates="~/made-${round}"`);
    const run = expectCode(0, await runAndForget());
    expect(eventsOf(run.stdout, "task-unknown")).toEqual([]);
    expect(
      eventsOf(run.stdout, "task-finished").filter(({ step, host }) => step === "wipe" && host === "alpha"),
    ).toMatchObject([{ status: "ok", reason: expect.stringContaining(`made-${round} exists`) }]);
    expect(await effects()).toBe("before wipe after");
  });

  test("is not settled by a `creates` that is false, nor run again for it", async () => {
    await write('creates="~/never-made"');
    expectCode(3, await runAndForget());
    expectCode(3, await place().waymark("resume", "guide.md"));
    expect(await effects()).toBe("before wipe");
  });
});
