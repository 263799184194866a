import { describe, expect, test } from "vitest";
import type { PlannedStep } from "../../../../src/model/plan.ts";
import { DryLook } from "../../../../src/ui/screen/dry-look.ts";
import { type PreviewOf, previewLines } from "../../../../src/ui/screen/step-preview.ts";
import { lineWidth } from "../../../../src/ui/screen/text-line.ts";
import { foldRun } from "../../../../src/story/run-fold.ts";
import { hostOf } from "../../host-of.ts";
import { planOf, Script, step, UTF8 } from "../sample-run.ts";

const HOSTS = ["m1", "w1", "w2", "w3"];
const VARIABLE = { secret: false, capturedBy: [], hostVars: [] };

function told(it: Partial<PlannedStep>, more: Partial<PreviewOf> = {}, width = 90): readonly string[] {
  const join = step(1, "join", "Join the cluster", { hosts: HOSTS, ...it });
  const plan = planOf([step(0, "token", "Make a token", { hosts: ["m1"] }), join, fix()], {
    hosts: HOSTS.map((name) => ({
      ...hostOf(name),
      vars: name === "m1" ? {} : { RACK: name === "w3" ? "right" : "left" },
    })),
    variables: [
      { ...VARIABLE, name: "POD_CIDR" },
      { ...VARIABLE, name: "RACK", hostVars: ["w1", "w2", "w3"] },
      { ...VARIABLE, name: "PASSWORD", secret: true },
      { ...VARIABLE, name: "JOIN", capturedBy: ["token"] },
      { ...VARIABLE, name: "TOKEN", secret: true, capturedBy: ["token"] },
    ],
  });
  const view = foldRun(new Script().started({}, ["PASSWORD"]).events);
  if (view === undefined) throw new Error("no run");
  const shown = { plan, step: join, view, inputs: { POD_CIDR: "10.0.0.0/8" }, captures: {}, earlier: [], ...more };
  return previewLines(shown, width).map((line) =>
    line
      .map(({ text }) => text)
      .join("")
      .trimEnd(),
  );
}

function fix(): PlannedStep {
  return step(2, "mend", "Mend it", { role: "fix", of: "join" });
}

describe("what a step would do", () => {
  test("how long it took in earlier runs", () => {
    const earlier = [{ byId: new Map([["join", 74_000]]), byDigest: new Map() }];
    expect(told({}, { earlier })).toContain("took       1 min 14 s in earlier runs");
  });

  test("where, as whom, with what, and what is expected", () => {
    const lines = told({
      user: "root",
      at: "m1",
      hosts: ["w1", "w2"],
      unselected: ["w3"],
      action: { kind: "command", language: "bash", interpreter: ["bash", "-e"], code: "x\n", dir: "/srv/$POD_CIDR" },
      when: [{ value: "host.os.id == 'debian'", span: step(0, "a", "a").span }],
      unless: "test -e /done",
      retry: 2,
      checkpoint: "All right?",
      confirm: "Join $WAYMARK_HOST?",
    });
    expect(lines).toEqual([
      "on          w[1-2]",
      "left out    w3: not chosen this time",
      "at          m1, once for each of these hosts",
      "as          root, by sudo",
      "when        host.os.id == 'debian'",
      "unless      test -e /done",
      "with        bash -e",
      "directory   /srv/10.0.0.0/8",
      "timeout     30 min an attempt",
      "retry       2 more attempts, every 10 s",
      "asks first  Join w1? on w1",
      "            Join w2? on w2",
      "checkpoint  All right?",
      "fix         mend: Mend it",
    ]);
  });

  test("in which directory: there is none to take up where nothing ran before it on its hosts", () => {
    const bash = { kind: "command", language: "bash", interpreter: ["bash"], code: "x\n" } as const;
    expect(told({ hosts: ["m1"], action: bash })).toContain("directory  where the step before it ended");
    expect(told({ hosts: ["w1"], action: bash })).toContain("directory  the home of its user");
    expect(told({ hosts: ["w1"], at: "m1", action: bash })).toContain("directory  where the step before it ended");
    expect(told({ hosts: ["m1"], action: bash, fresh: true })).toContain("directory  the home of its user");
    const python = { ...bash, interpreter: ["python3"] };
    expect(told({ hosts: ["m1"], action: python })).toContain("directory  the home of its user");
  });

  test("variables with their values, by host where they differ; secrets only by name", () => {
    const uses = ["JOIN", "PASSWORD", "POD_CIDR", "RACK", "TOKEN"];
    const variables = (more: Partial<PreviewOf>): string => told({ uses, hosts: ["w1", "w2", "w3"] }, more).join("\n");
    const before = variables({});
    expect(before).toContain("JOIN is not there yet: token captures it");
    expect(before).toContain("PASSWORD = «secret»");
    expect(before).toContain("POD_CIDR = 10.0.0.0/8");
    expect(before).toContain("RACK = left on w[1-2]");
    expect(before).toContain("RACK = right on w3");
    expect(before).toContain("TOKEN is not there yet: token captures it");
    const after = variables({ captures: { JOIN: { m1: "kubeadm join" }, TOKEN: { m1: "" } } });
    expect(after).toContain("JOIN = kubeadm join");
    expect(after).toContain("TOKEN = «secret»");
  });

  test("a file by its path on each host, its mode and its owner", () => {
    const file = { kind: "file", content: "a\nb\n", backup: false, template: true, mode: "0640" } as const;
    expect(told({ hosts: ["w1", "w3"], action: { ...file, path: "/etc/$RACK/$PASSWORD.conf" } })).toEqual(
      [
        "on        w[1,3]",
        "as        you, as logged in",
        "file      /etc/left/«secret».conf on w1",
        "          /etc/right/«secret».conf on w3",
        "content   2 lines",
        "          with variables replaced",
        "mode      0640",
        "owner     kept; the step's user for a new file",
        "timeout   30 min an attempt",
        "fix       mend: Mend it",
      ].map((line) => line.replace(/^(\w*) +/, (label) => label.trimEnd().padEnd(9))),
    );
  });

  test("hosts that have done it, failed at it, or were set aside", () => {
    const script = new Script().started().step("join", HOSTS);
    for (const host of HOSTS) script.begin("join", host);
    script.finish("join", "m1", "ok").finish("join", "w1", "failed", { reason: "exit status 1" });
    script.event({
      type: "task-unknown",
      step: "join",
      host: "w2",
      task: "t",
      attempt: 1,
      reason: "gone",
      asked: true,
    });
    script.event({ type: "host-set-aside", step: "token", host: "w3", reason: "unreachable" });
    const view = foldRun(script.events);
    if (view === undefined) throw new Error("no run");
    const lines = told({}, { view });
    expect(lines.slice(0, 5)).toEqual([
      "on         w[1-2]",
      "           once more on w1, where it has failed",
      "           asked for on w2, where its outcome is unknown; not run again",
      "left out   m1: done",
      "           w3: set aside: unreachable",
    ]);
  });

  test.each([40, 80, 140, 300])("at %i columns no line is wider, and nothing of the guide is obeyed", (width) => {
    const when = [{ value: `vars.X == '\u001b]0;owned\u0007${"long ".repeat(30)}'`, span: step(0, "a", "a").span }];
    const lines = told({ when, uses: ["POD_CIDR"] }, {}, width - 4);
    for (const line of lines) expect(lineWidth([{ text: line, looks: [] }])).toBeLessThanOrEqual(width - 4);
    expect(lines.join("")).not.toMatch(/[\u001b\u0007]|owned/);
  });
});

describe("a look at its hosts", () => {
  const plan = planOf([step(0, "a", "A", { hosts: HOSTS }), step(1, "b", "B", { hosts: [], skip: "needs X" })]);
  const lines = (look: DryLook): readonly string[] =>
    look.lines(UTF8, "guide.md", new Date(0)).map((line) => line.map(({ text }) => text).join(""));

  test("what it comes to appears as it comes, hosts that agree together", () => {
    let changes = 0;
    const look = new DryLook("a", () => changes++);
    expect(lines(look)).toEqual(["", "On its hosts, looking …"]);
    look.begin(plan);
    const script = new Script().started().step("a", HOSTS);
    for (const host of HOSTS.slice(1)) script.passes("a", host, "would run\n");
    script.begin("a", "m1").finish("a", "m1", "skipped", { reason: "when: host.arch == 'arm' is false" });
    script.stepEnds("a");
    script.tell({ event: (event) => look.event(event), output: (output) => look.output(output) });
    look.ends();
    expect(lines(look)).toEqual([
      "",
      "On its hosts",
      "– m1  skipped: when: host.arch == 'arm' is false",
      "✔ 3 hosts agree: w[1-3]",
      "  would run",
    ]);
    expect(changes).toBeGreaterThan(5);
  });

  test("that it would be skipped, that nothing is left, and what is wrong", () => {
    const skipped = new DryLook("b", () => undefined);
    skipped.begin(plan);
    expect(lines(skipped)).toContain("would be skipped: needs X");
    const nothing = new DryLook("a", () => undefined);
    nothing.begin(plan);
    nothing.ends();
    expect(lines(nothing)).toContain("nothing would be done");
    nothing.say("The input `X` has no \u001b[31mvalue");
    expect(lines(nothing)).toContain("The input `X` has no value");
  });
});
