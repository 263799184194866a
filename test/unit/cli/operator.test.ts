import { describe, expect, it } from "vitest";
import { createOperator, type SaidBefore, wording } from "../../../src/cli/operator.ts";
import { heldSink } from "../../../src/cli/reporter.ts";
import type { Confirmation } from "../../../src/engine/ports.ts";
import { FakePrompter, type Typed } from "./fake-terminal.ts";

const { signal } = new AbortController();
const NOTHING: SaidBefore = { yes: false, confirm: new Set() };

const question = (about: Confirmation["about"], more: Partial<Confirmation> = {}): Confirmation => ({
  about,
  step: "format-disk",
  title: "Format the disk",
  hosts: ["pi-1", "pi-2"],
  text: "Erase sdb?",
  ...more,
});

const mend = { step: "mend", title: "Mend it" };

function atTerminal(said: SaidBefore, ...typed: readonly Typed[]) {
  const prompter = new FakePrompter(...typed);
  const calls: string[] = [];
  const operator = createOperator(said, {
    prompter,
    hold: (about) => {
      calls.push(`hold ${about}`);
      return () => calls.push("release");
    },
    interrupt: async () => void calls.push("interrupt"),
  });
  return { operator, prompter, calls };
}

describe("who is asked", () => {
  it.each([
    ["checkpoint", true],
    ["confirm", true],
    ["manual", undefined],
    ["fix", true],
  ] as const)("--yes answers a %s with %s", async (about, answer) => {
    const operator = createOperator({ ...NOTHING, yes: true });
    expect(await operator.confirm(question(about, { fix: mend }), signal)).toBe(answer);
  });

  it("--yes runs a fix once for each step and host, however often it fails", async () => {
    const operator = createOperator({ ...NOTHING, yes: true });
    const ask = (step: string, ...hosts: readonly string[]) =>
      operator.confirm(question("fix", { step, hosts, fix: mend }), signal);
    expect([await ask("a", "x"), await ask("a", "x"), await ask("b", "x")]).toEqual([true, undefined, true]);
    expect([await ask("a", "y"), await ask("a", "x", "z")]).toEqual([true, undefined]);
  });

  it("--confirm answers for its step, and only what is to be confirmed", async () => {
    const operator = createOperator({ yes: false, confirm: new Set(["format-disk"]) });
    expect(await operator.confirm(question("confirm"), signal)).toBe(true);
    expect(await operator.confirm(question("confirm", { step: "other" }), signal)).toBeUndefined();
    expect(await operator.confirm(question("checkpoint"), signal)).toBeUndefined();
    expect(await operator.confirm(question("manual"), signal)).toBeUndefined();
  });

  it("nobody off a terminal", async () => {
    const operator = createOperator(NOTHING);
    expect(await operator.confirm(question("checkpoint"), signal)).toBeUndefined();
    const input = { name: "DISK", secret: false, ask: "late", span } as const;
    expect(await operator.input(input, signal)).toBeUndefined();
  });

  it("what --yes leaves open is asked at the terminal", async () => {
    const { operator, prompter } = atTerminal({ ...NOTHING, yes: true }, "y");
    expect(await operator.confirm(question("manual", { item: "Label it" }), signal)).toBe(true);
    expect(prompter.shown).toEqual(["Label it: done on pi-[1-2]? (y/N)"]);
  });
});

describe("a question at the terminal", () => {
  it.each([
    ["confirm", "", false],
    ["confirm", "y", true],
    ["checkpoint", "", true],
    ["checkpoint", "n", false],
    ["manual", "", false],
    ["fix", "", false],
  ] as const)("%s answered with '%s' is %s", async (about, typed, answer) => {
    const { operator, calls } = atTerminal(NOTHING, typed);
    expect(await operator.confirm(question(about, { fix: mend }), signal)).toBe(answer);
    expect(calls).toEqual([`hold ${about}`, "release"]);
  });

  it("shows the filled text and the hosts that it is about", () => {
    expect(wording(question("confirm"))).toEqual({
      lines: ["", "  Erase sdb?"],
      message: "Run it on pi-[1-2]?",
      preset: false,
    });
    expect(wording(question("fix", { text: "", fix: mend })).message).toBe(
      "format-disk failed on pi-[1-2]. Run mend (Mend it), and then try again?",
    );
  });

  it("lets no text of the guide move the cursor", () => {
    const { lines } = wording(question("confirm", { text: "Erase?\u001b[2J\u001b[31m yes" }));
    expect(lines.join("")).toBe("  Erase? yes");
  });

  it("is no answer when Ctrl-C is pressed: the run is told, and nothing printed before it knows", async () => {
    const { operator, calls } = atTerminal(NOTHING, { leaves: "interrupted" });
    expect(await operator.confirm(question("confirm"), signal)).toBeUndefined();
    expect(calls).toEqual(["hold confirm", "interrupt", "release"]);
  });

  it.each(["closed", "withdrawn"] as const)("is no answer when it is %s", async (leaves) => {
    const { operator, calls } = atTerminal(NOTHING, { leaves });
    expect(await operator.confirm(question("manual"), signal)).toBeUndefined();
    expect(calls).toEqual(["hold manual", "release"]);
  });
});

describe("output while a question is open", () => {
  it("comes afterwards, in order", () => {
    let text = "";
    const sink = heldSink({ write: (more) => void (text += more) });
    sink.write("1\n");
    const release = sink.hold();
    sink.write("2\n");
    sink.write("3\n");
    expect(text).toBe("1\n");
    release();
    sink.write("4\n");
    expect(text).toBe("1\n2\n3\n4\n");
  });
});

const point = { line: 1, column: 1, offset: 0 };
const span = { start: point, end: point };
