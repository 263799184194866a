import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.ts";
import { plainReporter } from "../../../src/ui/plain-reporter.ts";
import type { Style } from "../../../src/ui/style.ts";
import { ASCII, broken, planOf, Script, step, UTF8 } from "./sample-run.ts";

const HOSTS = ["pi-master", "pi-w1", "pi-w2", "pi-w3"];
const RUN = "20261122-184107-a1b2";
const LOGS = `/state/runs/${RUN}/output`;

const PLAN = planOf([
  step(0, "update", "Bring the packages up to date", { hosts: HOSTS, user: "root" }),
  step(1, "calico", "Install Calico", { skip: "not chosen" }),
  step(2, "swap-off", "Turn swap off", { hosts: HOSTS, verify: true }),
]);

function reporterFor(plan: Plan, style: Style, past: Script = new Script()) {
  const lines: string[] = [];
  const sink = { write: (text: string) => lines.push(text) };
  const reporter = plainReporter(sink, style, { plan, run: RUN, logs: LOGS, past: past.events });
  return { reporter, text: () => `\n${lines.join("")}` };
}

/** What a person sees of a run. */
function shown(script: Script, plan: Plan = PLAN, style: Style = UTF8): string {
  const { reporter, text } = reporterFor(plan, style);
  script.tell(reporter);
  return text();
}

/** Only what is between the header and the summary. */
function middle(text: string): string {
  return text.replace(/^[^]*?\n\n/, "\n").replace(/\n\n[✔✖⚠] [^]*$/u, "\n");
}

function swapFails(): Script {
  const script = new Script().started().step("update", HOSTS);
  for (const host of HOSTS) script.passes("update", host, host === "pi-w2" ? "one\ntwo\n" : "All up to date.\n");
  script.stepEnds("update").stepEnds("calico", "skipped").step("swap-off", HOSTS);
  script.passes("swap-off", "pi-master").finish("swap-off", "pi-w1", "skipped", { reason: "when is false: vars.SWAP" });
  script.begin("swap-off", "pi-w2").prints("swap-off", "pi-w2", "swapoff: Cannot allocate memory\n", "stderr");
  script.finish("swap-off", "pi-w2", "failed", {
    exit: 1,
    reason: "exit status 1",
    expectations: [broken("exit == 0", 30, "exit is 1")],
  });
  script
    .begin("swap-off", "pi-w3")
    .prints("swap-off", "pi-w3", "/swap file 1G\n")
    .finish("swap-off", "pi-w3", "failed", {
      exit: 0,
      attempts: 3,
      reason: "not true: size(lines) == 0",
      expectations: [broken("size(lines) == 0", 34, 'size(lines) is 1\nlines is ["/swap file 1G"]\n')],
    });
  return script.stepEnds("swap-off", "failed").ends("failed");
}

describe("a run in plain lines", () => {
  it("can be followed from its header to what to do next", () => {
    expect(shown(swapFails())).toMatchInlineSnapshot(`
      "
      Raspberry Pi cluster
      guide.md · run 20261122-184107-a1b2
      hosts: pi-master, pi-w[1-3] (4)

      [1/3] Bring the packages up to date
        on pi-master, pi-w[1-3] (4) · sudo · guide.md:10
        ✔ pi-master  0.4 s
        ✔ pi-w1  0.4 s
        ✔ pi-w2  0.4 s
        ✔ pi-w3  0.4 s
          pi-master, pi-w[1,3] │ All up to date.
          pi-w2:
            │ one
            │ two

      [2/3] Install Calico
        – skipped: not chosen

      [3/3] Turn swap off
        on pi-master, pi-w[1-3] (4) · verify · guide.md:30
        ✔ pi-master  0.4 s
        ✖ pi-w2  exit status 1  0.4 s
        ✖ pi-w3  not true: size(lines) == 0  3 attempts  0.4 s
        – pi-w1  skipped: when is false: vars.SWAP

        ✖ pi-w2: exit status 1
          │ swapoff: Cannot allocate memory
        ✖ pi-w3: not true: size(lines) == 0
          guide.md:34  size(lines) == 0
            size(lines) is 1
            lines is ["/swap file 1G"]
          │ /swap file 1G

      ✖ failed · 1/2 steps, 1 left out · tasks: 5 ok, 1 skipped, 2 failed · 2.8 s
        3 Turn swap off · guide.md:30
          failed on pi-w[2-3]

        look     waymark show 20261122-184107-a1b2 --step swap-off
        outputs  /state/runs/20261122-184107-a1b2/output
        go on    waymark resume 20261122-184107-a1b2
      "
    `);
  });

  it("can be followed without any character beyond ASCII", () => {
    const text = shown(swapFails(), PLAN, ASCII);
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    expect(text).toMatchInlineSnapshot(`
      "
      Raspberry Pi cluster
      guide.md - run 20261122-184107-a1b2
      hosts: pi-master, pi-w[1-3] (4)

      [1/3] Bring the packages up to date
        on pi-master, pi-w[1-3] (4) - sudo - guide.md:10
        + pi-master  0.4 s
        + pi-w1  0.4 s
        + pi-w2  0.4 s
        + pi-w3  0.4 s
          pi-master, pi-w[1,3] | All up to date.
          pi-w2:
            | one
            | two

      [2/3] Install Calico
        - skipped: not chosen

      [3/3] Turn swap off
        on pi-master, pi-w[1-3] (4) - verify - guide.md:30
        + pi-master  0.4 s
        x pi-w2  exit status 1  0.4 s
        x pi-w3  not true: size(lines) == 0  3 attempts  0.4 s
        - pi-w1  skipped: when is false: vars.SWAP

        x pi-w2: exit status 1
          | swapoff: Cannot allocate memory
        x pi-w3: not true: size(lines) == 0
          guide.md:34  size(lines) == 0
            size(lines) is 1
            lines is ["/swap file 1G"]
          | /swap file 1G

      x failed - 1/2 steps, 1 left out - tasks: 5 ok, 1 skipped, 2 failed - 2.8 s
        3 Turn swap off - guide.md:30
          failed on pi-w[2-3]

        look     waymark show 20261122-184107-a1b2 --step swap-off
        outputs  /state/runs/20261122-184107-a1b2/output
        go on    waymark resume 20261122-184107-a1b2
      "
    `);
  });

  it("says the same with colours", () => {
    const colored = shown(swapFails(), PLAN, { ...UTF8, color: true });
    expect(colored).toContain("\x1b[31m✖\x1b[39m");
    expect(colored.replace(/\x1b\[\d+m/g, "")).toBe(shown(swapFails()));
  });

  it("ends in one line when all went well", () => {
    const script = new Script().started().step("update", ["pi-master"]).passes("update", "pi-master");
    expect(shown(script.stepEnds("update").ends("passed"))).toMatchInlineSnapshot(`
      "
      Raspberry Pi cluster
      guide.md · run 20261122-184107-a1b2
      hosts: pi-master, pi-w[1-3] (4)

      [1/3] Bring the packages up to date
        on pi-master · sudo · guide.md:10
        ✔ pi-master  0.4 s

      ✔ passed · 1/2 steps, 1 left out · tasks: 1 ok · 0.6 s
      "
    `);
  });

  it("stays readable with hundreds of hosts", () => {
    const hosts = Array.from({ length: 300 }, (_, index) => `n${index + 1}`);
    const plan = planOf([step(0, "s", "Say hello", { hosts })], { remote: hosts });
    const script = new Script().started().step("s", hosts);
    for (const [index, host] of hosts.entries()) {
      if (index % 10 === 3) {
        script.begin("s", host).prints("s", host, "no route\nto the mirror\n");
        script.finish("s", host, "failed", { exit: 100, reason: "exit status 100" });
      } else if (index === 40) {
        script.finish("s", host, "unreachable", { reason: "connection timed out (is it on?)" });
      } else script.passes("s", host, index % 10 === 5 ? `I am ${host}\nand well\n` : "hello\n");
    }
    const text = shown(script.stepEnds("s", "failed").ends("failed"), plan);
    expect(text.split("\n").length).toBeLessThan(160);
    expect(text.replace(/(    n\d+:\n      │ I am .*\n      │ and well\n)+/, "    (those who say who they are)\n"))
      .toMatchInlineSnapshot(`
        "
        Raspberry Pi cluster
        guide.md · run 20261122-184107-a1b2
        hosts: n[1-300] (300)

        [1/1] Say hello
          on n[1-300] (300) · guide.md:10
          ✖ n4  exit status 100  0.4 s
          ✖ n14  exit status 100  0.4 s
          ✖ n24  exit status 100  0.4 s
          ✖ n34  exit status 100  0.4 s
          ✖ n41  unreachable: connection timed out (is it on?)
          ✖ n44  exit status 100  0.4 s
          ✖ n54  exit status 100  0.4 s
          ✖ n64  exit status 100  0.4 s
          ✖ n74  exit status 100  0.4 s
          ✖ n84  exit status 100  0.4 s
          ✖ n94  exit status 100  0.4 s
          ✖ n104  exit status 100  0.4 s
          ✔ 269 of 300 hosts
            n[1-3,5,7-13,15,17-23,25,27-33,35,37-40,42-43,45,47-53], 197 more (239) │ hello
            (those who say who they are)

          ✖ n[4,14,24,34,44,54,64,74,84,94,104,114], 18 more (30): exit status 100
            │ no route
            │ to the mirror
          ✖ n41: unreachable: connection timed out (is it on?)

        ✖ failed · 0/1 steps · tasks: 269 ok, 30 failed, 1 unreachable · 1 min 30 s
          1 Say hello · guide.md:10
            failed on n[4,14,24,34,44,54,64,74,84,94,104,114], 18 more (30)
            unreachable on n41

          look     waymark show 20261122-184107-a1b2 --step s
          outputs  /state/runs/20261122-184107-a1b2/output
          go on    waymark resume 20261122-184107-a1b2
        "
      `);
  });

  it("keeps little in memory of what is printed", () => {
    const script = new Script().started().step("update", ["pi-master"]).begin("update", "pi-master");
    const { reporter, text } = reporterFor(PLAN, UTF8);
    script.tell(reporter);
    for (let index = 0; index < 20_000; index++) {
      reporter.output({
        type: "task-output",
        step: "update",
        host: "pi-master",
        stream: "stdout",
        text: `line ${index}\n`,
      });
    }
    new Script().finish("update", "pi-master", "ok").stepEnds("update").tell(reporter);
    expect(text()).toContain("… 19800 lines before\n    │ line 19800\n");
    expect(text()).toMatch(/│ line 19999\n$/);
  });

  it("lets nothing that a host prints reach the terminal", () => {
    const script = new Script().started().step("update", HOSTS.slice(0, 2));
    script.passes("update", "pi-master", "\x1b[2J\x1b]0;title\x07cleared\r\n10%\r100%\n");
    script.begin("update", "pi-w1").prints("update", "pi-w1", "\x9b31mboo\n");
    script.finish("update", "pi-w1", "failed", {
      reason: "\x1b[31mred\nherring",
      expectations: [broken("x", 1, "is \x1b[5mblinking")],
    });
    script.event({ type: "host-lost", host: "pi-w1", reason: "\x1b[Hhome" }).stepEnds("update", "failed");
    expect(middle(shown(script.ends("failed")))).toMatchInlineSnapshot(`
      "
      [1/3] Bring the packages up to date
        on pi-master, pi-w1 · sudo · guide.md:10
        ✔ pi-master  0.4 s
        ✖ pi-w1  red herring  0.4 s
        ⚠ pi-w1  connection lost: home
          pi-master:
            │ cleared
            │ 100%

        ✖ pi-w1: red herring
          guide.md:1  x
            is blinking
          │ boo
      "
    `);
  });

  it("shows of several attempts the last", () => {
    const script = new Script().started().step("update", ["pi-w1"]).begin("update", "pi-w1");
    script.prints("update", "pi-w1", "first try\n").begin("update", "pi-w1").prints("update", "pi-w1", "second try\n");
    const text = shown(script.finish("update", "pi-w1", "ok", { attempts: 2 }).stepEnds("update"));
    expect(text).toContain("✔ pi-w1  2 attempts  0.4 s\n    │ second try\n");
    expect(text).not.toContain("first try");
  });

  it("says what an expectation over all hosts has to say once", () => {
    const batch = {
      reason: "not true: results.all(r, r.exit == 0)",
      expectations: [broken("results.all(r, r.exit == 0)", 12, "rows that failed: pi-w1")],
    };
    const script = new Script().started().step("update", HOSTS);
    for (const host of HOSTS) script.begin("update", host).prints("update", host, `v1.${host === "pi-w1" ? 30 : 31}\n`);
    for (const host of HOSTS) script.finish("update", host, "failed", batch);
    expect(middle(shown(script.stepEnds("update", "failed").ends("failed")))).toMatchInlineSnapshot(`
      "
      [1/3] Bring the packages up to date
        on pi-master, pi-w[1-3] (4) · sudo · guide.md:10
        ✖ pi-master  not true: results.all(r, r.exit == 0)  0.4 s
        ✖ pi-w1  not true: results.all(r, r.exit == 0)  0.4 s
        ✖ pi-w2  not true: results.all(r, r.exit == 0)  0.4 s
        ✖ pi-w3  not true: results.all(r, r.exit == 0)  0.4 s

        ✖ pi-master, pi-w[1-3] (4): not true: results.all(r, r.exit == 0)
          guide.md:12  results.all(r, r.exit == 0)
            rows that failed: pi-w1
          pi-master, pi-w[2-3] │ v1.31
          pi-w1 │ v1.30
      "
    `);
  });

  it("tells of lost connections and of hosts set aside", () => {
    const script = new Script()
      .started()
      .event({ type: "host-connected", host: "pi-w1" })
      .step("update", ["pi-w1", "pi-w2"]);
    script.begin("update", "pi-w1").event({ type: "host-lost", host: "pi-w1", reason: "no answer for 30 s" });
    script.event({ type: "host-connected", host: "pi-w1" }).finish("update", "pi-w1", "ok");
    script.finish("update", "pi-w2", "unreachable", { reason: "connection refused" });
    script.event({ type: "host-set-aside", host: "pi-w2", step: "update", reason: "connection refused" });
    expect(shown(script.stepEnds("update").ends("failed", ["pi-w2"]))).toMatchInlineSnapshot(`
      "
      Raspberry Pi cluster
      guide.md · run 20261122-184107-a1b2
      hosts: pi-master, pi-w[1-3] (4)

      [1/3] Bring the packages up to date
        on pi-w[1-2] · sudo · guide.md:10
        ⚠ pi-w1  connection lost: no answer for 30 s
        · pi-w1  connected again
        ✔ pi-w1  0.4 s
        ✖ pi-w2  unreachable: connection refused
        ⚠ pi-w2  set aside: connection refused

      ✖ failed · 1/2 steps, 1 left out · tasks: 1 ok, 1 unreachable · 1.1 s
        set aside at update: pi-w2 (connection refused)

        look     waymark show 20261122-184107-a1b2
        outputs  /state/runs/20261122-184107-a1b2/output
        go on    waymark resume 20261122-184107-a1b2 --retry-failed
      "
    `);
  });

  it("says so when no host is left", () => {
    const script = new Script().started().step("update", ["pi-w1"]).finish("update", "pi-w1", "unreachable");
    script.event({ type: "host-set-aside", host: "pi-w1", step: "update", reason: "" }).stepEnds("update");
    script.stepEnds("swap-off", "failed").ends("failed", ["pi-w1"]);
    expect(shown(script)).toContain("[3/3] Turn swap off\n  ✖ no host is left to run it on\n");
  });

  it("says what to do about an unknown outcome", () => {
    const script = new Script()
      .started()
      .step("update", ["pi-w1", "pi-w2"])
      .passes("update", "pi-w1")
      .begin("update", "pi-w2");
    script.event({
      type: "task-unknown",
      step: "update",
      host: "pi-w2",
      task: "t",
      attempt: 1,
      reason: "the machine was started anew while it ran",
      asked: true,
    });
    script.event({ type: "run-paused", reason: "unknown", step: "update", detail: "pi-w2" });
    expect(shown(script)).toMatchInlineSnapshot(`
      "
      Raspberry Pi cluster
      guide.md · run 20261122-184107-a1b2
      hosts: pi-master, pi-w[1-3] (4)

      [1/3] Bring the packages up to date
        on pi-w[1-2] · sudo · guide.md:10
        ✔ pi-w1  0.4 s
        ⚠ pi-w2  outcome unknown: the machine was started anew while it ran

      ⚠ stopped: outcome unknown · 0/2 steps, 1 left out · tasks: 1 ok, 1 unknown · 0.8 s
        1 Bring the packages up to date · guide.md:10
          unknown on pi-w2

        look        waymark show 20261122-184107-a1b2 --step update
        outputs     /state/runs/20261122-184107-a1b2/output
        it ran      waymark resume 20261122-184107-a1b2 --done update
        it did not  waymark resume 20261122-184107-a1b2 --rerun update
        leave it    waymark resume 20261122-184107-a1b2 --skip update
        ask again   waymark resume 20261122-184107-a1b2
      "
    `);
  });

  it("goes on where it stopped, without repeating what was done", () => {
    const past = swapFails();
    const { reporter, text } = reporterFor(PLAN, UTF8, past);
    const from = past.happenings.length;
    past.resumed().step("swap-off", HOSTS).passes("swap-off", "pi-w2").passes("swap-off", "pi-w3").stepEnds("swap-off");
    past.ends("passed").tell(reporter, from);
    expect(text()).toMatchInlineSnapshot(`
      "
      Raspberry Pi cluster
      guide.md · run 20261122-184107-a1b2 goes on
      hosts: pi-master, pi-w[1-3] (4)

      [3/3] Turn swap off
        on pi-w[2-3] · done before on pi-master, pi-w1 · verify · guide.md:30
        ✔ pi-w2  0.4 s
        ✔ pi-w3  0.4 s

      ✔ passed · 2/2 steps, 1 left out · tasks: 7 ok, 1 skipped · 3.7 s
      "
    `);
  });

  it("says what an interrupt does", () => {
    const script = new Script().started().step("update", ["pi-w1"]).begin("update", "pi-w1");
    script
      .event({ type: "operator-decided", decision: "interrupt" })
      .event({ type: "operator-decided", decision: "cancel" });
    script.finish("update", "pi-w1", "failed", { reason: "cancelled" }).ends("cancelled");
    expect(middle(shown(script))).toMatchInlineSnapshot(`
      "
      [1/3] Bring the packages up to date
        on pi-w1 · sudo · guide.md:10
      Interrupted: waiting for 1 task on pi-w1 to finish. Ctrl-C once more cancels.
      Cancelling 1 task on pi-w1: TERM, and KILL after 5 s. Ctrl-C once more leaves at once.
        ✖ pi-w1  cancelled  0.4 s
      "
    `);
  });

  it("says which hosts other runs have, and what to do", () => {
    const holder = { run: "r1", owner: "ops@laptop", state: "connected", renewedMs: 5000 } as const;
    const script = new Script().started().step("update", HOSTS).passes("update", "pi-master");
    script.event({ type: "host-held", host: "pi-w1", holder, until: new Date().toISOString() });
    for (const host of ["pi-w1", "pi-w2"]) {
      script.event({ type: "task-deferred", step: "update", host, reason: "held", holder });
    }
    script.event({ type: "run-paused", reason: "held", step: "update", detail: "pi-w1, pi-w2" });
    const text = shown(script).replaceAll(/until \d\d:\d\d/g, "until …");
    expect(text).toContain("⚠ pi-w1  held by run r1 of ops@laptop (renewed 5 s ago); waiting until …\n");
    expect(text).toContain("⚠ pi-w1  still held by run r1 of ops@laptop (renewed 5 s ago)\n");
    expect(text).toContain("⚠ pi-w2  not begun: held by run r1 of ops@laptop (renewed 5 s ago)\n");
    expect(text).toContain("rests: another run has a host");
    expect(text).toContain("    pi-w[1-2] are held by run r1 of ops@laptop (renewed 5 s ago)\n");
    expect(text).toContain(`wait for it      waymark resume ${RUN} --wait 10m\n`);
  });

  it("says of each host what has become of it when a run was cancelled", () => {
    const script = new Script().started().step("update", HOSTS).passes("update", "pi-master");
    for (const host of ["pi-w1", "pi-w2", "pi-w3"]) script.begin("update", host);
    script.event({ type: "operator-decided", decision: "interrupt" });
    script.event({ type: "operator-decided", decision: "cancel" });
    const common = { step: "update", task: "t", attempt: 1, durationMs: 1, stdoutBytes: 0, stderrBytes: 0 } as const;
    script.event({ type: "attempt-finished", ...common, host: "pi-w1", end: "cancelled", exit: 143 });
    script.finish("update", "pi-w1", "failed", { reason: "cancelled" });
    script.event({ type: "attempt-finished", ...common, host: "pi-w2", end: "refused", reason: "set aside" });
    script.finish("update", "pi-w2", "failed", { reason: "set aside" });
    const unknown = { step: "update", host: "pi-w3", task: "t", attempt: 1, reason: "no proof", asked: false };
    script.event({ type: "task-unknown", ...unknown });
    script.event({ type: "run-paused", reason: "unknown", step: "update", detail: "pi-w3" });
    const text = shown(script);
    expect(text).toContain("Cancelling 3 tasks on pi-w[1-3]");
    expect(text).toContain("    had ended on pi-master\n");
    expect(text).toContain("    cancelled and ended on pi-w1\n");
    expect(text).toContain("    never ran on pi-w2\n");
    expect(text).toContain("    no proof that it has ended: outcome unknown on pi-w3\n");
  });

  it("tells what its operator wants of it besides: to rest after a step, to go on without hosts", () => {
    const script = new Script().started().event({ type: "operator-decided", decision: "rest-after" });
    script.step("update", HOSTS).event({ type: "operator-decided", decision: "rest-after" });
    for (const host of HOSTS) script.passes("update", host);
    script.event({ type: "operator-decided", decision: "rest-after", step: "update" }).stepEnds("update");
    script.event({ type: "run-paused", reason: "asked", step: "update", detail: "as asked, after update" });
    script.event({ type: "operator-decided", decision: "set-aside", step: "swap-off", hosts: ["pi-w1", "pi-w2"] });
    const text = shown(script.resumed());
    expect(text).toContain("It will rest after the next step.\n");
    expect(text).toContain("It will rest after the step at work.\n");
    expect(text).toContain("It will rest after update.\n");
    expect(text).toContain("⚠ rests after update, as asked · 1/2 steps");
    expect(text).toMatch(/goes on\n.*\nwithout pi-w\[1-2\], set aside\n/);
  });

  it("offers the fix of a step that has failed, where it has one", () => {
    const plan = planOf([...PLAN.steps, step(3, "mend", "Mend it", { role: "fix", of: "swap-off", hosts: HOSTS })]);
    const text = shown(swapFails(), plan);
    expect(text).toContain(`  fix it     waymark resume ${RUN} --fix swap-off\n  try again  waymark resume ${RUN}\n`);
    expect(shown(swapFails())).not.toContain("--fix");
  });

  it("says now and then who is still at work, and what on", () => {
    const script = new Script().started().step("update", HOSTS).passes("update", "pi-master").begin("update", "pi-w1");
    script
      .begin("update", "pi-w2")
      .prints("update", "pi-w2", "Unpacking linux-image-6.1 (6.1.0-25) over the one that was there before\n");
    const { reporter, text } = reporterFor(PLAN, UTF8);
    script.tell(reporter);
    const before = text().length;
    reporter.tick(script.wait(30_000).now);
    new Script().finish("update", "pi-w1", "ok").tell(reporter);
    reporter.tick(script.wait(45_000).now);
    expect(`\n${text().slice(before)}`).toMatchInlineSnapshot(`
      "
        ◐ pi-w[1-2]  at work for 30 s
        ✔ pi-w1  0.4 s
        ◐ pi-w2  at work for 1 min 15 s: Unpacking linux-image-6.1 (6.1.0-25) ov…
      "
    `);
    new Script().finish("update", "pi-w2", "ok").tell(reporter);
    const quiet = text();
    reporter.tick(script.now);
    expect(text()).toBe(quiet);
  });
});
