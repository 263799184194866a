import { describe, expect, it } from "vitest";
import { leaseWish, readWait } from "../../../src/cli/lease-wish.ts";
import { surroundings } from "../../../src/cli/terminal.ts";

describe("--wait", () => {
  it.each([
    [undefined, 0],
    ["90s", 90_000],
    ["10m", 600_000],
  ])("%s", (text, ms) => {
    expect(readWait(text)).toBe(ms);
  });

  it.each(["10", "ten minutes", "0s", ""])("%j is refused", (text) => {
    expect(() => readWait(text)).toThrow(expect.objectContaining({ code: "WM8031", exit: 2 }));
  });
});

it("a run takes its hosts as its operator's, on this machine", () => {
  expect(leaseWish({ ...surroundings(), user: "ops" }, "20261123-0210")).toEqual({
    run: "20261123-0210",
    owner: expect.stringMatching(/^ops@./),
  });
});
