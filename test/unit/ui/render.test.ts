import { describe, expect, it } from "vitest";
import type { RunSummary } from "../../../src/journal/list-runs.ts";
import type { InputDeclaration } from "../../../src/model/runbook.ts";
import type { Diagnostic } from "../../../src/model/source.ts";
import { renderDiagnostics } from "../../../src/ui/render-diagnostics.ts";
import { renderPlan } from "../../../src/ui/render-plan.ts";
import { renderRun, renderStepOfRun, renderTask } from "../../../src/ui/render-run.ts";
import { renderRuns } from "../../../src/ui/render-runs.ts";
import { outlineOf } from "../../../src/ui/render-summary.ts";
import { foldRun } from "../../../src/story/run-fold.ts";
import type { RunView } from "../../../src/story/run-fold.ts";
import { ASCII, broken, planOf, Script, step, UTF8 } from "./sample-run.ts";

const HOSTS = ["pi-master", "pi-w1", "pi-w2", "pi-w3"];
const LOGS = "/state/output";
const NOWHERE = { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } };

describe("diagnostics", () => {
  const source = "# Guide\n\n```bash {#swap-off on=all sudoo}\nswapoff -a\n```\n";

  function at(line: number, column: number, length: number, more: Partial<Diagnostic> = {}): Diagnostic {
    const offset =
      source
        .split("\n")
        .slice(0, line - 1)
        .join("\n").length + column;
    return {
      code: "WM1203",
      severity: "error",
      message: "there is no key sudoo",
      hint: "did you mean sudo?",
      file: "guide.md",
      span: { start: { line, column, offset }, end: { line, column: column + length, offset: offset + length } },
      ...more,
    };
  }

  it("show what is wrong where, and what to do, in the order of places", () => {
    const late = at(4, 1, 7, { code: "WM1301", severity: "warning", message: "swap comes back", hint: "edit fstab" });
    const general = {
      code: "WM3001",
      severity: "error",
      message: "NETWORK has no value",
      hint: "give --input NETWORK=…",
    } as const;
    const text = renderDiagnostics(UTF8, [late, at(3, 28, 5), general], new Map([["guide.md", source]]));
    expect(`\n${text}`).toMatchInlineSnapshot(`
      "
      guide.md:3:28 error WM1203 there is no key sudoo
        3 │ \`\`\`bash {#swap-off on=all sudoo}
          │                            ^^^^^
        hint: did you mean sudo?

      guide.md:4:1 warning WM1301 swap comes back
        4 │ swapoff -a
          │ ^^^^^^^
        hint: edit fstab

      error WM3001 NETWORK has no value
        hint: give --input NETWORK=…

      2 errors, 1 warning
      "
    `);
  });

  it("can do without the text of the file", () => {
    expect(`\n${renderDiagnostics(ASCII, [at(3, 28, 5)], new Map())}`).toMatchInlineSnapshot(`
      "
      guide.md:3:28 error WM1203 there is no key sudoo
        hint: did you mean sudo?

      1 error
      "
    `);
  });

  it("show of a long line what is around the place", () => {
    const long = `${"word ".repeat(50)}{sudoo} ${"word ".repeat(50)}`;
    const place = { line: 1, column: 252, offset: 251 };
    const diagnostic = at(1, 1, 1, { span: { start: place, end: { ...place, column: 257, offset: 256 } } });
    const text = renderDiagnostics(ASCII, [diagnostic], new Map([["guide.md", long]]));
    expect(`\n${text}`).toMatchInlineSnapshot(`
      "
      guide.md:1:252 error WM1203 there is no key sudoo
        1 | rd word word word word {sudoo} word word word word word word word word wor
          |                         ^^^^^
        hint: did you mean sudo?

      1 error
      "
    `);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("mark the first line of a longer stretch, with tabs and line ends of any kind", () => {
    const span = { start: { line: 2, column: 2, offset: 9 }, end: { line: 3, column: 2, offset: 20 } };
    const text = renderDiagnostics(
      ASCII,
      [at(1, 1, 1, { span })],
      new Map([["guide.md", "# Guide\r\n\tcode\x1b[31m here\r\nmore\r\n"]]),
    );
    expect(`\n${text}`).toMatchInlineSnapshot(`
      "
      guide.md:2:2 error WM1203 there is no key sudoo
        2 |  code [31m here
          |  ^^^^^^^^^^^^^^
        hint: did you mean sudo?

      1 error
      "
    `);
  });

  it("are nothing when there are none", () => {
    expect(renderDiagnostics(UTF8, [], new Map())).toBe("");
  });
});

describe("a plan", () => {
  const input = (name: string, more: Partial<InputDeclaration> = {}): InputDeclaration => {
    return { name, secret: false, ask: "first", span: NOWHERE, ...more };
  };
  const variable = (declaration: InputDeclaration) => {
    return { name: declaration.name, secret: declaration.secret, input: declaration, capturedBy: [], hostVars: [] };
  };
  const plan = planOf(
    [
      step(0, "prepare/1", "Bring the packages up to date", {
        hosts: HOSTS,
        sections: ["Prepare the Pis"],
        action: { kind: "command", language: "bash", interpreter: [], code: "", dir: "/srv" },
        user: "root",
        timeoutMs: 3_600_000,
      }),
      step(1, "calico", "Install Calico", { sections: ["Network", "Calico"], skip: "not chosen" }),
      step(2, "join", "Join the workers", {
        hosts: HOSTS.slice(1),
        sections: ["Network"],
        when: [{ value: 'host.os.id == "debian"', span: NOWHERE }],
        unless: "test -e /etc/kubernetes/kubelet.conf",
        retry: 3,
        maxFailures: 1,
        capture: "NODE",
        secret: true,
      }),
      step(3, "ready", "All nodes are Ready", {
        hosts: ["pi-master"],
        sections: ["Network"],
        verify: true,
        batch: true,
      }),
    ],
    {
      variables: [
        variable(input("POD_CIDR", { default: "10.244.0.0/16" })),
        variable(input("NETWORK")),
        variable(input("DISK", { ask: "late" })),
        variable(input("TOKEN", { secret: true })),
        { name: "NODE", secret: true, capturedBy: ["join"], hostVars: [] },
      ],
    },
  );

  it("shows what would run where, with which inputs", () => {
    const text = renderPlan(UTF8, plan, { NETWORK: "flannel", TOKEN: "hunter22" });
    expect(text).not.toContain("hunter22");
    expect(`\n${text}`).toMatchInlineSnapshot(`
      "
      Raspberry Pi cluster · guide.md
      hosts: pi-master, pi-w[1-3] (4)

      inputs:
        POD_CIDR  10.244.0.0/16
        NETWORK   flannel
        DISK      asked for when it is first used
        TOKEN     «secret»

      Prepare the Pis
       1  Bring the packages up to date  prepare/1
          on pi-master, pi-w[1-3] (4) · sudo · in /srv · timeout 1 h

      Network / Calico
       –  Install Calico  #calico
          skipped: not chosen

      Network
       3  Join the workers  #join
          on pi-w[1-3] · when host.os.id == "debian"
          unless test -e /etc/kubernetes/kubelet.conf · retry 3 every 10 s
          1 may fail · sets NODE · output withheld
       4  All nodes are Ready  #ready
          on pi-master · verify · judged together

      3 steps · 1 skipped
      "
    `);
  });

  it("is readable in ASCII, without headings and without a title", () => {
    const small = planOf([step(0, "a", "One step", { hosts: ["local"] })], {
      remote: [],
      guide: { path: "g.md", digest: "d" },
    });
    expect(`\n${renderPlan(ASCII, small, {})}`).toMatchInlineSnapshot(`
      "
      g.md
      hosts: none but this machine

       1  One step  #a
          on local

      1 step
      "
    `);
  });
});

describe("one run", () => {
  const plan = planOf([
    step(0, "update", "Bring the packages up to date"),
    step(1, "calico", "Install Calico"),
    step(2, "swap-off", "Turn swap off"),
    step(3, "join/1", "Join the workers"),
  ]);
  const script = new Script().started({ POD_CIDR: "10.244.0.0/16" }, ["TOKEN"]).step("update", HOSTS);
  for (const host of HOSTS) script.passes("update", host);
  script.stepEnds("update").stepEnds("calico", "skipped").step("swap-off", HOSTS);
  script.passes("swap-off", "pi-master").finish("swap-off", "pi-w1", "skipped", { reason: "already done: /x exists" });
  for (const host of ["pi-w2", "pi-w3"]) {
    script.begin("swap-off", host).finish("swap-off", host, "failed", {
      reason: "not true: size(lines) == 0",
      expectations: [broken("size(lines) == 0", 34, "size(lines) is 1")],
    });
  }
  script.stepEnds("swap-off", "failed").ends("failed");
  const view = foldRun(script.events) as RunView;
  const shownRun = { view, guide: "guide.md", outline: outlineOf(plan), logs: LOGS };
  const time = (text: string) => text.replace(/started [\d-]+ [\d:]+/, "started (local time)");

  it("shows its steps, what went wrong, and what to do next", () => {
    expect(`\n${time(renderRun(UTF8, shownRun))}`).toMatchInlineSnapshot(`
      "
      run 20261122-184107-a1b2 · guide.md · started (local time)
      inputs: POD_CIDR=10.244.0.0/16, TOKEN=«secret»

      ✔ 1 update    Bring the packages up to date                 4 ✔
      – 2 calico    Install Calico
      ✖ 3 swap-off  Turn swap off                                 1 ✔ 1 – 2 ✖
      · 4 join/1    Join the workers

      Turn swap off (swap-off)
        ✖ pi-w[2-3]: not true: size(lines) == 0
          guide.md:34  size(lines) == 0
            size(lines) is 1

      ✖ failed · 1/3 steps, 1 left out · tasks: 5 ok, 1 skipped, 2 failed · 2.8 s
        3 Turn swap off · guide.md:30
          failed on pi-w[2-3]

        look     waymark show 20261122-184107-a1b2 --step swap-off
        outputs  /state/output
        go on    waymark resume 20261122-184107-a1b2
      "
    `);
  });

  it("can be shown in ASCII and without its guide", () => {
    expect(`\n${time(renderRun(ASCII, { ...shownRun, outline: new Map() }))}`).toMatchInlineSnapshot(`
      "
      run 20261122-184107-a1b2 - guide.md - started (local time)
      inputs: POD_CIDR=10.244.0.0/16, TOKEN=«secret»

      +   update                                                  4 +
      -   calico
      x   swap-off                                                1 + 1 - 2 x

      swap-off
        x pi-w[2-3]: not true: size(lines) == 0
          guide.md:34  size(lines) == 0
            size(lines) is 1

      x failed - 1/2 steps - tasks: 5 ok, 1 skipped, 2 failed - 2.8 s
        swap-off
          failed on pi-w[2-3]

        look     waymark show 20261122-184107-a1b2 --step swap-off
        outputs  /state/output
        go on    waymark resume 20261122-184107-a1b2
      "
    `);
  });

  it("shows one step host by host", () => {
    const swap = view.steps.get("swap-off");
    if (swap === undefined) throw new Error("no step");
    expect(`\n${renderStepOfRun(UTF8, swap, shownRun)}`).toMatchInlineSnapshot(`
      "
      swap-off · Turn swap off
        ✔ pi-master  0.4 s
        – pi-w1  skipped: already done: /x exists
        ✖ pi-w2  not true: size(lines) == 0  0.4 s
        ✖ pi-w3  not true: size(lines) == 0  0.4 s

        ✖ pi-w[2-3]: not true: size(lines) == 0
          guide.md:34  size(lines) == 0
            size(lines) is 1
      "
    `);
  });

  it("shows one task", () => {
    const task = view.steps.get("swap-off")?.tasks.get("pi-w2");
    if (task === undefined) throw new Error("no task");
    expect(renderTask(UTF8, "swap-off", task)).toBe("✖ swap-off · pi-w2 · not true: size(lines) == 0\n");
  });
});

describe("all runs", () => {
  const at = (day: number) => new Date(2026, 10, day, 18, 41).toISOString();
  const run = (id: string, more: Partial<RunSummary>): RunSummary => ({
    folder: { id, path: id },
    condition: "passed",
    ...more,
  });
  const runs = [
    run("20261124-184107-0004", { condition: "unreadable" }),
    run("20261123-184107-0003", { condition: "running", guide: "/g/cluster.md", started: at(23), updated: at(23) }),
    run("20261122-184107-0002", {
      condition: "paused",
      pause: "unknown",
      guide: "/g/a.md",
      started: at(22),
      updated: at(23),
    }),
    run("20261121-184107-0001", { guide: "/g/a.md", started: at(21), updated: at(21) }),
  ];

  it("are a table, newest first", () => {
    expect(`\n${renderRuns(UTF8, runs)}`).toMatchInlineSnapshot(`
      "
        run                   status           started           last event        guide
      ✖ 20261124-184107-0004  unreadable
      ◐ 20261123-184107-0003  running          2026-11-23 18:41  2026-11-23 18:41  cluster.md
      ⚠ 20261122-184107-0002  paused: unknown  2026-11-22 18:41  2026-11-23 18:41  a.md
      ✔ 20261121-184107-0001  passed           2026-11-21 18:41  2026-11-21 18:41  a.md
      "
    `);
    expect(renderRuns(ASCII, runs)).toMatch(/^[\x20-\x7e\n]*$/);
    expect(renderRuns({ ...UTF8, color: true }, runs).replace(/\x1b\[\d+m/g, "")).toBe(renderRuns(UTF8, runs));
  });

  it("may be none", () => {
    expect(renderRuns(UTF8, [])).toBe("No runs yet.\n");
  });

  it("come before what `waymark verify` saw, which is none of them", () => {
    const text = renderRuns(UTF8, runs, [run("20261125-184107-0005", { condition: "failed", verify: true })]);
    expect(text).toMatch(/^  run[^]*0001  passed[^]*\n\n  verify[^]*✖ 20261125-184107-0005  failed\n$/);
  });
});
