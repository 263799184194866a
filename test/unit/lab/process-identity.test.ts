import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { descendants, identify, isAlive, signalProcess } from "../../../src/lab/process-identity.ts";

const pidOf = ({ pid }: { readonly pid?: number | undefined }): number => {
  if (pid === undefined) throw new Error("it did not start");
  return pid;
};

test("a process is alive until it ends, and a later one with its pid is not it", async () => {
  const child = spawn("sleep", ["60"]);
  const identity = await identify(pidOf(child));
  if (identity === undefined) throw new Error("not found");
  expect(await isAlive(identity)).toBe(true);
  expect(await isAlive({ ...identity, started: "another time" })).toBe(false);
  const ended = once(child, "exit");
  await signalProcess({ ...identity, started: "another time" }, "SIGKILL");
  expect(await isAlive(identity)).toBe(true);
  await signalProcess(identity, "SIGTERM");
  expect(await ended).toEqual([null, "SIGTERM"]);
  expect(await isAlive(identity)).toBe(false);
  // No error where there is nobody left.
  await signalProcess(identity, "SIGTERM");
});

test("children and their children are found by name", async () => {
  const child = spawn("sh", ["-c", "sleep 60 & echo started; wait"]);
  await once(child.stdout, "data");
  // It is a copy of the shell at first.
  await expect.poll(async () => (await descendants(pidOf(child))).map(({ name }) => name)).toEqual(["sleep"]);
  const below = await descendants(process.pid);
  const shell = below.find(({ pid }) => pid === child.pid);
  const [sleeper] = await descendants(pidOf(child));
  expect(shell?.name).toMatch(/sh$/);
  expect(below.map(({ pid }) => pid)).toContain(sleeper?.pid);
  for (const victim of [sleeper, child]) process.kill(pidOf(victim ?? {}));
});
