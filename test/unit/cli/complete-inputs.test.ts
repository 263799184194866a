import { describe, expect, it } from "vitest";
import { completeInputs, unobtainable } from "../../../src/cli/complete-inputs.ts";
import { Remembered } from "../../../src/cli/remembered.ts";
import type { Typed } from "./fake-terminal.ts";
import { FakePrompter, fakeSurroundings } from "./fake-terminal.ts";
import type { InputDeclaration } from "../../../src/model/runbook.ts";
import { resolveInputs } from "../../../src/plan/inputs.ts";
import { inputOf } from "../plan/guide.ts";

const around = fakeSurroundings("/");
const none = (): ReadonlySet<string> => new Set();

function wanted(
  inputs: Readonly<Record<string, Partial<InputDeclaration>>>,
  prompter?: FakePrompter,
  idle: (values: Readonly<Record<string, string>>) => ReadonlySet<string> = none,
) {
  const declarations = Object.entries(inputs).map(([name, given]) => inputOf(name, given));
  const resolved = resolveInputs(declarations, { flags: {}, environment: {} }, "guide.md");
  return { guide: "guide.md", resolved, idle, ...(prompter !== undefined && { prompter }) };
}

async function complete(inputs: Readonly<Record<string, Partial<InputDeclaration>>>, ...typed: readonly Typed[]) {
  const prompter = new FakePrompter(...typed);
  const { values, diagnostics } = await completeInputs(around, wanted(inputs, prompter));
  return { values, problems: diagnostics.map(({ message }) => message), asked: prompter.shown };
}

describe("inputs without a value", () => {
  it("are asked for all together, but for late ones", async () => {
    const { values, asked } = await complete({ A: {}, B: { ask: "late" }, C: { secret: true } }, "a", "cccccccc");
    expect(values).toEqual({ A: "a", C: "cccccccc" });
    expect(asked).toEqual(["A:", "C: (no echo)"]);
  });

  it("are fetched before anybody is asked", async () => {
    const { values } = await complete({ A: {}, B: { from: "printf 'fetched\\n\\n'" } }, "a");
    expect(values).toEqual({ A: "a", B: "fetched\n" });
    const { problems, asked } = await complete({ A: {}, B: { from: "echo 1.5", type: "integer" } });
    expect(problems).toEqual(["`B` must be a whole number, not `1.5` (printed by its `from` command)"]);
    expect(asked).toEqual([]);
  });

  it("are not fetched to show what would be done: the command may ask", async () => {
    const looking = { begin: () => expect.fail(), signal: new AbortController().signal };
    const inputs = { A: { from: "echo fetched", secret: true } };
    const { values, diagnostics } = await completeInputs({ ...around, looking }, wanted(inputs));
    expect(values).toEqual({});
    expect(diagnostics.map(({ message }) => message)).toEqual(["The input `A` has no value"]);
  });

  it("are not asked for when an answer before does without them", async () => {
    const prompter = new FakePrompter("flannel");
    const idle = ({ NETWORK }: Readonly<Record<string, string>>) =>
      new Set(NETWORK === "flannel" ? ["VERSION", "FETCHED"] : ["FETCHED"]);
    const inputs = { NETWORK: {}, VERSION: {}, FETCHED: { from: "exit 1" } };
    expect((await completeInputs(around, wanted(inputs, prompter, idle))).values).toEqual({ NETWORK: "flannel" });
    expect(prompter.left).toEqual([]);
  });

  it("are errors where nobody can be asked, late ones as well, unless nobody needs them", () => {
    const inputs = { A: { description: "First" }, B: { ask: "late" }, C: {}, D: { secret: true } } as const;
    const problems = unobtainable(wanted(inputs, undefined, () => new Set(["C"])));
    expect(problems.map(({ code, message, hint }) => `${code} ${message}: ${hint}`)).toEqual([
      "WM3006 The input `A` has no value (First): Give it one: --input A=VALUE, or WAYMARK_INPUT_A in the environment.",
      "WM3006 The input `B` has no value: Give it one: --input B=VALUE, or WAYMARK_INPUT_B in the environment.",
      "WM3006 The input `D` has no value: Set WAYMARK_INPUT_D in the environment.",
    ]);
    expect(unobtainable(wanted(inputs, new FakePrompter()))).toEqual([]);
  });

  it("are errors when the terminal is closed before they are answered", async () => {
    const { values, problems } = await complete({ A: {}, B: {}, C: {} }, "a", { leaves: "closed" });
    expect(values).toEqual({ A: "a" });
    expect(problems).toEqual(["The input `B` has no value", "The input `C` has no value"]);
  });

  it("are remembered in a sitting where they are secrets, for as long as the guide takes them", async () => {
    const remembered = new Remembered();
    const inputs = { A: {}, T: { secret: true } };
    const { resolved } = wanted(inputs);
    await completeInputs({ ...around, remembered }, wanted(inputs, new FakePrompter("a", "secret-value")));
    const again = remembered.complete(resolved);
    expect(again.values).toEqual({ T: "secret-value" });
    expect(again.missing.map(({ name }) => name)).toEqual(["A"]);
    const edited = wanted({ T: { secret: true, pattern: "[0-9]+" } }).resolved;
    expect(remembered.complete(edited)).toEqual(edited);
  });

  it("stop everything when Ctrl-C is pressed", async () => {
    await expect(complete({ A: {} }, { leaves: "interrupted" })).rejects.toMatchObject({ code: "WM8014", exit: 130 });
  });
});

describe("a command that an input comes from", () => {
  it("is named when it fails, and nothing that it printed is", async () => {
    const failed = complete({ TOKEN: { secret: true, from: "echo swordfish; exit 3" } });
    await expect(failed).rejects.toMatchObject({
      code: "WM3007",
      message: "the input TOKEN could not be fetched: `echo swordfish; exit 3` ended with 3",
      hint: "check its `from` command, or give the value: WAYMARK_INPUT_TOKEN in the environment",
    });
    await expect(complete({ TOKEN: { from: "kill -9 $$" } })).rejects.toThrow(/was ended by SIGKILL/);
  });
});
