import { renderToString } from "ink";
import { describe, expect, test } from "vitest";
import { readProse } from "../../../../src/document/read-prose.ts";
import { NO_LOG } from "../../../../src/journal/read-log-piece.ts";
import { App } from "../../../../src/ui/app.tsx";
import {
  type Filter,
  filterOf,
  hostsOfAny,
  hostsShown,
  readFilter,
  rowsShown,
} from "../../../../src/ui/screen/filter.ts";
import { outlineRows } from "../../../../src/ui/screen/outline.ts";
import { RunPicture } from "../../../../src/ui/screen/run-picture.ts";
import { type Around, FIRST_STATE, moved, type ScreenState } from "../../../../src/ui/screen/screen-state.ts";
import { hostOf } from "../../host-of.ts";
import { planOf, Script, step, UTF8 } from "../sample-run.ts";

const HOSTS = ["m1", "w1", "w2", "w3"];
const PLAN = planOf(
  [
    step(0, "tools", "Install the tools", { hosts: HOSTS, sections: ["Prepare"] }),
    step(1, "swap", "Turn swap off", { hosts: HOSTS, sections: ["Swap", "Off"] }),
    step(2, "join", "Join", { hosts: HOSTS.slice(1), sections: ["Swap", "Join"] }),
    step(3, "never", "Never", { hosts: [], skip: "not selected", sections: ["End"] }),
  ],
  { hosts: HOSTS.map((name) => ({ ...hostOf(name), groups: [name.startsWith("w") ? "worker" : "master"] })) },
);

/** All have the tools; swap failed on `w2`, is unknown on `w3`, and at work on `w1`. */
function picture(): RunPicture {
  const script = new Script().started().step("tools", HOSTS);
  for (const host of HOSTS) script.passes("tools", host, "installed\n");
  script.stepEnds("tools").step("swap", HOSTS);
  for (const host of HOSTS) script.begin("swap", host);
  script.finish("swap", "m1", "ok").finish("swap", "w2", "failed", { reason: "exit status 1" });
  script.event({ type: "task-unknown", step: "swap", host: "w3", task: "t", attempt: 1, reason: "gone", asked: true });
  const shown = new RunPicture({
    plan: PLAN,
    prose: readProse(Buffer.from("# Guide\n")),
    now: () => script.now,
    readLog: () => Promise.resolve(NO_LOG),
  });
  script.tell(shown);
  return shown;
}

function filter(text: string): Filter {
  const read = readFilter(text, PLAN);
  if (typeof read === "string") throw new Error(read);
  return read;
}

function screen(text: string, state: Partial<ScreenState> = {}, [columns, rows] = [140, 24]): string {
  const wanted = filterOf(text, PLAN);
  const first = { cursor: 1, following: false, ...(wanted !== undefined && { filter: wanted }), ...state };
  return renderToString(<App source={picture()} style={UTF8} first={first} size={{ columns, rows }} />, { columns });
}

describe("what is to be seen", () => {
  const { view } = picture();
  const steps = (text: string): readonly string[] =>
    rowsShown(filter(text), outlineRows(PLAN), view).map((row) => (row.kind === "step" ? row.step.id : row.title));
  const hosts = (text: string): readonly string[] => hostsOfAny(filter(text), HOSTS, PLAN.steps, view);

  test("states choose steps that have such a task, under their headings", () => {
    expect(steps("failed")).toEqual(["Swap", "Off", "swap"]);
    expect(steps("failed, unknown")).toEqual(["Swap", "Off", "swap"]);
    expect(steps("todo")).toEqual(["Swap", "Join", "join"]);
    expect(steps("skipped")).toEqual(["End", "never"]);
    expect(steps("done")).toEqual(["Prepare", "tools", "Swap", "Off", "swap"]);
    expect(steps("unreachable")).toEqual([]);
  });

  test("hosts are named as in a guide, and states may stand beside them", () => {
    expect(steps("master")).toEqual(["Prepare", "tools", "Swap", "Off", "swap"]);
    expect(steps("failed master")).toEqual([]);
    expect(hosts("w*,!w3")).toEqual(["w1", "w2"]);
    expect(hosts("worker[0]")).toEqual(["w1"]);
    expect(hosts("failed unknown")).toEqual(["w2", "w3"]);
    expect(hosts("worker running")).toEqual(["w1"]);
    const [, swap] = PLAN.steps;
    if (swap === undefined) throw new Error("no step");
    expect(hostsShown(filter("failed"), swap, view.steps.get("swap"))).toEqual(["w2"]);
  });

  test("a word that is none of them is a mistake, and says what there is", () => {
    expect(readFilter("faild", PLAN)).toContain("Did you mean `failed`?");
    expect(readFilter("web", PLAN)).toMatch(/No host or group is called `web`.*master, worker.*States are failed/);
    expect(filterOf("", PLAN)).toBeUndefined();
  });
});

describe("a filter on the screen", () => {
  test("holds for outline, tabs and output, and is named there", () => {
    const shown = screen("failed");
    expect(shown).toContain("─ ▸ Outline: only failed ─");
    expect(shown).toContain("─ Output: only failed ─");
    expect(shown).toContain("[all] w2✖ ─");
    expect(shown).toContain("✖ w2  exit status 1");
    expect(shown).not.toContain("Install the tools");
    expect(shown).not.toContain("◐ w1");
  });

  test("holds for the hosts of the matrix", () => {
    const matrix = screen("failed unknown", { mode: "matrix" });
    expect(matrix).toContain("─ Hosts and steps: only failed unknown ─");
    expect(matrix).toMatch(/│ w2 +✔ +✖ +· +│/);
    expect(matrix).not.toMatch(/│ (w1|m1) /);
  });

  test.each([
    [40, 12],
    [80, 24],
    [140, 40],
    [300, 80],
  ])("%i × %i: nothing found is said, and how to see all again", (columns, rows) => {
    expect(screen("unreachable", { pane: "outline" }, [columns, rows])).toContain("no step for 'unreachable'");
    expect(screen("unreachable", { mode: "matrix" }, [columns, rows])).toContain("no host for 'unreachable'");
    expect(screen("unreachable", { pane: "output" }, [columns, rows])).toContain("none of its hosts is to be seen");
  });

  const around = { steps: 10, shown: [2, 5, 7], sections: [0] } as unknown as Around;
  const at = (cursor: number): ScreenState => ({ ...FIRST_STATE, cursor });

  test("one goes from step to step of those that are to be seen", () => {
    expect(moved(at(2), { to: "step", by: 1 }, around).cursor).toBe(5);
    expect(moved(at(7), { to: "step", by: 1 }, around).cursor).toBe(7);
    expect(moved(at(6), { to: "scroll", by: -1 }, around).cursor).toBe(5);
    expect(moved(at(6), { to: "first" }, around).cursor).toBe(2);
    expect(moved(at(3), { to: "step", by: 2 }, around).cursor).toBe(7);
  });

  test("it takes one to the next step that is to be seen", () => {
    const filtered = moved(at(3), { to: "filter", filter: filter("failed"), shown: [2, 5, 7] }, around);
    expect(filtered).toMatchObject({ cursor: 5, following: false, filter: { text: "failed" } });
    expect(moved(filtered, { to: "filter", shown: [0, 1, 5] }, around)).not.toHaveProperty("filter");
    expect(moved(at(8), { to: "filter", filter: filter("failed"), shown: [] }, around).cursor).toBe(8);
  });
});
