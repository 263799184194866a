import { describe, expect, it } from "vitest";
import { badge } from "../../../../src/publish/verified/badge.ts";
import { verifiedOf } from "../../../../src/publish/verified/verified-of.ts";
import { Script, step } from "../../ui/sample-run.ts";
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
    const verified = verifiedOf(reportOn(run().passes("two", "a").ends("passed"), { steps }));
    expect(verified).toMatchObject({
      status: "passed",
      digest: "d",
      waymark: "0.1.0",
      hosts: 2,
      systems: ["Debian GNU/Linux 12 (bookworm)"],
      steps: [
        { id: "one", status: "passed", hosts: 2 },
        { id: "two", status: "passed", hosts: 1 },
        { id: "three", status: "skipped", hosts: 0 },
      ],
    });
    expect(verified.at).toBe(verified.steps[1]?.at);
  });

  it("is no more than it has shown", () => {
    const partial = verifiedOf(
      reportOn(run().event({ type: "run-finished", status: "partial", setAside: [] }), { steps }),
    );
    expect([partial.status, partial.steps[1]?.status]).toEqual(["partial", "not run"]);
    const failed = run().begin("two", "a").finish("two", "a", "failed", { reason: "no" }).ends("failed");
    expect(verifiedOf(reportOn(failed, { steps })).status).toBe("failed");
    const undone = run()
      .event({ type: "step-undone", step: "one", host: "a" })
      .event({ type: "step-undone", step: "one", host: "b" });
    expect(verifiedOf(reportOn(undone.ends("passed"), { steps })).steps[0]?.status).toBe("failed");
  });

  it("is no longer so where a check has drifted since", () => {
    const script = run().passes("two", "a").ends("passed");
    const check = { type: "check-finished", step: "two", host: "a", durationMs: 1, expectations: [] } as const;
    script.event({ ...check, status: "drifted" });
    expect(verifiedOf(reportOn(script, { steps })).steps[1]).toMatchObject({ status: "failed", hosts: 0 });
    script.event({ ...check, status: "ok" });
    expect(verifiedOf(reportOn(script, { steps })).status).toBe("passed");
  });

  it("stands on a badge", () => {
    const picture = badge(verifiedOf(reportOn(run().passes("two", "a").ends("passed"), { steps })));
    expect(picture).toContain('aria-label="verified: 2026-11-22 · 2 hosts"');
    expect(picture).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
    expect(picture).not.toMatch(/style=|<script|href/);
  });
});
