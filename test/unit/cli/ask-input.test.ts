import { describe, expect, it } from "vitest";
import { askInput } from "../../../src/cli/ask-input.ts";
import type { InputDeclaration } from "../../../src/model/runbook.ts";
import { inputOf } from "../plan/guide.ts";
import { FakePrompter } from "./fake-terminal.ts";

const { signal } = new AbortController();

async function asked(given: Partial<InputDeclaration>, ...typed: readonly string[]) {
  const prompter = new FakePrompter(...typed);
  const value = await askInput(prompter, inputOf("DISK", given), signal);
  return { value, shown: prompter.shown };
}

describe("asking for an input", () => {
  it("says what it is", async () => {
    const { value, shown } = await asked({ description: "Shown by lsblk" }, "sdb");
    expect(value).toBe("sdb");
    expect(shown).toEqual(["DISK (Shown by lsblk):"]);
  });

  it("asks again until the pattern fits", async () => {
    const { value, shown } = await asked({ pattern: "sd[a-z]" }, "hda", "", "sdb");
    expect(value).toBe("sdb");
    expect(shown).toEqual(["DISK:", "> DISK must be all of the form sd[a-z], not hda", "> DISK has no value yet"]);
  });

  it("asks again until the type fits", async () => {
    const { value, shown } = await asked({ type: "integer" }, "two", "2");
    expect(value).toBe("2");
    expect(shown).toContain("> DISK must be a whole number, not two");
  });

  it("offers choices, less those that would be refused", async () => {
    const { value, shown } = await asked({ choices: ["sda", "sdb", "nvme"], pattern: "sd." }, "sdb");
    expect(value).toBe("sdb");
    expect(shown).toEqual(["DISK: [sda, sdb]"]);
  });

  it("offers true and false", async () => {
    expect((await asked({ type: "boolean" }, "false")).shown).toEqual(["DISK: [true, false]"]);
  });

  it("does not echo secrets, nor repeat them in what is wrong with them, and warns of short ones", async () => {
    const { value, shown } = await asked({ secret: true, pattern: "[a-z]+" }, "Hunter2", "hunter");
    expect(value).toBe("hunter");
    expect(shown).toEqual([
      "DISK: (no echo)",
      "> DISK must be all of the form [a-z]+",
      "warning: The value of DISK is shorter than 8 characters: it cannot be hidden reliably",
    ]);
  });
});
