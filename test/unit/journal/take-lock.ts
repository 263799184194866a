/*
 * A process of its own that takes a lock and keeps it until its stdin ends or it is killed:
 * `node take-lock.ts FOLDER`. Waits for a line on stdin first, so that several can be started and let go at once.
 */
import { once } from "node:events";
import { argv, stdin, stdout } from "node:process";
import { acquireLock } from "../../../src/journal/lock.ts";

stdout.write("ready\n");
await once(stdin, "data");
try {
  const lock = await acquireLock(argv[2] ?? "", new Date());
  stdout.write("taken\n");
  stdin.resume();
  await once(stdin, "end");
  await lock.release();
} catch (error) {
  stdout.write(`${String(error)}\n`);
}
