import { describe, expect, it } from "vitest";
import { TerminalModes } from "../../../src/cli/terminal-modes.ts";

const restored = (...printed: readonly string[]): string => {
  const modes = new TerminalModes();
  for (const text of printed) modes.add(Buffer.from(text));
  return modes.restore();
};

describe("what a program has left of the terminal", () => {
  it.each([
    ["nothing printed", []],
    ["plain text", ["hello\n"]],
    ["an editor that tidies up", ["\u001B[?1049h\u001B[?25l~~\u001B[?25h\u001B[?1049l"]],
    ["colours", ["\u001B[31mred\u001B[0m\r\n"]],
  ])("needs nothing after %s", (_, printed) => {
    expect(restored(...printed, "\n")).toBe("");
  });

  it("is undone after an editor that was killed: the mouse, the cursor, the screen last", () => {
    const left = restored("\u001B[?1049h\u001B[?1h\u001B=\u001B[?2004h\u001B[?1000;1006h\u001B[?25l~\r\n~");
    expect(left).toBe(
      "\u001B>\u001B[r\u001B[?1000l\u001B[?1006l\u001B[?2004l\u001B[?1l\u001B[?1049l\u001B[?25h\u001B[0m",
    );
  });

  it("is seen where a sequence comes in pieces", () => {
    expect(restored("\u001B", "[?10", "49h\n")).toBe("\u001B[r\u001B[?1049l\u001B[0m");
  });

  it("leaves the cursor at the beginning of a line", () => {
    expect(restored("$ no newline")).toBe("\r\n");
    expect(restored("$ \u001B[?25lno newline")).toBe("\u001B[?25h\u001B[0m\r\n");
  });

  it("is nothing once it was undone, or reset", () => {
    const modes = new TerminalModes();
    modes.add(Buffer.from("\u001B[?1049h\u001B[?25l\u001Bc\n"));
    expect(modes.restore()).toBe("");
  });
});
