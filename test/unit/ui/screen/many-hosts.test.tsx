import { renderToString } from "ink";
import { describe, expect, test } from "vitest";
import { NO_LOG } from "../../../../src/journal/read-log-piece.ts";
import { App } from "../../../../src/ui/app.tsx";
import { outputOfAll } from "../../../../src/ui/screen/output.ts";
import { RunPicture } from "../../../../src/ui/screen/run-picture.ts";
import type { ScreenState } from "../../../../src/ui/screen/screen-state.ts";
import { hostOf } from "../../host-of.ts";
import { planOf, Script, step, UTF8 } from "../sample-run.ts";

const HOSTS = Array.from({ length: 500 }, (_, index) => `pi-${index + 1}`);
const BAD: ReadonlySet<string> = new Set(["pi-117", "pi-230"]);

/** One step, which has failed on two of five hundred hosts; the others agree on two hundred lines. */
function picture(): RunPicture {
  const script = new Script().started().step("swap", HOSTS);
  for (const host of HOSTS) {
    script.begin("swap", host);
    if (BAD.has(host)) script.finish("swap", host, "failed", { reason: "exit status 1" });
    else script.prints("swap", host, "a line\n".repeat(200)).finish("swap", host, "ok");
  }
  script.stepEnds("swap", "failed");
  const steps = [step(0, "swap", "Turn swap off on all of them", { hosts: HOSTS })];
  const shown = new RunPicture({
    plan: planOf(steps, { hosts: HOSTS.map((name) => hostOf(name)) }),
    prose: { blocks: [] },
    now: () => script.now,
    readLog: () => Promise.resolve(NO_LOG),
  });
  script.tell(shown);
  return shown;
}

describe("of five hundred hosts", () => {
  const source = picture();
  const screen = (state: Partial<ScreenState>, columns: number, rows: number): string =>
    renderToString(<App source={source} style={UTF8} first={state} size={{ columns, rows }} />, { columns });

  test.each([
    [40, 12],
    [80, 24],
    [140, 40],
    [300, 80],
  ])("%i × %i: those are seen first that it did not go well on", (columns, rows) => {
    const matrix = screen({ mode: "matrix" }, columns, rows).split("\n");
    const first = matrix.findIndex((line) => line.includes("pi-117"));
    const names = matrix.flatMap((line) => /^[│ ]*(pi-\d+) /.exec(line)?.[1] ?? []);
    expect(names.slice(0, 3)).toEqual(["pi-117", "pi-230", "pi-1"]);
    expect(first).toBeLessThan(5);
    const output = screen({ pane: "output" }, columns, rows);
    expect(output).toContain("✖ pi-[117,230]: exit status 1");
    if (columns > 60) expect(output).toContain("[all] pi-117✖ pi-230✖");
  });

  test("they are named beside the counts where there is room, and the title of the step is seen in any case", () => {
    expect(screen({}, 180, 20)).toMatch(/✖ 1 Turn swap off.* 498 ✔ +2 ✖ pi-\[117,230\] +│/);
    expect(screen({}, 36, 12)).toMatch(/✖ 1 Turn sw.*… +498 ✔ +2 ✖$/m);
    expect(screen({ mode: "matrix" }, 140, 20)).toContain(" 500 hosts, 2 not well: pi-[117,230] ");
  });

  test("what failed stands above what the others agree on, with the end of it below", () => {
    const [task] = source.plan.steps;
    if (task === undefined) throw new Error("no step");
    const { lines, fromTop } = outputOfAll(UTF8, {
      step: task,
      known: source.view.steps.get("swap"),
      outputs: source.outputs("swap"),
      guide: "guide.md",
      now: source.now(),
    });
    expect(fromTop).toBe(true);
    const text = lines.map((line) => line.map((part) => part.text).join(""));
    expect(text[0]).toBe("✖ pi-[117,230]: exit status 1");
    expect(text[1]).toBe("✔ 498 hosts agree: pi-[1-116,118-229,231-500] (498)");
  });
});
