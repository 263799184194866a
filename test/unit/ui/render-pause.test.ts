import { describe, expect, it } from "vitest";
import type { PauseReason } from "../../../src/model/event.ts";
import { answers, pauseWords, wantedLines } from "../../../src/ui/render-pause.ts";
import { foldRun, type RunView } from "../../../src/story/run-fold.ts";
import { inputOf } from "../plan/guide.ts";

const variable = (name: string, secret: boolean) => ({
  name,
  secret,
  capturedBy: [],
  hostVars: [],
  input: inputOf(name, { secret, description: "Shown by lsblk" }),
});
const plan = { variables: [variable("DISK", false), variable("KEY", true)] };

function rests(reason: PauseReason, detail: string): RunView {
  const stamp = { v: 1, at: "2026-11-22T18:41:00.000Z" } as const;
  const view = foldRun([
    {
      ...stamp,
      seq: 1,
      type: "run-started",
      run: "20261122-1841",
      token: "0123456789abcdef",
      waymark: "0.1.0",
      guide: { path: "/guide.md", digest: "d" },
      inventory: { hosts: [] },
      inputs: {},
      secretInputs: [],
      parallel: 100,
    },
    { ...stamp, seq: 2, type: "run-paused", reason, step: "format", detail },
  ]);
  if (view === undefined) throw new Error("no run");
  return view;
}

describe("a run that rests", () => {
  it.each([
    ["checkpoint", "Look at sdb", ["Look at sdb"], ["waymark resume 20261122-1841"]],
    [
      "confirm",
      "Erase sdb?",
      ["Erase sdb?"],
      ["waymark resume 20261122-1841 --confirm format", "waymark resume 20261122-1841 --skip format"],
    ],
    [
      "manual",
      "Shelve it",
      ["Shelve it"],
      ["waymark resume 20261122-1841 --done format", "waymark resume 20261122-1841 --skip format"],
    ],
    ["input", "DISK", ["DISK: Shown by lsblk"], ["waymark resume 20261122-1841 --input DISK=…"]],
    ["input", "KEY", ["KEY: Shown by lsblk"], ["WAYMARK_INPUT_KEY=… waymark resume 20261122-1841"]],
  ] as const)("at a question (%s) says what is wanted, and how to answer it", (reason, detail, lines, commands) => {
    const view = rests(reason, detail);
    if (view.pause === undefined) throw new Error("it does not rest");
    expect(wantedLines(view.pause, plan)).toEqual(lines);
    expect(answers(view, plan)?.map(([, command]) => command)).toEqual(commands);
    expect(pauseWords(view.pause)).toMatch(/^rests/);
  });

  it("for another reason has no question", () => {
    const view = rests("interrupted", "interrupted by the operator");
    expect(answers(view, plan)).toBeUndefined();
    expect(view.pause && wantedLines(view.pause)).toEqual([]);
  });

  it("after a step that it was to rest after says which, and asks nothing", () => {
    const view = rests("asked", "as asked, after format");
    expect(view.pause && pauseWords(view.pause)).toBe("rests after format, as asked");
    expect(view.pause && wantedLines(view.pause)).toEqual([]);
    expect(answers(view, plan)).toBeUndefined();
  });

  it("lets no text of the guide move the cursor", () => {
    const { pause } = rests("confirm", "Erase?\u001b[2J\n\nReally?");
    expect(pause && wantedLines(pause)).toEqual(["Erase?", "Really?"]);
  });
});
