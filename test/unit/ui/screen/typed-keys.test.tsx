import { render } from "ink";
import { PassThrough, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { Key } from "ink";
import { describe, expect, test } from "vitest";
import { readProse } from "../../../../src/document/read-prose.ts";
import { NO_LOG } from "../../../../src/journal/read-log-piece.ts";
import { App } from "../../../../src/ui/app.tsx";
import type { Aside, Deed } from "../../../../src/ui/screen/deeds.ts";
import { RunPicture } from "../../../../src/ui/screen/run-picture.ts";
import { pressesOf } from "../../../../src/ui/screen/typed-keys.ts";
import { planOf, Script, step, UTF8 } from "../sample-run.ts";

const key = { ctrl: false, meta: false } as Key;
const keysOf = (input: string): readonly string[] =>
  pressesOf(input, key).map((press) => (press.key.return ? "Enter" : press.key.tab ? "Tab" : press.input));

describe("keys that come in one read", () => {
  test("each counts, Enter and Tab among them", () => {
    expect(keysOf("jjG")).toEqual(["j", "j", "G"]);
    expect(keysOf("/swap\r")).toEqual(["/", "s", "w", "a", "p", "Enter"]);
    expect(keysOf("\tj")).toEqual(["Tab", "j"]);
    expect(keysOf("j\u0004k")).toEqual(["j", "k"]);
  });

  test("more than anybody types at once is no key at all", () => {
    expect(keysOf("j".repeat(5000))).toEqual([]);
  });
});

/** A run that rests after its first step has failed, on a keyboard of the test's. */
async function atKeyboard() {
  const steps = ["one", "two", "three", "four", "five"].map((id, index) =>
    step(index, id, `Step ${id}`, { hosts: ["a"] }),
  );
  const script = new Script().started().step("one", ["a"]).begin("one", "a");
  script.finish("one", "a", "failed", { reason: "exit status 1" }).stepEnds("one", "failed").ends("failed");
  const pictureOf = (): RunPicture =>
    new RunPicture({
      plan: planOf(steps),
      prose: readProse(Buffer.from("# Guide\n")),
      now: () => script.now,
      readLog: () => Promise.resolve(NO_LOG),
    });
  const source = pictureOf();
  script.tell(source);
  source.rests();
  const none = (): void => undefined;
  const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode: none, ref: none, unref: none });
  let drawn = "";
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      drawn += stripVTControlCharacters(String(chunk));
      done();
    },
  });
  const stdout = Object.assign(sink, { columns: 80, rows: 20, isTTY: true }) as unknown as NodeJS.WriteStream;
  const deeds: Deed[] = [];
  const asides: Aside[] = [];
  const onDeed = (deed: Deed): void => void deeds.push(deed);
  const onAside = (aside: Aside): void => void asides.push(aside);
  const size = { columns: 120, rows: 20 };
  const app = render(<App source={source} style={UTF8} size={size} onDeed={onDeed} onAside={onAside} />, {
    stdin: keyboard as unknown as NodeJS.ReadStream,
    stdout,
    patchConsole: false,
    interactive: true,
    maxFps: 1000,
  });
  await app.waitUntilRenderFlush();
  return {
    source,
    script,
    /** The same run in another picture, as it is shown when somebody goes on with it. */
    another(): RunPicture {
      const next = pictureOf();
      script.tell(next);
      return next;
    },
    show: (next: RunPicture) =>
      app.rerender(<App source={next} style={UTF8} size={size} onDeed={onDeed} onAside={onAside} />),
    /** What has been drawn since something was typed last. */
    standing: () => drawn,
    keyboard,
    deeds,
    asides,
    async types(text: string, seen: RegExp) {
      if (text !== "") {
        drawn = "";
        keyboard.write(text);
      }
      await expect.poll(() => drawn).toMatch(seen);
    },
    [Symbol.dispose]: () => app.unmount(),
  };
}

describe("the screen at a keyboard", () => {
  test("keys in one read are pressed one after the other, each on what the one before has left", async () => {
    using screen = await atKeyboard();
    await screen.types("jjj", /▸. 4 Step four/);
    await screen.types("k/Step fi\r", /▸. 3 Step three/);
  });

  test("what is typed behind something that is done about the run is dropped: nobody saw what came of that", async () => {
    using screen = await atKeyboard();
    await screen.types("jSDR", /▸. 2 Step two/);
    await expect.poll(() => screen.deeds).toEqual([{ do: "skip", step: "two" }]);
    await screen.types("j", /▸. 3 Step three/);
    expect(screen.deeds).toHaveLength(1);
  });

  test("Escape counts, however fast the next key comes", async () => {
    using screen = await atKeyboard();
    await screen.types("?", /Keys; Esc closes this/);
    await screen.types("\u001bm", /Hosts and steps/);
    await screen.types("\u001b\u001b", /Outline/);
    await screen.types("/", /Find:/);
  });

  test("what was meant for a run at work does not set one off that has come to rest before that was drawn", async () => {
    using screen = await atKeyboard();
    screen.source.live = true;
    await screen.types("j", /rest after it/);
    screen.source.rests();
    await screen.types(".", /one step/);
    expect(screen.deeds).toEqual([]);
    screen.keyboard.write(".");
    await expect.poll(() => screen.deeds).toEqual([{ do: "one-step" }]);
  });

  test("a wish to rest is taken back by the key that it was made with", async () => {
    using screen = await atKeyboard();
    screen.source.live = true;
    screen.script.resumed();
    screen.source.event(screen.script.last);
    await screen.types("j", /\. rest after it/);
    screen.keyboard.write(".");
    await expect.poll(() => screen.deeds).toEqual([{ do: "one-step" }]);
    screen.source.event(screen.script.event({ type: "operator-decided", decision: "rest-after" }).last);
    await screen.types("", /\. do not rest/);
    screen.keyboard.write(".");
    await expect.poll(() => screen.deeds.at(1)).toEqual({ do: "run-on" });
    screen.source.event(screen.script.event({ type: "operator-decided", decision: "no-rest" }).last);
    await screen.types("", /\. rest after it/);
  });

  test("who goes on with a run follows it again, wherever the cursor was", async () => {
    using screen = await atKeyboard();
    await screen.types("jjj", /▸. 4 Step four/);
    const next = screen.another();
    next.event(screen.script.resumed().last);
    next.event(screen.script.step("two", ["a"]).last);
    screen.show(next);
    await screen.types("", /▸◐ 2 Step two/);
    next.event(screen.script.stepEnds("two").last);
    next.event(screen.script.step("three", ["a"]).last);
    await screen.types("", /▸◐ 3 Step three/);
    // Who has moved meanwhile stays, until that is taken back.
    await screen.types("j", /▸. 4 Step four/);
    next.event(screen.script.stepEnds("three").last);
    next.event(screen.script.step("five", ["a"]).last);
    await screen.types("g", /▸◐ 5 Step five/);
  });

  test("what is told in a few words is gone with the next key, which counts as well", async () => {
    using screen = await atKeyboard();
    screen.source.tell(["a shell on a …"]);
    await screen.types("", /▸ a shell on a …/);
    await screen.types("j", /▸. 2 Step two/);
    await screen.types("/", /Find:/);
    expect(screen.standing()).not.toContain("a shell on a");
  });

  test("what is nowhere is said to be, until the next key", async () => {
    using screen = await atKeyboard();
    await screen.types("/", /Find:.*Esc leave/s);
    await screen.types("nowhere\r", /no 'nowhere' in the guide/);
    await screen.types("j", /▸. 2 Step two/);
    await screen.types("l", /Journal/);
    await screen.types("/Step\r", /no 'Step' in the journal/);
    await screen.types("?", /Keys; Esc/);
    expect(screen.standing()).not.toContain("no 'Step'");
  });

  test("what is typed to look for something answers nothing that the run asks", async () => {
    using screen = await atKeyboard();
    const never = new AbortController().signal;
    const ask = { kind: "yes", lines: [], message: "Wipe it?", preset: true } as const;
    const before = screen.source.ask(ask, never);
    await screen.types("", /Wipe it\?/);
    await screen.types("/yyy\r", /no 'yyy' in the guide.*Wipe it\?/s);
    await screen.types("n", /one step/);
    expect(await before).toBe(false);
    // Nor what was begun before it asked.
    await screen.types("/yy", /Find: yy/);
    const after = screen.source.ask(ask, never);
    await screen.types("y\r", /no 'yyy' in the guide.*Wipe it\?/s);
    screen.keyboard.write("y");
    expect(await after).toBe(true);
  });

  test("what is pasted is no keys, but what is typed where something is asked", async () => {
    using screen = await atKeyboard();
    await screen.types("\u001b[200~SDR\u001b[201~j", /▸. 2 Step two/);
    expect(screen.deeds).toEqual([]);
    await screen.types("/", /Find:/);
    await screen.types("\u001b[200~words\u001b[201~", /Find: words/);
  });
});

describe("what the terminal is wanted for beside the run", () => {
  test("is about the step under the cursor, and the host that is shown", async () => {
    using screen = await atKeyboard();
    screen.keyboard.write("s");
    await expect.poll(() => screen.asides).toEqual([{ do: "shell", step: "one" }]);
    screen.keyboard.write("]O");
    await expect.poll(() => screen.asides.at(1)).toEqual({ do: "pager", step: "one", host: "a" });
    expect(screen.deeds).toEqual([]);
  });

  test("may ask, one after the other with the run, and is taken back by Escape", async () => {
    using screen = await atKeyboard();
    const taken = new AbortController();
    const decline = (): void => taken.abort();
    const never = new AbortController().signal;
    const secret = { kind: "secret", lines: [], message: "TOKEN:", check: () => undefined, decline } as const;
    const asked = screen.source.ask(secret, taken.signal);
    const goOn = screen.source.ask({ kind: "yes", lines: [], message: "Go on?", preset: true }, never);
    await screen.types("", /TOKEN:/);
    await screen.types("x\u001b", /Go on\?/);
    expect(await asked).toBeUndefined();
    screen.keyboard.write("y");
    expect(await goOn).toBe(true);
  });
});
