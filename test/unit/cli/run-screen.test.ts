import { PassThrough, Writable } from "node:stream";
import { expect, test } from "vitest";
import { RunScreen } from "../../../src/cli/run-screen.ts";
import type { Surroundings } from "../../../src/cli/terminal.ts";
import { runFolder } from "../../../src/journal/run-folder.ts";
import { planOf, Script, step } from "../ui/sample-run.ts";

const PLAN = planOf([step(0, "one", "One", { hosts: ["a"] })]);

function around(): Surroundings {
  const none = (): void => undefined;
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: none, ref: none, unref: none });
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  const stdout = Object.assign(sink, { isTTY: true, columns: 80, rows: 20 });
  return { cwd: "/", env: {}, home: "/nowhere", user: "me", stdin, stdout, stderr: stdout } as never;
}

test("a run whose first event could not be written has not begun, and is begun by the next key", async () => {
  const screen = new RunScreen(around(), {}, async () => undefined);
  const seen = { plan: PLAN, guide: Buffer.from("# Guide\n"), past: [] };
  screen.look(seen);
  const none = (): void => undefined;
  const folder = runFolder("/nowhere", "20261123-072855-ee55");
  const reporter = screen.begin({ ...seen, folder, restAfter: none, interrupt: none });
  expect(screen.run).toBeUndefined();
  new Script().started().tell(reporter);
  expect(screen.run).toBe("20261123-072855-ee55");
  await reporter.stop();
  await screen.close();
});

test("a terminal that cannot be given away once keeps nobody waiting who wants it next", async () => {
  const here = around();
  const screen = new RunScreen(here, {}, async () => undefined);
  screen.look({ plan: PLAN, guide: Buffer.from("# Guide\n"), past: [] });
  const setRawMode = here.stdin.setRawMode.bind(here.stdin);
  here.stdin.setRawMode = () => {
    throw new Error("EIO");
  };
  await expect(screen.suspend()).rejects.toThrow("EIO");
  here.stdin.setRawMode = setRawMode;
  const release = await screen.suspend();
  await release();
  await screen.close();
});
