import type { Key } from "ink";
import { describe, expect, test } from "vitest";
import { type Draft, NO_DRAFT, questionLines, type ScreenQuestion, typed } from "../../../../src/ui/screen/question.ts";
import { UTF8 } from "../sample-run.ts";

const KEY = {} as Key;
const RETURN = { return: true } as Key;
const text: ScreenQuestion = {
  kind: "text",
  lines: [],
  message: "DISK:",
  check: (answer) => (answer.startsWith("sd") ? undefined : "no disk"),
};
const yes: ScreenQuestion = { kind: "yes", lines: ["Look at it."], message: "Go on?", preset: true };
const draft = (text: string): Draft => ({ text, at: 0 });
const shown = (question: ScreenQuestion, so = NO_DRAFT, most = 10): readonly string[] =>
  questionLines(UTF8, question, so, 60, most).map((line) => line.map((part) => part.text).join(""));

describe("a question on the screen", () => {
  test("is answered by a key, and Enter means what stands in capitals", () => {
    expect(typed(yes, NO_DRAFT, "y", KEY)).toEqual({ answer: true });
    expect(typed(yes, NO_DRAFT, "n", KEY)).toEqual({ answer: false });
    expect(typed(yes, NO_DRAFT, "", RETURN)).toEqual({ answer: true });
    expect(typed({ ...yes, preset: false }, NO_DRAFT, "", RETURN)).toEqual({ answer: false });
    expect(shown(yes)).toEqual(["  Look at it.", "? Go on?  [Y/n]"]);
  });

  test("leaves other keys to the screen", () => {
    expect(typed(yes, NO_DRAFT, "j", KEY)).toBeUndefined();
    expect(typed(text, NO_DRAFT, "", { tab: true } as Key)).toBeUndefined();
    expect(typed(text, NO_DRAFT, "c", { ctrl: true } as Key)).toBeUndefined();
  });

  test("takes words, and says what is wrong with them", () => {
    expect(typed(text, draft("s"), "d", KEY)).toEqual({ draft: draft("sd") });
    expect(typed(text, draft("sdé"), "", { backspace: true } as Key)).toEqual({ draft: draft("sd") });
    expect(typed(text, draft("sda"), "", RETURN)).toEqual({ answer: "sda" });
    expect(typed(text, draft("hda"), "", RETURN)).toEqual({ draft: { ...draft("hda"), problem: "no disk" } });
    expect(shown(text, { ...draft("hda"), problem: "no disk" })).toEqual(["? DISK: hda ", "⚠ no disk"]);
  });

  test("takes what comes in one piece letter by letter", () => {
    expect(typed(text, draft("hda"), "\u0015sdc\u007fb\r", KEY)).toEqual({ answer: "sdb" });
  });

  test("shows nothing of a secret", () => {
    const secret = shown({ ...text, kind: "secret" }, draft("swordfish"));
    expect(secret.join("")).not.toMatch(/swordfish|\*/);
  });

  test("offers choices", () => {
    const choose: ScreenQuestion = {
      kind: "choose",
      lines: [],
      message: "NETWORK:",
      choices: ["flannel", "calico", ""],
    };
    const down = typed(choose, NO_DRAFT, "", { downArrow: true } as Key);
    expect(down).toEqual({ draft: { text: "", at: 1 } });
    expect(typed(choose, { text: "", at: 1 }, "", RETURN)).toEqual({ answer: "calico" });
    expect(shown(choose, { text: "", at: 1 })).toEqual(["? NETWORK:", "   flannel", " ▸ calico", "   (empty)"]);
  });

  test("is whole in a narrow window, with how to answer it, and of a long answer its end is seen", () => {
    const at = (question: ScreenQuestion, so: Draft, most = 10): readonly string[] =>
      questionLines(UTF8, question, so, 30, most).map((line) => line.map((part) => part.text).join(""));
    const long = { ...yes, lines: [], message: "The lights are green: done on lab-1?" };
    expect(at(long, NO_DRAFT)).toEqual(["? The lights are green: done", "  on lab-1?  [Y/n]"]);
    expect(at(long, NO_DRAFT, 1)).toEqual(["  on lab-1?  [Y/n]"]);
    expect(at(text, draft(`${"x".repeat(60)} the end`)).at(-1)).toMatch(/^ {2}x{19} the end $/);
  });

  test("gives way where there is little room, but for itself", () => {
    const long = { ...yes, lines: Array.from({ length: 20 }, (_, index) => `line ${index}`) };
    expect(shown(long, NO_DRAFT, 3)).toEqual(["  line 18", "  line 19", "? Go on?  [Y/n]"]);
  });
});
