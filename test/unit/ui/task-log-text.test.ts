import { expect, it } from "vitest";
import { taskLogText } from "../../../src/ui/task-log-text.ts";

async function shown(...chunks: readonly string[]): Promise<string> {
  async function* log(): AsyncGenerator<string> {
    yield* chunks;
  }
  let all = "";
  for await (const text of taskLogText(log())) all += text;
  return all;
}

it("shows what a task printed, made safe, wherever it was split", async () => {
  expect(await shown("one\n\x1b[3", "1mtwo\n", "three")).toBe("one\ntwo\nthree\n");
  expect(await shown("10 %\r20", " %\r30 %\n")).toBe("30 %\n");
  expect(await shown()).toBe("(no output)\n");
});

it("holds no line in memory that never ends", async () => {
  const pieces = 1000;
  let most = 0;
  let all = 0;
  async function* log(): AsyncGenerator<string> {
    for (let piece = 0; piece < pieces; piece++) yield "x".repeat(64 * 1024);
  }
  for await (const text of taskLogText(log())) {
    most = Math.max(most, text.length);
    all += text.length;
  }
  expect(all).toBe(pieces * 64 * 1024 + 1);
  expect(most).toBeLessThan(300 * 1024);
});
