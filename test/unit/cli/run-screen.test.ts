import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { RunScreen } from "../../../src/cli/run-screen.ts";
import type { Surroundings } from "../../../src/cli/terminal.ts";
import { runFolder } from "../../../src/journal/run-folder.ts";
import { planOf, Script, step } from "../ui/sample-run.ts";

const PLAN = planOf([step(0, "one", "One", { hosts: ["a"] })]);

function around(drawn: (text: string) => void = () => undefined): Surroundings {
  const none = (): void => undefined;
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: none, ref: none, unref: none });
  const sink = new Writable({
    write(chunk, _encoding, done) {
      drawn(String(chunk));
      done();
    },
  });
  const stdout = Object.assign(sink, { isTTY: true, columns: 80, rows: 20 });
  return { cwd: "/", env: {}, home: "/nowhere", user: "me", stdin, stdout, stderr: stdout } as never;
}

test("a run whose first event could not be written has not begun, and is begun by the next key", async () => {
  const screen = new RunScreen(around(), {}, async () => undefined);
  const seen = { plan: PLAN, guide: Buffer.from("# Guide\n"), past: [] };
  screen.look(seen);
  const none = (): void => undefined;
  const folder = runFolder("/nowhere", "20261123-072855-ee55");
  const reporter = screen.begin({ ...seen, folder, restAfter: none, runOn: none, interrupt: none });
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

test("what is pressed while something that was pressed before is on its way is not taken, and that is told", async () => {
  let drawn = "";
  const here = around((text) => (drawn += stripVTControlCharacters(text)));
  const keyboard = here.stdin as unknown as PassThrough;
  const screen = new RunScreen(here, {}, async () => undefined);
  screen.look({ plan: PLAN, guide: Buffer.from("# Guide\n"), past: [] });
  await expect.poll(() => drawn).toContain("start");
  const first = screen.next();
  keyboard.write("r");
  expect(await first).toEqual({ do: "go-on" });
  keyboard.write(".");
  await expect.poll(() => drawn).toContain("not taken: what you pressed before is on its way");
  // It was refused: what is pressed from now on counts.
  const second = screen.next();
  keyboard.write("e");
  expect(await second).toEqual({ do: "edit", step: "one" });
  await screen.close();
});

test("what was meant for a run that rests is nothing to one that is at work already", async () => {
  let drawn = "";
  const here = around((text) => (drawn += stripVTControlCharacters(text)));
  const keyboard = here.stdin as unknown as PassThrough;
  const screen = new RunScreen(here, {}, async () => undefined);
  const seen = { plan: PLAN, guide: Buffer.from("# Guide\n"), past: [] };
  screen.look(seen);
  await expect.poll(() => drawn).toContain("start");
  const none = (): void => undefined;
  const folder = runFolder("/nowhere", "20261123-072855-ee55");
  // Pressed before what follows is drawn.
  keyboard.write("e");
  const reporter = screen.begin({ ...seen, folder, restAfter: none, runOn: none, interrupt: none });
  new Script().started().tell(reporter);
  await expect.poll(() => drawn).toContain("rest after it");
  await reporter.stop();
  await expect.poll(() => drawn).toContain("go on");
  const next = screen.next();
  keyboard.write("r");
  expect(await next).toEqual({ do: "go-on" });
  await screen.close();
});

test("nobody goes on with a run whose folder has been deleted, and its screen says so, also as it is left", async () => {
  const state = await mkdtemp(join(tmpdir(), "waymark-"));
  let drawn = "";
  const screen = new RunScreen(
    around((text) => (drawn += text)),
    {},
    async () => undefined,
  );
  const folder = runFolder(state, "20261123-072855-ee55");
  await mkdir(folder.path, { recursive: true });
  screen.look({ plan: PLAN, guide: Buffer.from("# Guide\n"), past: new Script().started().events, folder });
  expect(screen.gone).toEqual([]);
  await rm(state, { recursive: true, maxRetries: 5 });
  expect(screen.gone.join("\n")).toContain(`has been deleted: ${folder.path}`);
  drawn = "";
  await screen.close();
  expect(drawn).toContain("has been deleted");
  expect(drawn).not.toContain("waymark resume");
});
