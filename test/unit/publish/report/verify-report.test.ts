import { expect, it } from "vitest";
import { plainTokens } from "../../../../src/highlight/token.ts";
import { reportPage } from "../../../../src/publish/report/html/report-page.ts";
import { reportJunit } from "../../../../src/publish/report/report-junit.ts";
import { reportMarkdown } from "../../../../src/publish/report/report-markdown.ts";
import { onlyLookedAt } from "../../../../src/publish/report/report-of.ts";
import { verifyAsRun } from "../../../../src/story/verify-as-run.ts";
import { broken, Script, step } from "../../ui/sample-run.ts";
import { reportOn } from "./reports.ts";

it("a report of what `waymark verify` saw says what drifted, and nothing of other steps", () => {
  const check = { type: "check-finished", step: "look", durationMs: 300 } as const;
  const script = new Script()
    .started({}, [], true)
    .event({ type: "check-started", step: "look", hosts: ["a", "b"] })
    .wait(1000)
    .event({ ...check, host: "a", status: "ok", expectations: [] })
    .event({ ...check, host: "b", status: "drifted", reason: "no", expectations: [broken("output", 21, "+ bad")] })
    .ends("failed");
  const steps = [step(0, "make", "Make it"), step(1, "look", "Look at it", { verify: true, hosts: ["a", "b"] })];
  const report = onlyLookedAt(reportOn(Script.of(verifyAsRun(script.events)), { steps, hosts: ["a", "b"] }));
  expect(report.steps.map(({ id }) => id)).toEqual(["look"]);

  const page = reportPage(report, plainTokens);
  expect(page).toContain(`<dt>verify</dt><dd><code>${report.run}</code>`);
  expect(page).not.toContain("Make it");
  // The number that it has in the list is that on the picture.
  expect(page).toMatch(/<text [^>]*>2<\/text>/);
  expect(page).not.toMatch(/<text [^>]*>1<\/text>/);

  const text = reportMarkdown(report);
  expect(text).toContain(`Verify \`${report.run}\` of`);
  expect(text).toContain("+ bad");
  expect(reportJunit(report)).toContain('tests="2" failures="1" errors="0"');
});
