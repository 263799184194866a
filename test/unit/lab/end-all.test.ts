import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { endAll } from "../../../src/lab/lab-down.ts";
import { identify, isAlive } from "../../../src/lab/process-identity.ts";

test("who does not end when told to is killed, and gone by then", async () => {
  const deaf = spawn("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"]);
  await once(deaf.stdout, "data");
  const identity = await identify(deaf.pid ?? 0);
  if (identity === undefined) throw new Error("it did not start");
  await endAll([identity]);
  expect(await isAlive(identity)).toBe(false);
  if (deaf.exitCode === null && deaf.signalCode === null) await once(deaf, "exit");
  expect(deaf.signalCode).toBe("SIGKILL");
});
