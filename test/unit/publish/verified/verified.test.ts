import { describe, expect, it } from "vitest";
import type { CheckFinished } from "../../../../src/model/event.ts";
import { badge } from "../../../../src/publish/verified/badge.ts";
import { verifiedOf } from "../../../../src/publish/verified/verified-of.ts";
import { Script, step } from "../../ui/sample-run.ts";
import { verifyAsRun } from "../../../../src/story/verify-as-run.ts";
import { ofOneText } from "../../../../src/publish/verified/of-one-text.ts";
import { reportOn } from "../report/reports.ts";

const steps = [step(0, "one", "One"), step(1, "two", "Two"), step(2, "three", "Three", { skip: "not chosen" })];
const debian = { id: "debian", like: "", version: "12", name: "Debian GNU/Linux 12 (bookworm)" };

function run(): Script {
  const script = new Script().started();
  for (const host of ["a", "b"]) {
    const facts = { os: debian, arch: "x", kernel: "y", hostname: host, user: "u" };
    script.event({ type: "host-facts", host, facts }).passes("one", host);
  }
  return script.stepEnds("one");
}

describe("what a run says about its guide", () => {
  it("is that it works, on what, and since when", () => {
    const verified = verifiedOf([reportOn(run().passes("two", "a").ends("passed"), { steps })]);
    expect(verified).toMatchObject({
      status: "passed",
      waymark: "0.1.0",
      hosts: 2,
      systems: [{ os: "Debian GNU/Linux 12 (bookworm)", arch: "x", hosts: 2 }],
      steps: [
        { id: "one", status: "passed", hosts: 2 },
        { id: "two", status: "passed", hosts: 1 },
        { id: "three", status: "skipped", hosts: 0 },
      ],
    });
    expect(verified.at).toBe(verified.steps[1]?.at);
  });

  it("is no more than it has shown", () => {
    const partial = verifiedOf([
      reportOn(run().event({ type: "run-finished", status: "partial", setAside: [] }), { steps }),
    ]);
    expect([partial.status, partial.steps[1]?.status]).toEqual(["partial", "not run"]);
    const failed = run().begin("two", "a").finish("two", "a", "failed", { reason: "no" }).ends("failed");
    expect(verifiedOf([reportOn(failed, { steps })]).status).toBe("failed");
    const undone = run()
      .event({ type: "step-undone", step: "one", host: "a" })
      .event({ type: "step-undone", step: "one", host: "b" });
    expect(verifiedOf([reportOn(undone.ends("passed"), { steps })]).steps[0]?.status).toBe("failed");
  });

  it("is no longer so where a check has drifted since", () => {
    const script = run().passes("two", "a").ends("passed");
    const check = { type: "check-finished", step: "two", host: "a", durationMs: 1, expectations: [] } as const;
    script.event({ ...check, status: "drifted" });
    expect(verifiedOf([reportOn(script, { steps })]).steps[1]).toMatchObject({ status: "failed", hosts: 0 });
    script.event({ ...check, status: "unverifiable" });
    expect(verifiedOf([reportOn(script, { steps })]).steps[1]).toMatchObject({ status: "passed" });
    script.event({ ...check, status: "ok" });
    expect(verifiedOf([reportOn(script, { steps })]).status).toBe("passed");
  });

  it("counts for the text that it was seen with: not for steps that an edit has changed since", () => {
    const edited = (changed: readonly string[], rejudged: readonly string[] = []) =>
      run()
        .event({
          type: "guide-changed",
          guide: { path: "/home/me/guide.md", digest: "d" },
          renamed: {},
          added: [],
          removed: [],
          changed,
          rejudged,
        })
        .resumed();
    const statusOf = (script: Script) => verifiedOf([reportOn(script, { steps })]).steps[0]?.status;
    expect(statusOf(edited([]))).toBe("passed");
    expect(statusOf(edited(["one"]))).toBe("not run");
    expect(statusOf(edited([], ["one"]))).toBe("not run");
    expect(verifiedOf([reportOn(edited(["one"]).passes("two", "a").ends("passed"), { steps })]).status).toBe("partial");
    const again = { step: "one", host: "a", task: "again" };
    const rerun = edited(["one"], ["one"])
      .event({ type: "task-started", ...again, effectDigest: "f" })
      .event({ type: "attempt-started", ...again, attempt: 1 })
      .finish("one", "a", "ok", { exit: 0 });
    expect(statusOf(rerun)).toBe("passed");
    // What had failed is judged anew by what was printed.
    const judged = edited([], ["one"]).finish("one", "a", "ok", { exit: 0 });
    expect(verifiedOf([reportOn(judged, { steps })]).steps[0]).toMatchObject({ status: "passed", hosts: 1 });
    // What was at work when the guide was edited is of the text before.
    const late = edited(["one"]).finish("one", "a", "ok", { exit: 0 });
    expect(statusOf(late)).toBe("not run");
  });

  it("stands on a badge", () => {
    const picture = badge(verifiedOf([reportOn(run().passes("two", "a").ends("passed"), { steps })]));
    expect(picture).toContain('aria-label="verified: 2026-11-22 · 2 hosts · Debian 12"');
    const systems = ["Debian GNU/Linux 12 (bookworm)", "Ubuntu 24.04.1 LTS"].map((os) => ({ os, arch: "x", hosts: 1 }));
    const many = verifiedOf([reportOn(run().passes("two", "a").ends("passed"), { steps })]);
    expect(badge({ ...many, systems })).toContain("· 2 hosts · 2 systems");
    expect(picture).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
    expect(picture).not.toMatch(/style=|<script|href/);
  });
});

describe("what `waymark verify` saw since", () => {
  const later = 3 * 24 * 3600 * 1000;
  const looks = (
    status: "passed" | "partial" | "failed",
    ...saw: readonly [host: string, CheckFinished["status"]][]
  ) => {
    const script = new Script()
      .wait(later)
      .started({}, [], true)
      .event({ type: "check-started", step: "two", hosts: saw.map(([host]) => host) });
    for (const [host, status] of saw) {
      script.event({ type: "check-finished", step: "two", host, status, durationMs: 1, expectations: [] });
    }
    const arm = {
      os: { ...debian, name: "Debian GNU/Linux 13 (trixie)" },
      arch: "x",
      kernel: "",
      hostname: "",
      user: "",
    };
    script.event({ type: "host-facts", host: "a", facts: arm });
    script.event({ type: "run-finished", status, setAside: [] });
    return reportOn(Script.of(verifyAsRun(script.events)), { steps });
  };
  const passed = () => reportOn(run().passes("two", "a").passes("two", "b").ends("passed"), { steps });

  it("gives the day, and the steps that it saw theirs; the others keep the word of the run", () => {
    const verified = verifiedOf([passed(), looks("passed", ["a", "ok"], ["b", "ok"])]);
    expect(verified).toMatchObject({ status: "passed", hosts: 2, at: expect.stringContaining("2026-11-25") });
    expect(verified.ran).toContain("2026-11-22");
    expect(verified.steps.map(({ id, status, at }) => [id, status, at?.slice(0, 10)])).toEqual([
      ["one", "passed", "2026-11-22"],
      ["two", "passed", "2026-11-25"],
      ["three", "skipped", undefined],
    ]);
    expect(verified.systems).toEqual([
      { os: "Debian GNU/Linux 12 (bookworm)", arch: "x", hosts: 1 },
      { os: "Debian GNU/Linux 13 (trixie)", arch: "x", hosts: 1 },
    ]);
  });

  it("says nothing of hosts that it could not look at: the step has passed on all of them only since before", () => {
    const verified = verifiedOf([passed(), looks("partial", ["a", "ok"], ["b", "unverifiable"])]);
    expect(verified.steps[1]).toMatchObject({ status: "passed", hosts: 2, at: expect.stringContaining("2026-11-22") });
    expect(verified.at).toContain("2026-11-25");
  });

  it("is drift where there is one, until it is seen to be gone", () => {
    const drifted = looks("failed", ["a", "ok"], ["b", "drifted"]);
    expect(verifiedOf([passed(), drifted])).toMatchObject({ status: "failed", steps: [{}, { status: "failed" }, {}] });
    expect(verifiedOf([passed(), drifted, looks("passed", ["b", "ok"])]).status).toBe("failed");
  });

  it("without a run is not all of the guide, unless the guide only looks", () => {
    const look = looks("passed", ["a", "ok"]);
    expect(verifiedOf([look])).toMatchObject({ status: "partial", hosts: 1, steps: [{ status: "not run" }, {}, {}] });
    expect(verifiedOf([look])).not.toHaveProperty("ran");
    const [, two] = steps;
    if (two === undefined) throw new Error("no step");
    expect(verifiedOf([{ ...look, steps: look.steps.filter(({ id }) => id === "two") }]).status).toBe("passed");
  });

  it("is told with the run only where both are about the page's text", () => {
    const of = (digest: string) => ({ ...passed(), revisions: [{ digest, at: "" }] });
    const [a, b, c] = [of("a"), of("b"), of("b")];
    expect(ofOneText([a, b], "a")).toEqual({ reports: [a], current: true });
    expect(ofOneText([a, b, c], "b")).toEqual({ reports: [b, c], current: true });
    expect(ofOneText([a, b, c], "new")).toEqual({ reports: [b, c], current: false });
  });
});
