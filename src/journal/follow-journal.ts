import { watch } from "node:fs";
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "../model/event.ts";
import { lockHolder } from "./lock.ts";
import { journalPath, lockPath } from "./run-folder.ts";
import type { RunFolder } from "./run-folder.ts";

/** Where files cannot be watched, and to notice that whoever ran it is gone. */
const POLL_MS = 500;

/**
 * All events of a run, those that are in its journal and those that come, until nobody works on it any more.
 * @param signal ends it earlier
 */
export async function* followJournal(folder: RunFolder, signal?: AbortSignal): AsyncGenerator<RunEvent> {
  const path = journalPath(folder);
  const file = await open(path);
  let changed = Promise.withResolvers<void>();
  const watcher = watch(path, () => changed.resolve());
  watcher.on("error", () => undefined);
  try {
    let rest = "";
    const decoder = new TextDecoder();
    const buffer = Buffer.alloc(64 * 1024);
    for (;;) {
      if (signal?.aborted === true) return;
      changed = Promise.withResolvers<void>();
      // Asked for before reading: whoever lets go has written all there is.
      const isHeld = (await lockHolder(lockPath(folder))) !== undefined;
      let read = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length);
        if (bytesRead === 0) break;
        read += bytesRead;
        const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) yield JSON.parse(line) as RunEvent;
      }
      if (!isHeld && read === 0) return;
      if (!isHeld) continue;
      const stop = new AbortController();
      await Promise.race([changed.promise, sleep(POLL_MS, undefined, { signal: stop.signal }).catch(() => undefined)]);
      stop.abort();
    }
  } finally {
    watcher.close();
    await file.close();
  }
}
