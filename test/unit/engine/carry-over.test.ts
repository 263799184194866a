import { describe, expect, it } from "vitest";
import type { JobEnd } from "../../../src/engine/ports.ts";
import type { PlannedAction } from "../../../src/model/plan.ts";
import { FakeRun, planFor, type StepOf } from "./fake-run.ts";

const PASSED = { type: "ended", end: "exited", exit: 0, durationMs: 5 } as const;
const in_ = (language: string, id: string, dir?: string): PlannedAction => ({
  kind: "command",
  language,
  interpreter: [language],
  code: `${id}\n`,
  ...(dir !== undefined && { dir }),
});

/** A run in which every step named in `leaves` leaves that. */
function running(leaves: Readonly<Record<string, Extract<JobEnd, { type: "ended" }>["left"]>>): FakeRun {
  const run = new FakeRun();
  for (const [id, left] of Object.entries(leaves)) {
    run.hosts.behaviours.set(`${id}\n`, { end: { ...PASSED, ...(left !== undefined && { left }) } });
  }
  return run;
}

/** What the jobs took up, `ID:ATTEMPT` of the step whose exports they are and the directory, by `step host`. */
function taken(run: FakeRun): Readonly<Record<string, string>> {
  const made = new Map(run.hosts.jobs.map(({ code, key }) => [`${key.task}.${key.attempt}`, code.trim()]));
  return Object.fromEntries(
    run.hosts.jobs.map(({ code, key, carries, dir }) => {
      const from = carries?.exports;
      const exports = from === undefined ? "-" : made.get(`${from.task}.${from.attempt}`);
      return [`${code.trim()} ${key.host}`, `${exports} ${dir ?? "-"}${carries?.orHome === true ? " or home" : ""}`];
    }),
  );
}

const KEPT = { exports: "kept", dir: "/srv" } as const;

describe("what a step exports, and where it ends", () => {
  it("carries over to the next on the same host, and through one that adds nothing", async () => {
    const run = running({ one: KEPT, two: { exports: "as-found", dir: "/opt" } });
    await run.start(planFor(["one", "two", "three"].map((id) => ({ id, hosts: ["a", "b"] }))));
    expect(taken(run)).toEqual({
      "one a": "- -",
      "one b": "- -",
      "two a": "one /srv",
      "two b": "one /srv",
      "three a": "one /opt",
      "three b": "one /opt",
    });
    const third = run.hosts.jobs.find(({ code, key }) => code === "three\n" && key.host === "b");
    expect(third?.carries?.exports?.task).toBe(
      run.hosts.jobs.find(({ code, key }) => code === "one\n" && key.host === "b")?.key.task,
    );
  });

  it("is the login's again once a shell has none of its own", async () => {
    const run = running({ one: KEPT, two: { exports: "none", dir: "/" } });
    await run.start(planFor([{ id: "one" }, { id: "two" }, { id: "three" }]));
    expect(taken(run)["three a"]).toBe("- /");
  });

  it("is kept apart by user; the directory is everybody's", async () => {
    const run = running({ one: KEPT, two: { exports: "kept", dir: "/root", home: true }, four: KEPT });
    await run.start(
      planFor([{ id: "one" }, { id: "two", user: "root" }, { id: "three" }, { id: "four", user: "root" }]),
    );
    expect(taken(run)).toMatchObject({
      "two a": "- /srv",
      "three a": "one /root or home",
      "four a": "two /root or home",
    });
  });

  it("is the login user's under either name", async () => {
    const run = running({ one: KEPT });
    await run.start(planFor([{ id: "one" }, { id: "two", user: "pi" }]));
    expect(taken(run)["two a"]).toBe("one /srv");
    expect(run.events.filter(({ type }) => type === "task-started")).not.toMatchObject([{}, { user: "pi" }]);
  });

  it.each<[string, Partial<StepOf>]>([
    ["that is fresh", { fresh: true }],
    ["that is in another language", { action: in_("python3", "two") }],
    ["that is in fish", { action: in_("fish", "two") }],
  ])("reaches no step %s", async (_, step) => {
    const run = running({ one: KEPT });
    await run.start(planFor([{ id: "one" }, { ...step, id: "two" }, { id: "three" }]));
    expect(taken(run)["two a"]).toBe("- -");
    expect(taken(run)["three a"]).toBe("one /srv");
  });

  it("begins anew with a fresh step", async () => {
    const run = running({ one: KEPT, two: { exports: "as-found", dir: "/home/pi", home: true } });
    await run.start(planFor([{ id: "one" }, { id: "two", fresh: true }, { id: "three" }]));
    expect(taken(run)["three a"]).toBe("- /home/pi or home");
  });

  it("begins anew after a new login", async () => {
    const run = running({ one: KEPT, two: KEPT, three: KEPT });
    await run.start(
      planFor([{ id: "one" }, { id: "two", user: "root" }, { id: "three", newLogin: true }, { id: "four" }]),
    );
    expect(taken(run)).toMatchObject({ "three a": "one /srv", "four a": "- -" });
  });

  it("reaches a verify step, which leaves nothing", async () => {
    const run = running({ one: KEPT, two: { exports: "kept", dir: "/usr" } });
    await run.start(planFor([{ id: "one" }, { id: "two", verify: true }, { id: "three" }]));
    expect(taken(run)).toMatchObject({ "two a": "one /srv", "three a": "one /srv" });
    expect(run.hosts.jobs.map(({ keeps }) => keeps !== undefined)).toEqual([true, false, true]);
  });

  it("counts only once it has passed, and is the same for every attempt", async () => {
    const run = running({ one: KEPT });
    run.hosts.behaviours.set("two\n", { end: { ...PASSED, exit: 1, left: { exports: "kept", dir: "/usr" } } });
    const plan = planFor([{ id: "one" }, { id: "two", retry: 1 }]);
    await run.start(plan);
    await run.resume(plan);
    const seconds = run.hosts.jobs.filter(({ code }) => code === "two\n");
    expect(seconds.length).toBe(4);
    for (const { carries, dir } of seconds) {
      expect({ carries, dir }).toEqual({
        carries: { exports: { task: run.hosts.jobs[0]?.key.task, attempt: 1 } },
        dir: "/srv",
      });
    }
  });

  it("yields to the step's own directory, of which it is not told", async () => {
    const run = running({ one: { ...KEPT, home: true } });
    await run.start(planFor([{ id: "one" }, { id: "two", action: in_("bash", "two", "/own") }]));
    expect(taken(run)["two a"]).toBe("one /own");
  });

  it("is what unless and creates are looked at with", async () => {
    const run = running({ one: KEPT });
    await run.start(planFor([{ id: "one" }, { id: "two", unless: "test -e x", creates: "x" }]));
    expect(run.hosts.looked).toMatchObject([
      { dir: "/srv", carries: { exports: { attempt: 1 } } },
      { dir: "/srv", carries: { exports: { attempt: 1 } } },
    ]);
  });

  it("survives the process, wherever it dies", async () => {
    for (const last of ["attempt-finished", "attempt-judged", "task-finished", "step-finished"]) {
      const run = running({ one: KEPT });
      const plan = planFor([{ id: "one" }, { id: "two" }]);
      await run.start(plan);
      run.killedAfter(({ type }) => type === last);
      await run.resume(plan);
      expect(taken(run)["two a"], last).toBe("one /srv");
    }
  });

  it("is what is newest, when an old step is run again and when an old one is judged again", async () => {
    const run = running({ one: KEPT, two: { exports: "kept", dir: "/two" } });
    const plan = planFor([{ id: "one" }, { id: "two" }, { id: "three" }]);
    run.hosts.behaviours.set("three\n", { exit: 1 });
    await run.start(plan);
    run.hosts.behaviours.set("one\n", { end: { ...PASSED, left: { exports: "as-found", dir: "/again" } } });
    const again = { type: "operator-decided", decision: "rerun", step: "one" } as const;
    await run.resume(plan, {}, again);
    expect(taken(run)).toMatchObject({ "one a": "two /two", "three a": "two /again" });

    const judged = running({ one: KEPT, two: { exports: "kept", dir: "/two" } });
    judged.hosts.behaviours.set("three\n", { exit: 1 });
    await judged.start(plan);
    await judged.resume(
      plan,
      {},
      {
        type: "guide-changed",
        guide: { path: "/guide.md", digest: "1" },
        renamed: { one: "one", two: "two", three: "three" },
        added: [],
        removed: [],
        changed: [],
        rejudged: ["one"],
        moved: [],
      },
    );
    expect(judged.events.filter((event) => event.type === "task-finished" && event.step === "one").length).toBe(2);
    expect(taken(judged)["three a"]).toBe("two /two");
  });

  it("stays forgotten after a new login, when what was before it is judged again", async () => {
    const run = running({ one: KEPT, two: KEPT });
    const plan = planFor([{ id: "one" }, { id: "two", newLogin: true }, { id: "three" }]);
    run.hosts.behaviours.set("three\n", { exit: 1 });
    await run.start(plan);
    await run.resume(
      plan,
      {},
      {
        type: "guide-changed",
        guide: { path: "/guide.md", digest: "1" },
        renamed: { one: "one", two: "two", three: "three" },
        added: [],
        removed: [],
        changed: [],
        rejudged: ["one"],
        moved: [],
      },
    );
    expect(run.events.filter((event) => event.type === "task-finished" && event.step === "one").length).toBe(2);
    expect(taken(run)["three a"]).toBe("- -");
  });

  it("does not count when the operator calls done what had failed", async () => {
    const run = running({ one: KEPT });
    run.hosts.behaviours.set("two\n", { end: { ...PASSED, exit: 1, left: { exports: "kept", dir: "/usr" } } });
    const plan = planFor([{ id: "one" }, { id: "two", retry: 1 }, { id: "three" }]);
    await run.start(plan);
    // Between two attempts.
    run.killedAfter(({ type }) => type === "timer-fired");
    await run.resume(plan, {}, { type: "operator-decided", decision: "done", step: "two" });
    expect(run.events.findLast((event) => event.type === "task-finished" && event.step === "two")).toMatchObject({
      status: "ok",
      attempts: 1,
    });
    expect(taken(run)["three a"]).toBe("one /srv");
  });

  it("is what the last step to leave some had found itself, when that one is run again", async () => {
    const run = running({ one: KEPT, two: { exports: "kept", dir: "/two" } });
    const plan = planFor([{ id: "one" }, { id: "two" }, { id: "three" }]);
    run.hosts.behaviours.set("three\n", { exit: 1 });
    await run.start(plan);
    const again = { type: "operator-decided", decision: "rerun", step: "two" } as const;
    await run.resume(plan, {}, again);
    expect(taken(run)).toMatchObject({ "two a": "one /srv", "three a": "two /two" });
    await run.resume(plan, {}, { ...again, step: "one" }, again);
    expect(taken(run)).toMatchObject({ "one a": "- -", "two a": "one /srv", "three a": "two /two" });
  });

  it("belongs to the host where it is", async () => {
    const run = running({ one: KEPT });
    await run.start(
      planFor([
        { id: "one", hosts: ["a", "b"], at: "c" },
        { id: "two", hosts: ["a", "c"] },
      ]),
    );
    expect(taken(run)).toMatchObject({ "two a": "- -", "two c": "one /srv" });
  });
});

describe("what may not carry over", () => {
  it("is told to the host: declared variables, and secrets in any form, to who has had them", async () => {
    const secret = "correct-horse-battery";
    const run = running({});
    run.hosts.behaviours.set("make\n", { stdout: `${secret}\n` });
    const plan = planFor(
      [
        { id: "make", capture: "X", secret: true, user: "root" },
        { id: "use", uses: ["Y"] },
        { id: "root", user: "root" },
      ],
      [
        { name: "X", secret: true, capturedBy: ["make"] },
        { name: "Y", secret: true },
      ],
    );
    await run.start(plan, { Y: "y-is-secret-too" });
    const keeps = Object.fromEntries(run.hosts.jobs.map((job) => [job.code.trim(), job.keeps]));
    expect(keeps["make"]).toMatchObject({ except: ["X", "Y"], hide: [], hideOutput: true });
    expect(keeps["use"]?.hide).toContain(Buffer.from("y-is-secret-too").toString("base64"));
    expect(keeps["use"]?.hide.join(" ")).not.toContain(secret);
    expect(keeps["root"]?.hide).toContain(secret);
    expect(keeps["root"]?.hide).not.toContain("y-is-secret-too");
  });

  it("is a directory with a secret in its name", async () => {
    const run = running({ one: { exports: "kept", dir: "/srv/y-is-secret-too/x" } });
    await run.start(planFor([{ id: "one", uses: ["Y"] }, { id: "two" }], [{ name: "Y", secret: true }]), {
      Y: "y-is-secret-too",
    });
    expect(taken(run)["two a"]).toBe("one -");
    expect(run.everything()).not.toContain("y-is-secret-too");
  });
});

describe("hosts of a run that has passed", () => {
  it("keep what a verify step needs to look again, and nothing of the run before", async () => {
    const run = running({ one: KEPT });
    run.superseded = ["older"];
    const plan = planFor([
      { id: "one", hosts: ["a"] },
      { id: "two", hosts: ["a", "b"], verify: true },
    ]);
    await run.start(plan);
    expect(run.hosts.asked.filter((asked) => /clean|settle/.test(asked)).toSorted()).toEqual([
      "clean a of older",
      "clean b",
      "clean b of older",
      "settle a",
    ]);
  });

  it("keep everything of both if it has not", async () => {
    const run = running({ one: KEPT });
    run.superseded = ["older"];
    run.hosts.behaviours.set("two\n", { exit: 1 });
    await run.start(planFor([{ id: "one" }, { id: "two" }]));
    expect(run.hosts.asked.filter((asked) => /clean|settle/.test(asked))).toEqual([]);
  });
});
