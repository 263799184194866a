import { render } from "ink";
import { PassThrough, Writable } from "node:stream";
import { expect, test } from "vitest";
import { readProse } from "../../../../src/document/read-prose.ts";
import { NO_LOG } from "../../../../src/journal/read-log-piece.ts";
import { App } from "../../../../src/ui/app.tsx";
import { RunPicture } from "../../../../src/ui/screen/run-picture.ts";
import { planOf, Script, step, UTF8 } from "../sample-run.ts";

const GUIDE = '# Guide\n\n- ```bash\n  echo "hello"\n  ```\n';
const PLAIN = 'echo "hello"';
const COLORED = '\u001b[1mecho\u001b[22m \u001b[32m"hello"\u001b[39m';

/** The screen on a terminal of the test's, for as long as the test lasts. */
function opened(): { readonly drawn: () => string; [Symbol.dispose](): void } {
  const script = new Script().started();
  const source = new RunPicture({
    plan: planOf([step(0, "one", "One")]),
    prose: readProse(Buffer.from(GUIDE)),
    now: () => script.now,
    readLog: () => Promise.resolve(NO_LOG),
  });
  script.tell(source);
  const none = (): void => undefined;
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: none, ref: none, unref: none });
  let drawn = "";
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      drawn += String(chunk);
      done();
    },
  });
  const app = render(
    <App source={source} style={{ ...UTF8, color: true }} first={{ pane: "guide" }} size={{ columns: 80, rows: 12 }} />,
    {
      stdin: stdin as unknown as NodeJS.ReadStream,
      stdout: Object.assign(sink, { columns: 80, rows: 12, isTTY: true }) as unknown as NodeJS.WriteStream,
      patchConsole: false,
      interactive: true,
    },
  );
  return { drawn: () => drawn, [Symbol.dispose]: () => app.unmount() };
}

test("the guide is there at once; its code has colours as soon as it has been read", async () => {
  using screen = opened();
  await expect.poll(screen.drawn).toContain(COLORED);
  expect(screen.drawn().split(COLORED)[0]).toContain(PLAIN);
});
