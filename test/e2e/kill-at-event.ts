import { appendFileSync, readFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { RunEvent } from "../../src/model/event.ts";

/*
 * Loaded into the built command line before its own code (`node --import`): ends it as kill -9 does at an event of its
 * journal, right before that is written, when half of it is, or right after, before anything else can happen.
 *
 * The file `WAYMARK_TEST_KILLS` has a line for each kill that there was, `EVENT MOMENT`: none is repeated, so that a run
 * that is started again and again comes to its end. `WAYMARK_TEST_KILL_AT` says where: `each-kind` of event, `each` event
 * of each task, or one `EVENT MOMENT`.
 */

type Moment = "before" | "torn" | "after";

const where = process.env["WAYMARK_TEST_KILL_AT"] ?? "";
const kills = process.env["WAYMARK_TEST_KILLS"] ?? "";
const done = new Set(readFileSync(kills, "utf8").split("\n"));

const handle = await open(kills);
const prototype = Object.getPrototypeOf(handle) as Pick<FileHandle, "appendFile">;
await handle.close();

const append = prototype.appendFile;
prototype.appendFile = async function (this: FileHandle, data, options): Promise<void> {
  const text = typeof data === "string" ? data : "";
  if (text.startsWith('{"v":1,"seq":')) await dieIn(this, text.split(/(?<=\n)/));
  return append.call(this, data, options);
};

async function dieIn(file: FileHandle, lines: readonly string[]): Promise<void> {
  for (const [index, line] of lines.entries()) {
    const event = JSON.parse(line) as RunEvent;
    const moment = momentsOf(event).find((moment) => !done.has(`${nameOf(event)} ${moment}`));
    if (moment === undefined) continue;
    const part = { before: "", torn: line.slice(0, line.length / 2), after: line }[moment];
    const written = lines.slice(0, index).join("") + part;
    if (written !== "") await append.call(file, written);
    appendFileSync(kills, `${nameOf(event)} ${moment}\n`);
    process.kill(process.pid, "SIGKILL");
  }
}

/** Half a line is half a line: one is enough. And before what no host has a part in, nothing has happened since the last. */
function momentsOf(event: RunEvent): readonly Moment[] {
  const { type } = event;
  switch (where) {
    case "each":
      return ["before", "torn", "after"];
    case "each-kind":
      if (type === "task-finished") return ["before", "torn", "after"];
      return "host" in event || type === "batch-judged" ? ["before", "after"] : ["after"];
    default:
      return (["before", "torn", "after"] as const).filter((moment) => `${type} ${moment}` === where);
  }
}

function nameOf(event: RunEvent): string {
  if (where !== "each") return event.type;
  const step = "step" in event ? ` ${event.step}` : "";
  return `${event.type}${step}${"host" in event ? ` ${event.host}` : ""}`;
}
