import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { agentProgram } from "../../../src/transport/agent-program.ts";

const shells = [["dash"], ["bash", "--posix"], ["busybox", "sh"], ["mksh"]].filter(
  ([name = ""]) => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0,
);

describe("the agent", () => {
  test.each(shells)("is a program for %s", (...shell) => {
    const [program = "", ...options] = shell;
    const { status, stderr } = spawnSync(program, [...options, "-n"], { input: agentProgram, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("keeps to names of its own, for exported variables are the jobs'", () => {
    const shell = agentProgram.replaceAll(/\bdd [^;|]*|-o [a-z]+=/g, "");
    const assigned = [...shell.matchAll(/(?:^|[ ;("])([A-Za-z_]+)=/gm)].map(([, name]) => name ?? "");
    const others = new Set(assigned.filter((name) => !name.startsWith("wm_")));
    expect(others).toEqual(new Set(["LC_ALL", "LANG", "COLUMNS", "IFS"]));
    const functions = [...agentProgram.matchAll(/^([A-Za-z_]+)\(\)/gm)].map(([, name]) => name ?? "");
    expect(functions.filter((name) => !name.startsWith("wm_"))).toEqual([]);
  });

  test("is sent without its comments", () => {
    expect(agentProgram).not.toMatch(/^\s*# /m);
    expect(agentProgram.length).toBeLessThan(14_000);
  });
});
