import { describe, expect, test } from "vitest";
import {
  directoryName,
  followRequest,
  jobDigest,
  keyName,
  lookRequest,
  parseAnswer,
  runRequest,
  unfit,
} from "../../../src/transport/job-request.ts";

const key = { token: "t", host: "h", task: "0".repeat(32), attempt: 3 };
const look = { interpreter: ["sh", "-e"], code: "true\n", env: {}, timeoutMs: 1500 };

describe("a run's directory", () => {
  test("carries the host's name where that is one of a file", () => {
    expect(directoryName("abc", "web-1.example.com")).toBe("waymark-abc-web-1.example.com");
  });

  test("is another one for every host, whatever it is called", () => {
    const names = ["a/b", "a_b", "a b", "../../etc", "x".repeat(300), `${"x".repeat(300)}y`, "größe"];
    const made = names.map((name) => directoryName("abc", name));
    expect(new Set(made).size).toBe(names.length);
    for (const name of made) expect(name).toMatch(/^waymark-abc-[A-Za-z0-9._-]{1,64}$/);
  });
});

describe("a job", () => {
  test("is the same by what it runs, and not by what it is given", () => {
    expect(jobDigest(look)).toBe(jobDigest({ ...look }));
    expect(jobDigest({ ...look, code: "false\n" })).not.toBe(jobDigest(look));
    expect(jobDigest({ ...look, interpreter: ["sh"] })).not.toBe(jobDigest(look));
  });

  test("puts its script, variables and directory into one line", () => {
    const job = { ...look, key, dir: "~/a b", env: { A: "it's", PPID: "1" } };
    expect(runRequest(job).toString()).toBe(
      `wm_s='true'"$wm_nl"'' wm_e='export A='\\''it'\\''\\'\\'''\\''s'\\''' wm_d=$wm_home/'a b'; ` +
        `wm_run ${"0".repeat(32)}.3 ${jobDigest(job)} 5 150 'sh' '-e'\n`,
    );
  });

  test("starts at home unless a directory says otherwise", () => {
    const word = (dir?: string) =>
      / wm_d=(\S*); /.exec(lookRequest({ ...look, ...(dir !== undefined && { dir }) }, "h").toString())?.[1];
    expect([word(), word("~"), word("~/x"), word("/x"), word("x"), word("~x")]).toEqual([
      "''",
      "''",
      "$wm_home/'x'",
      "'/x'",
      "$wm_home/'x'",
      "$wm_home/'~x'",
    ]);
  });

  test("that hands something on says what not, unless its script changes nothing", () => {
    const keeps = { except: ["A", "B"], hide: ["it's", ""], hideOutput: false };
    const request = (code: string) => runRequest({ ...look, key, code, keeps }).toString();
    expect(request("true\n")).toContain(" wm_keep='-'; ");
    expect(request("export X\n")).toContain("A B");
    expect(request("export X\n").length).toBeLessThan(1000);
    expect(runRequest({ ...look, key }).toString()).not.toContain("wm_keep");
    const hiding = (...hide: readonly string[]) =>
      runRequest({ ...look, key, code: "export X\n", keeps: { ...keeps, hide } }).toString();
    expect(hiding("abc", "xabcx", "abc")).toBe(hiding("abc"));
    expect(hiding("x".repeat(100_000))).toContain(" wm_keep='-'; ");
  });

  test("takes up what another has handed on", () => {
    const exports = { task: "f".repeat(32), attempt: 2 };
    const request = lookRequest({ ...look, carries: { exports, orHome: true } }, "h").toString();
    expect(request).toContain(` wm_from='${exports.task}.2' wm_h=1; `);
  });

  test("has a timeout of at least something", () => {
    expect(lookRequest({ ...look, timeoutMs: 0 }, "h").toString()).toContain("wm_look 1 ");
  });

  test("cannot hold what no shell can be told", () => {
    expect(unfit(look)).toBeUndefined();
    expect(unfit({ ...look, code: "\0" })).toContain("script");
    expect(unfit({ ...look, dir: "/\0" })).toContain("directory");
    expect(unfit({ ...look, env: { "A=B": "" } })).toContain("A=B");
    expect(unfit({ ...look, env: { A: "\0" } })).toContain("A");
  });

  test("has a key that is safe in a file's name", () => {
    expect(keyName(key)).toBe(`${"0".repeat(32)}.3`);
    expect(() => keyName({ ...key, task: "../x" })).toThrow("key");
    expect(() => keyName({ ...key, attempt: 0 })).toThrow("key");
  });

  test("is followed without touching it, or set aside for good", () => {
    const at = { stdout: 5, stderr: 0 };
    expect(followRequest(key, { ...at, aside: false }).toString()).toMatch(/ - 5 0 ''\n$/);
    expect(followRequest(key, { ...at, aside: true, digest: "d" }).toString()).toMatch(/ d 5 0 '[^']+'\n$/);
  });
});

describe("answers", () => {
  test("are taken at their word", () => {
    expect(parseAnswer("followed ended timeout 137 4210")).toEqual({
      type: "ended",
      end: "timeout",
      exit: 137,
      durationMs: 4210,
      followed: true,
    });
    expect(parseAnswer("ended exited 0 10")).toMatchObject({ end: "exited", followed: false });
    expect(parseAnswer("followed ended exited 0 10 k/a b")).toMatchObject({
      followed: true,
      left: { exports: "kept", dir: "/a b" },
    });
    expect(parseAnswer("ended exited 0 10 n~/root")).toMatchObject({
      left: { exports: "as-found", dir: "/root", home: true },
    });
    expect(parseAnswer("ended exited 0 10 c/\u{fffd}")).toEqual({
      type: "ended",
      end: "exited",
      exit: 0,
      durationMs: 10,
      followed: false,
      left: { exports: "none" },
    });
    expect(parseAnswer("refused no such directory: /a b")).toEqual({
      type: "refused",
      reason: "no such directory: /a b",
    });
    expect(parseAnswer("unknown its host was restarted")).toMatchObject({ type: "unknown" });
    expect(parseAnswer("claimed")).toEqual({ type: "claimed" });
  });

  test("that no agent gives are a bug", () => {
    expect(() => parseAnswer("ended somehow 0 10")).toThrow("not an answer");
    expect(() => parseAnswer("")).toThrow("not an answer");
    expect(() => parseAnswer("followed claimed")).toThrow("not an answer");
  });
});
