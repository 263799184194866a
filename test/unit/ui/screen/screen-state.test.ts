import { describe, expect, test } from "vitest";
import {
  type Around,
  FIRST_STATE,
  followed,
  moved,
  type ScreenState,
  turnedToOutput,
  type Wish,
} from "../../../../src/ui/screen/screen-state.ts";

const AROUND: Around = {
  steps: 10,
  sections: [0, 3, 7],
  active: 4,
  hosts: ["a", "b"],
  guideLines: 100,
  guideHeight: 20,
  guideTop: 30,
  outputLines: 50,
  outputHeight: 10,
  outputFromEnd: 0,
  guideMatches: () => [10, 35, 60],
  outputMatches: () => [5, 20],
  stepOfLine: (line) => Math.floor(line / 10),
  matrixHosts: 40,
  matrixHeight: 15,
  helpLines: 40,
  helpHeight: 15,
  journal: { first: 200, end: 300, top: 290, height: 10, matches: () => [210, 250] },
};

const go = (from: Partial<ScreenState>, ...wishes: readonly Wish[]): ScreenState =>
  wishes.reduce((state, wish) => moved(state, wish, AROUND), { ...FIRST_STATE, ...from });

describe("moving about", () => {
  test("where a step has failed its output is turned to, but for who has gone elsewhere", () => {
    expect(turnedToOutput(go({})).pane).toBe("output");
    expect(turnedToOutput(go({}, { to: "pane", by: 1 })).pane).toBe("guide");
    expect(turnedToOutput(go({ cursor: 5 }, { to: "step", by: 1 })).pane).toBe("outline");
  });

  test("step by step, and no further than there are steps", () => {
    expect(go({ cursor: 8 }, { to: "step", by: 1 }, { to: "step", by: 1 }).cursor).toBe(9);
    expect(go({ cursor: 0 }, { to: "step", by: -1 }).cursor).toBe(0);
    expect(go({}, { to: "last" }).cursor).toBe(9);
    expect(go({ cursor: 5 }, { to: "first" }).cursor).toBe(0);
  });

  test("all keys are scrolled where they do not fit, and nothing behind them moves", () => {
    const help = { mode: "help", cursor: 4 } as const;
    expect(go(help, { to: "scroll", by: 1 })).toMatchObject({ helpTop: 1, cursor: 4 });
    expect(go(help, { to: "page", by: 1 }, { to: "page", by: 1 }, { to: "page", by: 1 }).helpTop).toBe(25);
    expect(go(help, { to: "last" })).toMatchObject({ helpTop: 25, cursor: 4 });
    expect(go(help, { to: "last" }, { to: "first" }).helpTop).toBe(0);
    expect(go(help, { to: "last" }, { to: "mode", mode: "help" }, { to: "mode", mode: "help" }).helpTop).toBe(0);
  });

  test("section by section", () => {
    expect(go({ cursor: 0 }, { to: "section", by: 1 }).cursor).toBe(3);
    expect(go({ cursor: 8 }, { to: "section", by: 1 }).cursor).toBe(9);
    expect(go({ cursor: 5 }, { to: "section", by: -1 }).cursor).toBe(3);
  });

  test("who moves no longer follows the run, until they say so", () => {
    const away = go({ cursor: 4 }, { to: "step", by: -1 });
    expect(away.following).toBe(false);
    expect(followed(away, 6, AROUND).cursor).toBe(3);
    const back = moved(away, { to: "active" }, AROUND);
    expect(back).toMatchObject({ cursor: 4, following: true });
    expect(followed(back, 6, AROUND).cursor).toBe(6);
  });

  test("the guide scrolls by lines and pages, within its length", () => {
    const guide = { pane: "guide" } as const;
    expect(go(guide, { to: "scroll", by: 1 }).guideTop).toBe(31);
    expect(go(guide, { to: "page", by: 1 }).guideTop).toBe(49);
    expect(go(guide, { to: "scroll", by: -500 }).guideTop).toBe(0);
    expect(go(guide, { to: "scroll", by: 500 }).guideTop).toBe(80);
    expect(go({ ...guide, guideTop: 5 }, { to: "step", by: 1 }).guideTop).toBeUndefined();
  });

  test("output scrolls back from its end, and no further than its beginning", () => {
    const output = { pane: "output" } as const;
    expect(go(output, { to: "scroll", by: -3 }).fromEnd).toBe(3);
    expect(go(output, { to: "page", by: -1 }, { to: "page", by: 1 }).fromEnd).toBe(0);
    expect(go(output, { to: "scroll", by: -500 }).fromEnd).toBe(40);
    expect(go({ mode: "output" }, { to: "scroll", by: -3 }).fromEnd).toBe(3);
  });

  test("hosts come one after the other, all of them first", () => {
    const next: Wish = { to: "host", by: 1 };
    expect(go({}, next).host).toBe("a");
    expect(go({}, next, next).host).toBe("b");
    expect(go({}, next, next, next).host).toBeUndefined();
    expect(go({}, { to: "host", by: -1 }).host).toBe("b");
  });

  test("panes in turn, and what covers the screen goes as it came", () => {
    expect(go({}, { to: "pane", by: 1 }).pane).toBe("guide");
    expect(go({}, { to: "pane", by: -1 }).pane).toBe("output");
    expect(go({}, { to: "mode", mode: "matrix" }).mode).toBe("matrix");
    expect(go({}, { to: "mode", mode: "matrix" }, { to: "mode", mode: "matrix" }).mode).toBe("main");
    expect(go({ mode: "matrix" }, { to: "scroll", by: 100 }).matrixTop).toBe(25);
  });

  test("to what is looked for: on in the guide, round its end, and back", () => {
    const next: Wish = { to: "match", by: 1 };
    const first = go({}, { ...next, search: "swap" });
    expect(first).toMatchObject({ search: "swap", match: 35, cursor: 3, pane: "guide", following: false });
    expect(go(first, next)).toMatchObject({ match: 60, cursor: 6 });
    expect(go(first, next, next)).toMatchObject({ match: 10, cursor: 1 });
    expect(go(first, { to: "match", by: -1 })).toMatchObject({ match: 10 });
  });

  test("to what is looked for in the output, where that has the keys", () => {
    const found = go({ pane: "output" }, { to: "match", by: -1, search: "x" });
    expect(found).toMatchObject({ match: 20, fromEnd: 25, cursor: 0 });
  });
});
