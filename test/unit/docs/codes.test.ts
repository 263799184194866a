import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./page.ts";

/*
 * Every code that a user may read is asked for by some test: what is said, and where it points, is not left to chance.
 * A new code needs a test, or a reason here why none can provoke it.
 */

const NOT_PROVOKED: ReadonlyMap<string, string> = new Map([
  ["WM6002", "needs files of another user in a run's folder on a host: only root could make them"],
  ["WM6003", "needs a connection that is cut between the login and the first answer of a shell"],
]);

const HERE = "codes.test.ts";

function sources(folder: string): readonly { readonly path: string; readonly text: string }[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(HERE))
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(ROOT, folder, name), "utf8") }));
}

/** Codes as values, not those that comments mention. */
const used = sources("src").flatMap(({ path, text }) =>
  [...text.matchAll(/"(WM\d{4})"/g)].map(([, code = ""]) => ({ code, path })),
);
const codes = [...new Set(used.map(({ code }) => code))].toSorted();
const tested = sources("test")
  .map(({ text }) => text)
  .join("\n");

/** Which folders may have the codes of a range (src/model/errors.ts). */
const RANGES: Readonly<Record<string, RegExp>> = {
  WM1: /^src\/document\//,
  WM2: /^src\/(?:inventory|plan|cli)\//,
  WM3: /^src\/(?:plan|cli)\//,
  WM4: /^src\/(?:plan|expect|engine)\//,
  WM5: /^src\/(?:transport|engine|lab)\//,
  WM6: /^src\/(?:transport|engine|cli)\//,
  WM7: /^src\/(?:journal|cli)\//,
  WM8: /^src\/(?:cli|publish)\//,
  WM9: /^src\/cli\//,
};

describe("codes", () => {
  it("are found", () => {
    expect(codes.length).toBeGreaterThan(100);
  });

  it("are each asked for by a test", () => {
    expect(codes.filter((code) => !tested.includes(code) && !NOT_PROVOKED.has(code))).toEqual([]);
  });

  it("are only excused while there is reason to", () => {
    expect([...NOT_PROVOKED.keys()].filter((code) => !codes.includes(code) || tested.includes(code))).toEqual([]);
  });

  it("stand in the folders of their range", () => {
    expect(used.filter(({ code, path }) => RANGES[code.slice(0, 3)]?.test(path) !== true)).toEqual([]);
  });

  it("of a guide have one name each", () => {
    const listed = used.filter(({ path }) => path.endsWith("problem-code.ts")).map(({ code }) => code);
    expect(new Set(listed).size).toBe(listed.length);
    expect(used.filter(({ code, path }) => code.startsWith("WM1") && !path.endsWith("problem-code.ts"))).toEqual([]);
  });
});
