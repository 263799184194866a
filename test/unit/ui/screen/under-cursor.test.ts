import type { Key } from "ink";
import { describe, expect, it } from "vitest";
import { foldRun } from "../../../../src/story/run-fold.ts";
import type { Plan } from "../../../../src/model/plan.ts";
import { deedOf, type Situation } from "../../../../src/ui/screen/deeds.ts";
import { footerLine, wishOf } from "../../../../src/ui/screen/keys.ts";
import type { ScreenQuestion } from "../../../../src/ui/screen/question.ts";
import { type UnderCursor, underCursor } from "../../../../src/ui/screen/under-cursor.ts";
import { planOf } from "../../engine/world.ts";
import { Script, UTF8 } from "../sample-run.ts";

const PLAN: Plan = planOf([
  { id: "one", hosts: { a: [0], b: [0], c: [0] } },
  { id: "two", hosts: { a: [0], b: [0], c: [0], local: [0] } },
  { id: "mend", fixes: "two", hosts: { a: [0] } },
]);
const [ONE, TWO] = PLAN.steps;

/** The first step has passed, the second has failed on two hosts and on this machine. */
function stopped(): Script {
  const script = new Script().started().step("one", ["a", "b", "c"]);
  for (const host of ["a", "b", "c"]) script.passes("one", host);
  script.stepEnds("one").step("two", ["a", "b", "c", "local"]);
  for (const host of ["a", "b", "c", "local"]) script.begin("two", host);
  script.passes("two", "a");
  for (const host of ["b", "c", "local"]) script.finish("two", host, "failed", { reason: "exit status 1", exit: 1 });
  return script;
}

function under(at: 0 | 1, host?: string, script = stopped()): UnderCursor {
  const view = foldRun(script.events);
  if (view === undefined) throw new Error("no run");
  return underCursor(PLAN, view, at === 0 ? ONE : TWO, at + 1, host);
}

const KEY = {} as Key;
const wish = (key: string, situation: Situation, there: UnderCursor) => wishOf(key, KEY, "main", situation, there);
const footer = (situation: Situation, there: UnderCursor): string =>
  footerLine(UTF8, 400, situation, there)
    .map(({ text }) => text)
    .join("");

describe("the line of keys", () => {
  const line = (width: number, ...rest: readonly [] | readonly [ScreenQuestion]): string =>
    footerLine(UTF8, width, "resting", under(1), ...rest)
      .map(({ text }) => text)
      .join("");

  it("ends with how to see all keys, however narrow it is", () => {
    expect(line(80)).toMatch(/^ r go on .* {2}\? keys $/);
    expect(line(80).length).toBeLessThanOrEqual(80);
    expect(line(30)).toMatch(/ \? keys $/);
    expect(line(400).match(/\?/g)).toHaveLength(1);
  });

  it("has no keys that are letters while letters are typed", () => {
    const check = (): undefined => undefined;
    expect(line(80, { kind: "secret", lines: [], message: "Token:", check })).toBe(" Enter done  Ctrl-U clear ");
    const own = { kind: "text", lines: [], message: "Find:", check } as const;
    const typing = footerLine(UTF8, 80, "resting", under(1), own, true).map(({ text }) => text);
    expect(typing.join("")).toBe(" Enter done  Ctrl-U clear  Esc leave ");
    expect(line(80, { kind: "yes", lines: [], message: "Go on?", preset: true })).toContain("r go on");
  });
});

describe("what can be done about the step under the cursor", () => {
  it("one that has failed is fixed where a step does that, run up to, or gone on from without its hosts", () => {
    expect(under(1)).toEqual({ ahead: 2, isFixable: true, hosts: ["b", "c"], isAnyAside: false, isToRest: false });
  });

  it("one that has failed on every host is not gone on from without them all, but without one", () => {
    const script = new Script().started().step("two", ["a", "b", "c"]);
    for (const host of ["a", "b", "c"])
      script.begin("two", host).finish("two", host, "failed", { reason: "no", exit: 1 });
    expect(under(1, undefined, script).hosts).toEqual([]);
    expect(under(1, "b", script).hosts).toEqual(["b"]);
  });

  it("one that has no host left without those is not gone on from: nothing goes past a step without any", () => {
    const script = new Script().started().step("two", ["b", "c"]);
    for (const host of ["b", "c"]) script.begin("two", host).finish("two", host, "failed", { exit: 1 });
    const view = foldRun(script.events);
    const two = TWO && { ...TWO, hosts: ["b", "c"] };
    if (view === undefined) throw new Error("no run");
    expect(underCursor(PLAN, view, two, 2).hosts).toEqual([]);
    expect(underCursor(PLAN, view, two, 2, "b").hosts).toEqual(["b"]);
  });

  it("one that no step fixes is not fixed", () => {
    const script = new Script()
      .started()
      .step("one", ["a"])
      .begin("one", "a")
      .finish("one", "a", "failed", { exit: 1 });
    expect(under(0, undefined, script)).toMatchObject({ ahead: 1, isFixable: false, hosts: ["a"] });
  });

  it("nothing of that where it is over", () => {
    expect(under(0)).toEqual({ isFixable: false, hosts: [], isAnyAside: false, isToRest: false });
  });

  it("hosts that are set aside already count for nothing", () => {
    const script = stopped();
    for (const host of ["b", "c"]) script.event({ type: "host-set-aside", host, step: "two", reason: "" });
    expect(under(1, undefined, script).hosts).toEqual([]);
    expect(under(1, "b", script).hosts).toEqual([]);
    expect(wish("F", "resting", under(0, undefined, script))).toEqual({ deed: "retry-failed" });
    expect(wish("F", "resting", under(0))).toBeUndefined();
  });

  it("the host whose output is shown may be gone on without, whatever it has come to", () => {
    expect(under(1, "a").hosts).toEqual(["a"]);
    expect(under(0, "a").hosts).toEqual(["a"]);
    expect(under(1, "local").hosts).toEqual([]);
  });
});

describe("keys that depend on it", () => {
  it("are offered where they make sense, and say what they would act on", () => {
    expect(wish("f", "resting", under(1))).toEqual({ deed: "fix" });
    expect(wish("x", "resting", under(1))).toEqual({ deed: "set-aside" });
    expect(wish("u", "resting", under(1))).toEqual({ deed: "up-to" });
    expect(footer("resting", under(1))).toMatch(/ f fix .* up to 2 .* x without b, c /);
  });

  it("mean nothing elsewhere", () => {
    for (const key of ["f", "x", "u"]) expect(wish(key, "resting", under(0))).toBeUndefined();
    expect(footer("resting", under(0))).not.toMatch(/ f fix | u | x /);
    for (const key of ["f", "x"]) expect(wish(key, "running", under(1))).toBeUndefined();
    for (const key of ["f", "x", "u", "."]) expect(wish(key, "watching", under(1))).toBeUndefined();
  });

  it("has a run that is at work rest, and one that is not go on for as long", () => {
    for (const situation of ["ready", "resting", "running"] as const) {
      expect(wish(".", situation, under(0))).toEqual({ deed: "one-step" });
      expect(wish("u", situation, under(1))).toEqual({ deed: "up-to" });
    }
    expect(footer("running", under(1))).toMatch(/ \. rest after it {2}u rest after 2 /);
  });
});

describe("deeds", () => {
  it("are about the step under the cursor, or the hosts there", () => {
    expect(deedOf("one-step", "two", ["b"])).toEqual({ do: "one-step" });
    expect(deedOf("up-to", "two", [])).toEqual({ do: "up-to", step: "two" });
    expect(deedOf("set-aside", "two", ["b", "c"])).toEqual({ do: "set-aside", hosts: ["b", "c"] });
    expect(deedOf("fix", undefined, [])).toBeUndefined();
  });
});
