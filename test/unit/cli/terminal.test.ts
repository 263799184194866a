import { describe, expect, it } from "vitest";
import { shownPath, stateDir, type Surroundings, wantsColor, wantsUnicode } from "../../../src/cli/terminal.ts";

const terminal = { isTTY: true } as NodeJS.WriteStream;

const pipe = { isTTY: false } as NodeJS.WriteStream;

function around(env: Readonly<Record<string, string>>): Surroundings {
  const stdin = { isTTY: false } as NodeJS.ReadStream;
  return { cwd: "/srv", env, home: "/home/pi", user: "pi", stdin, stdout: pipe, stderr: pipe };
}

describe("the folder of runs", () => {
  it.each([
    ["what --state-dir says", "/srv/here", { WAYMARK_STATE_DIR: "/there", XDG_STATE_HOME: "/xdg" }, "here"],
    ["WAYMARK_STATE_DIR", "/there", { WAYMARK_STATE_DIR: "/there", XDG_STATE_HOME: "/xdg" }, undefined],
    ["WAYMARK_STATE_DIR, relative to where the user is", "/srv/there", { WAYMARK_STATE_DIR: "there" }, undefined],
    ["in XDG_STATE_HOME", "/xdg/waymark", { WAYMARK_STATE_DIR: "", XDG_STATE_HOME: "/xdg" }, undefined],
    [
      "in the home, where XDG_STATE_HOME is relative",
      "/home/pi/.local/state/waymark",
      { XDG_STATE_HOME: "x" },
      undefined,
    ],
    ["in the home", "/home/pi/.local/state/waymark", {}, undefined],
  ])("is %s", (_what, folder, env: Record<string, string>, flag) => {
    expect(stateDir(around(env), flag)).toBe(folder);
  });
});

describe("colour", () => {
  it.each([
    [true, "on a terminal", {}, terminal],
    [false, "in a pipe", {}, pipe],
    [false, "on a dumb terminal", { TERM: "dumb" }, terminal],
    [false, "with NO_COLOR, even if it is forced", { NO_COLOR: "1", FORCE_COLOR: "1" }, terminal],
    [true, "with an empty NO_COLOR", { NO_COLOR: "" }, terminal],
    [true, "in a pipe, if it is forced", { FORCE_COLOR: "1" }, pipe],
    [false, "on a terminal with FORCE_COLOR=0", { FORCE_COLOR: "0" }, terminal],
  ])("is %s %s", (wanted, _where, env: Record<string, string>, stream) => {
    expect(wantsColor(around(env), stream)).toBe(wanted);
  });
});

describe("signs beyond ASCII", () => {
  it.each([
    [true, { LANG: "de_DE.UTF-8" }],
    [true, { LC_CTYPE: "C.utf8", LANG: "C" }],
    [false, { LC_ALL: "C", LC_CTYPE: "C.UTF-8", LANG: "C.UTF-8" }],
    [true, { LC_ALL: "", LANG: "C.UTF-8" }],
    [false, { LANG: "C.UTF-8", TERM: "dumb" }],
    [false, { LANG: "C.UTF-8", TERM: "linux" }],
    [false, {}],
  ])("are used: %s with %o", (wanted, env: Record<string, string>) => {
    expect(wantsUnicode(around(env))).toBe(wanted);
  });
});

it("shows paths below the user's folder relative to it, others as they are", () => {
  expect(shownPath(around({}), "/srv/a/guide.md")).toBe("a/guide.md");
  expect(shownPath(around({}), "/workshop/guide.md")).toBe("/workshop/guide.md");
});
