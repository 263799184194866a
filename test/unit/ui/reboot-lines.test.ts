import { describe, expect, it } from "vitest";
import type { PlannedStep } from "../../../src/model/plan.ts";
import { foldRun } from "../../../src/story/run-fold.ts";
import { plainReporter } from "../../../src/ui/plain-reporter.ts";
import { shortFacts } from "../../../src/story/step-facts.ts";
import { statement } from "../../../src/story/task-statement.ts";
import { Script, UTF8, planOf, step } from "./sample-run.ts";

const HOSTS = ["pi-w1", "pi-w2"];
const ref = (host: string) => ({ step: "restart", host, task: `restart ${host}`, attempt: 1 });

/** What stands between the head of the step and the summary; the script begins it. */
function shown(script: Script, reboot: PlannedStep["reboot"]): string {
  const plan = planOf([step(0, "restart", "Restart it", { hosts: HOSTS, ...(reboot !== undefined && { reboot }) })]);
  const lines: string[] = [];
  const sink = { write: (text: string) => lines.push(text) };
  const reporter = plainReporter(sink, UTF8, { plan, run: "r", logs: "/logs", past: [] });
  script.tell(reporter);
  reporter.tick(script.wait(40_000).now);
  return lines.join("").replace(/^[^]*?guide\.md:10\n/, "\n");
}

const begun = (): Script => {
  const script = new Script().started().step("restart", HOSTS);
  for (const host of HOSTS) script.begin("restart", host);
  return script;
};
const lost = (host: string) => ({ type: "host-lost", host, reason: "cut" }) as const;
const connected = (host: string) => ({ type: "host-connected", host }) as const;
const back = (host: string) => ({ type: "host-rebooted", step: "restart", host, before: "1", boot: "2" }) as const;

describe("hosts that go away on purpose", () => {
  it("are said to be away and to be back, and not to be lost", () => {
    const script = begun().event({ type: "reboot-started", ...ref("pi-w1"), boot: "1" });
    script.event(lost("pi-w1")).wait(30_000).event(connected("pi-w1")).event(back("pi-w1"));
    script.finish("restart", "pi-w1", "ok").event({ type: "reboot-started", ...ref("pi-w2"), boot: "1" });
    expect(shown(script, "after")).toMatchInlineSnapshot(`
      "
        ↻ pi-w1  reboots
        ↻ pi-w1  is back after 30 s
        ✔ pi-w1  0.4 s
        ↻ pi-w2  reboots
        ◐ pi-w2  not back for 40 s
      "
    `);
  });

  it("are told from those whose connection is lost", () => {
    const cut = begun().event(lost("pi-w1")).wait(5000).event(connected("pi-w1"));
    expect(shown(cut, undefined)).toContain("pi-w1  connection lost: cut\n");
    const during = begun().event(lost("pi-w1")).wait(5000).event(connected("pi-w1")).event(back("pi-w1"));
    expect(shown(during, "during")).toMatchInlineSnapshot(`
      "
        ↻ pi-w1  reboots
        ↻ pi-w1  is back after 5.2 s
        ◐ pi-w[1-2]  at work for 46 s
      "
    `);
  });

  it("are waited for, as the picture of the run has it", () => {
    const script = begun().event({ type: "reboot-started", ...ref("pi-w1"), boot: "1" });
    const task = foldRun(script.events)?.steps.get("restart")?.tasks.get("pi-w1");
    expect(task && statement(task)).toBe("running: waits until its host is back");
    const later = foldRun(script.event(back("pi-w1")).events)
      ?.steps.get("restart")
      ?.tasks.get("pi-w1");
    expect(later && statement(later)).toBe("running");
  });

  it("are named where they stay away, with the one thing that helps", () => {
    const script = begun()
      .finish("restart", "pi-w2", "ok")
      .event({ type: "reboot-started", ...ref("pi-w1"), boot: "1" });
    script.event({ type: "task-unknown", ...ref("pi-w1"), reason: "pi-w1 has not come back", asked: false });
    const text = shown(script.event({ type: "run-paused", reason: "unknown", step: "restart", detail: "" }), "after");
    expect(text).toContain("⚠ pi-w1  outcome unknown: pi-w1 has not come back\n");
    expect(text).toMatch(/once it is back +waymark resume /);
    expect(text).not.toContain("--rerun");
  });

  it("are announced in a plan", () => {
    expect(shortFacts(step(0, "a", "A", { reboot: "during", newLogin: true }))).toEqual(["reboots"]);
    expect(shortFacts(step(0, "a", "A", { reboot: "after", newLogin: true }))).toEqual(["reboots afterwards"]);
    expect(shortFacts(step(0, "a", "A", { newLogin: true }))).toEqual(["logs in anew afterwards"]);
  });
});
