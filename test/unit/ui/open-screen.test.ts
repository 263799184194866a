import { PassThrough, Writable } from "node:stream";
import { expect, test } from "vitest";
import { readProse } from "../../../src/document/read-prose.ts";
import { NO_LOG } from "../../../src/journal/read-log-piece.ts";
import { openScreen } from "../../../src/ui/open-screen.tsx";
import { RunPicture } from "../../../src/ui/screen/run-picture.ts";
import { planOf, step, UTF8 } from "./sample-run.ts";

test("nothing that is typed is printed over the first frame, which begins where its line does", async () => {
  const happened: string[] = [];
  const none = (): void => undefined;
  const setRawMode = (raw: boolean): void => void happened.push(raw ? "raw" : "cooked");
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode, ref: none, unref: none });
  const sink = new Writable({
    write(chunk, _encoding, done) {
      happened.push(String(chunk));
      done();
    },
  });
  const screen = openScreen({
    source: new RunPicture({
      plan: planOf([step(0, "one", "One")]),
      prose: readProse(Buffer.from("# Guide\n")),
      now: () => new Date(0),
      readLog: () => Promise.resolve(NO_LOG),
    }),
    style: UTF8,
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: Object.assign(sink, { isTTY: true, columns: 80, rows: 20 }) as unknown as NodeJS.WriteStream,
  });
  await expect.poll(() => happened.join("")).toContain("Outline");
  screen.close();
  await screen.closed;
  expect(happened.slice(0, 2)).toEqual(["raw", "\r"]);
  expect(happened.at(-1)).toBe("cooked");
});
