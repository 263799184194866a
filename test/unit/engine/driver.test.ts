import { describe, expect, it } from "vitest";
import { exitCode } from "../../../src/cli/exit-code.ts";
import { DiskFull, FakeRun, expecting, planFor } from "./fake-run.ts";

const SECRET = "correct-horse-battery";
const TEN_LINES = Array.from({ length: 10 }, (_, i) => `line ${i}\n`).join("");

describe("a connection that is lost", () => {
  it("twice in a step costs neither a second execution nor a byte of output", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("s\n", { stdout: TEN_LINES, losesAt: [10, 33] });
    const state = await run.start(planFor([{ id: "s", expectations: [expecting("size(lines) == 10")] }]));
    expect(state.ending).toEqual({ type: "finished", status: "passed" });
    expect(run.hosts.executed).toEqual(["s a"]);
    expect(run.logs.get("s a")).toBe(TEN_LINES);
    expect(run.story("host-connected", "host-lost")).toEqual([
      "host-connected",
      "host-lost",
      "host-connected",
      "host-lost",
      "host-connected",
    ]);
    expect(run.hosts.sessions.size).toBe(0);
  });

  it("after a job has run for hours is restored all the same", async () => {
    const run = new FakeRun();
    const hours = (): number => (run.clock.ms += 5 * 3_600_000);
    run.hosts.behaviours.set("s\n", { stdout: TEN_LINES, losesAt: [10], onLoss: hours });
    const state = await run.start(planFor([{ id: "s" }]));
    expect(state.ending).toEqual({ type: "finished", status: "passed" });
    expect(run.logs.get("s a")).toBe(TEN_LINES);
  });

  it("for good in the middle of a step leaves it unknown and pauses the run, which goes on when the host is back", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("s\n", { stdout: TEN_LINES, losesAt: [10], thenDown: true });
    const plan = planFor([{ id: "s" }]);
    const state = await run.start(plan);
    expect(state.ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.events.find(({ type }) => type === "task-unknown")).toMatchObject({ asked: false });
    expect(exitCode(state, undefined)).toBe(3);
    run.hosts.down.clear();
    expect((await run.resume(plan)).ending).toEqual({ type: "finished", status: "passed" });
    expect(run.hosts.executed).toEqual(["s a"]);
    expect(run.logs.get("s a")).toBe(TEN_LINES);
  });

  it("while a host is asked for its facts is restored", async () => {
    const run = new FakeRun();
    run.hosts.factsFail = 1;
    const state = await run.start(planFor([{ id: "s" }]));
    expect(state.ending).toEqual({ type: "finished", status: "passed" });
  });

  it("for good before what was printed could be judged leaves the task unknown, to be judged on resume", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("s\n", { stdout: "fine\n" });
    const plan = planFor([{ id: "s", expectations: [expecting('stdout.contains("fine")')] }]);
    await run.start(plan);
    run.killedAfter(({ type }) => type === "attempt-finished");
    run.hosts.down.add("a");
    const state = await run.resume(plan);
    expect(state.ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.events.findLast(({ type }) => type === "task-unknown")).toMatchObject({ asked: false });
    run.hosts.down.clear();
    expect((await run.resume(plan)).ending).toEqual({ type: "finished", status: "passed" });
    expect(run.hosts.executed).toEqual(["s a"]);
  });
});

it("what a host is is in the journal before anything is done there: asked for once, however many need it", async () => {
  const run = new FakeRun();
  const hosts = ["a", "b", "c"];
  await run.start(
    planFor([
      { id: "s", hosts, at: "a" },
      { id: "t", hosts },
    ]),
  );
  const asked = run.events.flatMap((event) => (event.type === "host-facts" ? [event.host] : []));
  expect(asked.toSorted()).toEqual(hosts);
  expect(run.story("host-facts", "task-started")[0]).toBe("host-facts");
});

it("what hosts are comes one after the other, and costs no look at all of them each time", async () => {
  const run = new FakeRun();
  const hosts = Array.from({ length: 150 }, (_, index) => `h${index}`);
  const plan = planFor([{ id: "s", hosts, expectations: [expecting("hosts.size() == 150")] }]);
  run.clock.longestMs = 1000;
  const open = run.hosts.open.bind(run.hosts);
  run.hosts.open = async (host, signal) => {
    // One behind the other, as they would be in a network.
    for (let turns = Number(host.name.slice(1)) % 20; turns > 0; turns--) await run.clock.sleep(0, signal);
    return open(host, signal);
  };
  let looks = 0;
  const counting = {
    ...plan,
    get remote() {
      looks++;
      return plan.remote;
    },
  };
  expect((await run.start(counting)).ending).toMatchObject({ status: "passed" });
  expect(looks).toBeLessThan(5);
});

describe("a host that does not say what it is", () => {
  it("is worked on all the same where no step needs to know, and is not waited for at every step", async () => {
    const run = new FakeRun();
    run.hosts.silent.add("a");
    const before = run.clock.ms;
    const state = await run.start(planFor([{ id: "s" }, { id: "t" }, { id: "u", hosts: ["a", "b"] }]));
    expect(state.ending).toEqual({ type: "finished", status: "passed" });
    expect(run.clock.ms - before).toBeLessThan(10_000);
    expect(run.events.flatMap((event) => (event.type === "host-facts" ? [event.host] : []))).toEqual(["b"]);
  });

  it("is unreachable where a step needs to know, after as long as one that drops connections", async () => {
    const run = new FakeRun();
    run.hosts.silent.add("a");
    const before = run.clock.ms;
    await run.start(planFor([{ id: "s", needsFacts: true }]));
    expect(run.events.find(({ type }) => type === "task-finished")).toMatchObject({
      status: "unreachable",
      reason: expect.stringMatching(/^a lets us in and does not answer, for \d+ s now: /),
    });
    expect(run.clock.ms - before).toBeGreaterThan(110_000);
    expect(run.clock.ms - before).toBeLessThan(200_000);
    expect(run.hosts.executed).toEqual([]);
  });

  it("can be left where a step needs to know", async () => {
    const run = new FakeRun();
    run.hosts.silent.add("a");
    run.onEvent = ({ type }) => {
      if (type === "host-connected") setImmediate(() => void run.driver?.interrupt());
    };
    const state = await run.start(planFor([{ id: "s", needsFacts: true }]));
    expect(state.ending).toMatchObject({ type: "paused", reason: "interrupted" });
  });
});

describe("a host that cannot be reached", () => {
  it("is tried as often as there is patience, then unreachable", async () => {
    const run = new FakeRun();
    run.hosts.down.add("a");
    const state = await run.start(planFor([{ id: "s" }]));
    expect(run.hosts.asked).toEqual(["open a", "open a", "open a"]);
    expect(run.events.find(({ type }) => type === "task-finished")).toMatchObject({ status: "unreachable" });
    expect(exitCode(state, undefined)).toBe(4);
  });

  it("makes no batch stop as a bug of ours", async () => {
    const run = new FakeRun();
    const plan = planFor([
      { id: "s", batch: true, expectations: [expecting("exit == 0"), expecting("size(results) == 1")] },
    ]);
    await run.start(plan);
    run.killedAfter(({ type }) => type === "attempt-judged");
    run.hosts.down.add("a");
    await expect(run.resume(plan)).rejects.toMatchObject({ name: "WaymarkError", exit: 4 });
  });

  it("makes no batch pass whose results are gone", async () => {
    const run = new FakeRun();
    const plan = planFor([
      { id: "s", batch: true, expectations: [expecting("exit == 0"), expecting("size(results) <= 1")] },
    ]);
    await run.start(plan);
    run.killedAfter(({ type }) => type === "attempt-judged");
    run.hosts.forget();
    const { ending } = await run.resume(plan);
    expect(ending).toEqual({ type: "finished", status: "failed" });
    expect(run.hosts.executed).toEqual(["s a"]);
  });
});

describe("an outcome that nobody can say", () => {
  it("is settled by what the step creates", async () => {
    const run = new FakeRun();
    const plan = planFor([{ id: "s", creates: "/made" }]);
    const look = '[ -e "$WAYMARK_PATH" ]\n';
    run.hosts.behaviours.set("s\n", {
      end: { type: "unknown", reason: "its supervisor was killed" },
      onRun: () => run.hosts.looks.set(look, 0),
    });
    const state = await run.start(plan);
    expect(state.ending).toEqual({ type: "finished", status: "passed" });
    expect(run.events.find(({ type }) => type === "task-finished")).toMatchObject({
      status: "ok",
      reason: "its supervisor was killed; settled by /made exists",
    });
  });

  it("is asked for again by each resume, and never run again but by choice", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("s\n", { end: { type: "unknown", reason: "gone" } });
    const plan = planFor([{ id: "s" }]);
    expect(exitCode(await run.start(plan), undefined)).toBe(3);
    expect(exitCode(await run.resume(plan), undefined)).toBe(3);
    expect(run.hosts.executed).toEqual(["s a"]);
    run.hosts.behaviours.set("s\n", {});
    const decided = { type: "operator-decided", decision: "rerun", step: "s" } as const;
    expect((await run.resume(plan, {}, decided)).ending).toEqual({ type: "finished", status: "passed" });
    expect(run.hosts.executed).toEqual(["s a", "s a"]);
  });
});

describe("a task whose text has changed since", () => {
  it("is only asked for; where it never ran, the new text is a task of its own", async () => {
    const run = new FakeRun();
    const plan = planFor([{ id: "s" }]);
    await run.start(plan);
    run.killedAfter(({ type }) => type === "attempt-started");
    run.hosts.forget();
    run.hosts.executed.length = 0;
    run.hosts.asked.length = 0;
    await run.resume(planFor([{ id: "s", effectDigest: "another" }]));
    expect(run.hosts.asked).toEqual(["open a", "attach a", "run a", "clean a"]);
    expect(run.hosts.executed).toEqual(["s a"]);
    expect(run.events.filter(({ type }) => type === "task-started")).toMatchObject([
      { task: expect.stringMatching(/0$/), effectDigest: "effect of s" },
      { task: expect.stringMatching(/1$/), effectDigest: "another" },
    ]);
  });
});

describe("a run that has passed", () => {
  const plan = planFor([
    { id: "one", hosts: ["a"] },
    { id: "two", hosts: ["b"] },
  ]);

  it("leaves nothing on hosts either where only an earlier process was", async () => {
    const run = new FakeRun();
    await run.start(plan);
    run.killedAfter((event) => event.type === "step-finished" && event.step === "one");
    run.hosts.asked.length = 0;
    await run.resume(plan);
    expect(run.hosts.asked.filter((asked) => /clean/.test(asked)).toSorted()).toEqual(["clean a", "clean b"]);
    // It is over, and nobody is told of more.
    expect(run.events.at(-1)).toMatchObject({ type: "run-finished", status: "passed" });
  });
});

describe("what the operator wants left out", () => {
  it.each(["task-started", "attempt-started"])("is not started when the process was killed after %s", async (type) => {
    const run = new FakeRun();
    const plan = planFor([{ id: "s" }]);
    await run.start(plan);
    run.killedAfter((event) => event.type === type);
    run.hosts.forget();
    run.hosts.executed.length = 0;
    const decided = { type: "operator-decided", decision: "skip", step: "s" } as const;
    const state = await run.resume(plan, {}, decided);
    expect(run.hosts.executed).toEqual([]);
    expect(state.tasks.getIn(["s", "a"])).toMatchObject({ status: "skipped" });
  });
});

describe("a secret that a step captures", () => {
  const plan = planFor(
    [
      { id: "make", capture: "X", secret: true },
      { id: "use", uses: ["X"], capture: "Y" },
      { id: "again", uses: ["X", "Y"] },
    ],
    [
      { name: "X", secret: true, capturedBy: ["make"] },
      { name: "Y", capturedBy: ["use"] },
    ],
  );
  const begun = async (): Promise<FakeRun> => {
    const run = new FakeRun();
    run.hosts.behaviours.set("make\n", { stdout: `${SECRET}\n` });
    run.hosts.behaviours.set("use\n", { stdout: `it is ${SECRET}.\n` });
    run.hosts.behaviours.set("again\n", { stdout: `${Buffer.from(SECRET).toString("base64")}\n` });
    await run.start(plan);
    return run;
  };

  it("reaches the steps that use it, and neither journal nor log nor screen", async () => {
    const run = await begun();
    expect(run.hosts.environments.at(-1)).toMatchObject({ X: SECRET, Y: `it is ${SECRET}.` });
    expect(run.everything()).not.toContain(SECRET);
    expect(run.everything()).not.toContain(Buffer.from(SECRET).toString("base64"));
    expect(run.logs.get("make a")).toBe("«output withheld»\n");
    expect(run.logs.get("use a")).toBe("it is «secret».\n");
  });

  it("makes a secret of every capture that contains it", async () => {
    const run = await begun();
    const captured = run.events.filter(({ type }) => type === "variable-captured");
    expect(captured).toMatchObject([{ secret: true }, { secret: true }]);
    for (const event of captured) expect(event).not.toHaveProperty("value");
  });

  it("is read back on resume before anything else happens", async () => {
    const run = await begun();
    run.killedAfter((event) => event.type === "step-started" && event.step === "again");
    run.hosts.asked.length = 0;
    await run.resume(plan);
    expect(run.hosts.asked).toEqual(["open a", "attach a", "attach a", "run a", "clean a"]);
    expect(run.hosts.environments.at(-1)).toMatchObject({ X: SECRET, Y: `it is ${SECRET}.` });
    expect(run.everything()).not.toContain(SECRET);
  });

  it("that no variable holds is hidden after a resume as well", async () => {
    const run = new FakeRun();
    const steps = planFor([{ id: "show", secret: true }, { id: "leak" }]);
    run.hosts.behaviours.set("show\n", { stdout: `${SECRET}\n` });
    run.hosts.behaviours.set("leak\n", { stdout: `again: ${SECRET}\n` });
    await run.start(steps);
    run.killedAfter((event) => event.type === "step-started" && event.step === "leak");
    await run.resume(steps);
    expect(run.logs.get("leak a")).toBe("again: «secret»\n");
    expect(run.everything()).not.toContain(SECRET);
  });

  it("on a host out of reach stops the resumed run, exit code 4", async () => {
    const run = await begun();
    run.killedAfter((event) => event.type === "step-started" && event.step === "again");
    run.hosts.down.add("a");
    await expect(run.resume(plan)).rejects.toMatchObject({ name: "WaymarkError", code: "WM6004", exit: 4 });
    expect(run.hosts.executed).toEqual(["make a", "use a", "again a"]);
    expect(run.hosts.closed).toBe(2);
  });

  it("and is gone from its host can be captured again", async () => {
    const run = await begun();
    run.killedAfter((event) => event.type === "step-started" && event.step === "again");
    run.hosts.forget();
    await expect(run.resume(plan)).rejects.toMatchObject({ code: "WM6004", exit: 1 });
    run.hosts.executed.length = 0;
    const again = ["make", "use"].map((step) => ({ type: "operator-decided", decision: "rerun", step }) as const);
    expect((await run.resume(plan, {}, ...again)).ending).toEqual({ type: "finished", status: "passed" });
    expect(run.hosts.executed).toEqual(["make a", "use a", "again a"]);
  });
});

describe("a secret input", () => {
  const secrets = [{ name: "X", secret: true }];

  it("stays out of what is said about a step that was done already", async () => {
    const run = new FakeRun();
    run.hosts.looks.set('[ -e "$WAYMARK_PATH" ]\n', 0);
    await run.start(planFor([{ id: "s", uses: ["X"], creates: "/keys/$X" }], secrets), { X: SECRET });
    const finished = run.events.find(({ type }) => type === "task-finished");
    expect(finished).toMatchObject({ status: "skipped", reason: "already done: /keys/«secret» exists" });
    expect(run.everything()).not.toContain(SECRET);
  });

  it.each(["refused", "unknown"] as const)("stays out of what a host says of a job that is %s", async (type) => {
    const run = new FakeRun();
    run.hosts.behaviours.set("s\n", { end: { type, reason: `no such directory: /keys/${SECRET}` } });
    await run.start(planFor([{ id: "s", uses: ["X"], dir: "/keys/$X" }], secrets), { X: SECRET });
    expect(run.everything()).toContain("no such directory: /keys/«secret»");
    expect(run.everything()).not.toContain(SECRET);
  });
});

describe("interrupting", () => {
  const two = planFor([{ id: "s" }, { id: "t" }]);

  it("once lets what runs finish and starts nothing new", async () => {
    const run = new FakeRun();
    const interrupted: Promise<void>[] = [];
    run.hosts.behaviours.set("s\n", { onRun: () => interrupted.push(run.driver?.interrupt() ?? Promise.reject()) });
    const state = await run.start(two);
    await Promise.all(interrupted);
    expect(state.ending).toMatchObject({ type: "paused", reason: "interrupted" });
    expect([exitCode(state, "SIGINT"), exitCode(state, "SIGTERM")]).toEqual([130, 143]);
    expect(run.hosts.executed).toEqual(["s a"]);
    expect((await run.resume(two)).ending).toEqual({ type: "finished", status: "passed" });
    expect(run.hosts.executed).toEqual(["s a", "t a"]);
  });

  it("twice at once cancels what runs", async () => {
    const run = new FakeRun();
    const pressed: Promise<void>[] = [];
    const twice = (): void => {
      for (let press = 0; press < 2; press++) pressed.push(run.driver?.interrupt() ?? Promise.reject());
    };
    run.hosts.behaviours.set("s\n", { endless: true, onRun: twice });
    const state = await run.start(two);
    await Promise.all(pressed);
    expect(state.ending).toEqual({ type: "finished", status: "cancelled" });
    expect(run.events.find(({ type }) => type === "attempt-finished")).toMatchObject({ end: "cancelled" });
    expect(run.hosts.asked).toContain("cancel a");
  });

  it("without proof that the job is gone leaves it unknown", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("s\n", {
      endless: true,
      settles: "running",
      onRun: () => void run.driver?.interrupt().then(() => run.driver?.interrupt()),
    });
    const state = await run.start(two);
    expect(state.ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.events.find(({ type }) => type === "task-unknown")).toMatchObject({ asked: false });
    expect(exitCode(state, "SIGINT")).toBe(130);
  });

  it("reaches a job that is just being started", async () => {
    const run = new FakeRun();
    run.hosts.behaviours.set("s\n", { endless: true });
    run.beforeLog = async () => {
      await run.driver?.interrupt();
      await run.driver?.interrupt();
    };
    expect((await run.start(two)).ending).toEqual({ type: "finished", status: "cancelled" });
    expect(run.hosts.executed).toEqual([]);
  });

  it("while secrets are read back stops the resumed run, too", async () => {
    const run = new FakeRun();
    const plan = planFor(
      [{ id: "make", capture: "X", secret: true }, { id: "t" }],
      [{ name: "X", secret: true, capturedBy: ["make"] }],
    );
    run.hosts.behaviours.set("make\n", { stdout: SECRET });
    await run.start(plan);
    run.killedAfter(({ type }) => type === "step-finished");
    run.hosts.executed.length = 0;
    run.onEvent = ({ type }) => {
      if (type === "host-connected") void run.driver?.interrupt();
    };
    await expect(run.resume(plan)).rejects.toMatchObject({ name: "WaymarkError", code: "WM6005", exit: 130 });
    expect(run.hosts.executed).toEqual([]);
    expect(run.hosts.sessions.size).toBe(0);
  });
});

describe("a journal that cannot be written", () => {
  const plan = planFor([{ id: "s", hosts: ["a", "b"] }, { id: "t" }]);

  it.each(["run-started", "host-connected", "task-started", "attempt-started", "attempt-finished", "task-finished"])(
    "any more from %s on stops the run with that error, and closes every session",
    async (type) => {
      const run = new FakeRun();
      run.diskFull = (body) => body.type === type;
      await expect(run.start(plan)).rejects.toThrow(DiskFull);
      const before = ["run-started", "host-connected", "task-started", "attempt-started"].includes(type);
      expect(run.hosts.executed).toEqual(before ? [] : ["s a", "s b"]);
      expect(run.hosts.sessions.size).toBe(0);
      expect(run.hosts.closed).toBe(1);
    },
  );

  it("when the operator interrupts ends the run, however long its job would take", async () => {
    const run = new FakeRun();
    run.diskFull = ({ type }) => type === "operator-decided";
    run.hosts.behaviours.set("s\n", {
      endless: true,
      onRun: () => void run.driver?.interrupt().catch(() => undefined),
    });
    await expect(run.start(planFor([{ id: "s" }]))).rejects.toThrow(DiskFull);
  });
});

describe("a resumed run", () => {
  it("whose inventory has lost a host goes on with the others", async () => {
    const run = new FakeRun();
    const steps = [
      { id: "s", hosts: ["a", "b"] },
      { id: "t", hosts: ["a", "b"] },
    ];
    run.hosts.behaviours.set("s\n", { losesAt: [0], thenDown: true });
    expect((await run.start(planFor(steps))).ending).toMatchObject({ type: "paused" });
    run.hosts.down.clear();
    const state = await run.resume(planFor(steps, [], "b"));
    expect(state.ending).toEqual({ type: "finished", status: "passed" });
    expect(run.hosts.executed).toEqual(["s a", "s b", "t a"]);
  });

  it("with a variable that nothing sets any more pauses at the job that may have had it", async () => {
    const run = new FakeRun();
    const plan = planFor([{ id: "s", uses: ["X"] }], [{ name: "X" }]);
    await run.start(plan, { X: "1" });
    run.killedAfter(({ type }) => type === "attempt-started");
    const state = await run.resume(plan);
    expect(state.ending).toMatchObject({ type: "paused", reason: "unknown" });
    expect(run.events.at(-2)).toMatchObject({ type: "task-unknown", reason: expect.stringContaining("`X`") });
    expect((await run.resume(plan, { X: "1" })).ending).toEqual({ type: "finished", status: "passed" });
    expect(run.hosts.executed).toEqual(["s a"]);
  });
});
