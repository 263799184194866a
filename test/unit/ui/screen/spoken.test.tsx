import { render } from "ink";
import { PassThrough, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { readProse } from "../../../../src/document/read-prose.ts";
import { NO_LOG } from "../../../../src/journal/read-log-piece.ts";
import { App } from "../../../../src/ui/app.tsx";
import { heardEnd, heardEvents } from "../../../../src/ui/screen/heard.ts";
import { heardRanges } from "../../../../src/ui/screen/heard-ranges.ts";
import { heardHelp } from "../../../../src/ui/screen/heard-keys.ts";
import { heardHosts } from "../../../../src/ui/screen/listening.ts";
import { RunPicture } from "../../../../src/ui/screen/run-picture.ts";
import { RunFold } from "../../../../src/story/run-fold.ts";
import { hostOf } from "../../host-of.ts";
import { planOf, Script, step, UTF8 } from "../sample-run.ts";

const GUIDE = `# Cluster

Swap must be off.

- Turn it off:

\`\`\`bash
swapoff -a
\`\`\`

## Later

\`\`\`bash
# for good
echo done
\`\`\`
`;

const at = (line: number) => ({ start: { line, column: 1, offset: 0 }, end: { line: line + 2, column: 1, offset: 0 } });
const STEPS = [
  step(0, "off", "Turn it off", { hosts: ["pi-1", "pi-2"], span: at(7), user: "root" }),
  step(1, "later", "Later", { hosts: ["pi-1", "pi-2"], span: at(13), sections: ["Cluster", "Later"] }),
];

/** The screen of a run, as it is heard. */
async function listener(script: Script, columns = 200) {
  const source = new RunPicture({
    plan: planOf(STEPS, { hosts: ["pi-1", "pi-2"].map((name) => hostOf(name)) }),
    prose: readProse(Buffer.from(GUIDE)),
    now: () => script.now,
    readLog: () => Promise.resolve(NO_LOG),
  });
  script.tell(source);
  const none = (): void => undefined;
  const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode: none, ref: none, unref: none });
  let written = "";
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  const app = render(<App source={source} style={UTF8} size={{ columns: 100, rows: 24 }} onDeed={() => undefined} />, {
    stdin: keyboard as unknown as NodeJS.ReadStream,
    stdout: Object.assign(sink, { columns, rows: 24, isTTY: true }) as unknown as NodeJS.WriteStream,
    patchConsole: false,
    interactive: true,
    isScreenReaderEnabled: true,
  });
  const said = (): readonly string[] =>
    stripVTControlCharacters(written)
      .split("\n")
      .map((line) => line.trimEnd())
      .filter((line) => line !== "");
  return {
    source,
    raw: () => written,
    /** What is said from now on, up to a line. */
    async hears(last: string | RegExp, act: () => void = none): Promise<readonly string[]> {
      act();
      await expect.poll(() => said().at(-1)).toMatch(last);
      const lines = said();
      written = "";
      return lines;
    },
    types: (keys: string) => () => void keyboard.write(keys),
    [Symbol.dispose]: () => app.unmount(),
  };
}

describe("the screen for those who listen", () => {
  test("says what runs, and then what happens, each once and in whole sentences", async () => {
    const script = new Script().started().step("off", ["pi-1", "pi-2"]).begin("off", "pi-1").begin("off", "pi-2");
    using screen = await listener(script);
    expect(await screen.hears("all keys")).toEqual([
      "Raspberry Pi cluster: running.",
      "0 of 2 steps done.",
      "Step 1 of 2: Turn it off. On pi-1 and pi-2, sudo.",
      "At work on all 2 hosts.",
      "You can press period: rest after it; u: rest after 1; q or Ctrl-C: stop.",
      "Press question mark to hear all keys.",
    ]);
    const before = script.happenings.length;
    script.finish("off", "pi-1", "ok").finish("off", "pi-2", "failed", { reason: "exit status 1" });
    script.stepEnds("off", "failed").ends("failed");
    const heard = await screen.hears(/^You can press r/, () => {
      script.tell(screen.source, before);
      screen.source.rests();
    });
    expect(heard.slice(0, -1)).toEqual([
      "Step 1, Turn it off: pi-2 failed: exit status 1.",
      "The run is over: failed.",
      "0 of 2 steps done.",
    ]);
    // Nothing that was said is taken back, or drawn.
    expect(screen.raw()).not.toMatch(/\u001b\[\d*A|\u001b\[\d*J|[─│┌]/);
  });

  test("breaks lines between words, and says ranges of hosts as such", async () => {
    const script = new Script().started().step("off", ["pi-1", "pi-2"]).begin("off", "pi-1").begin("off", "pi-2");
    using screen = await listener(script, 40);
    const heard = await screen.hears("all keys");
    expect(heard).toContain("Step 1 of 2: Turn it off. On pi-1 and");
    expect(heard).toContain("pi-2, sudo.");
    for (const line of heard) expect(line.length).toBeLessThanOrEqual(40);
    const message = "off failed on pi-[1-2]. Again?";
    void screen.source.ask({ kind: "yes", lines: [], message, preset: false }, new AbortController().signal);
    expect(await screen.hears(/^no\.$/)).toContain("Question: off failed on pi-1 to pi-2.");
  });

  test("goes along with the run without a word of its own", async () => {
    const script = new Script().started().step("off", ["pi-1"]).begin("off", "pi-1");
    using screen = await listener(script);
    await screen.hears("all keys");
    const before = script.happenings.length;
    script.finish("off", "pi-1", "ok").stepEnds("off").step("later", ["pi-1"]).begin("later", "pi-1");
    expect(await screen.hears("steps done", () => script.tell(screen.source, before))).toEqual([
      "Step 1, Turn it off: done.",
      "Step 2, Later: begins on pi-1.",
      "1 of 2 steps done.",
    ]);
    expect(await screen.hears("Done on", screen.types("k"))).toEqual([
      "Step 1 of 2: Turn it off. On pi-1 and pi-2, sudo.",
      "Done on pi-1.",
    ]);
  });

  test("says where the reader turns to: a step, its text, its output", async () => {
    const script = new Script().started().step("off", ["pi-1"]).begin("off", "pi-1");
    script.prints("off", "pi-1", "hello\n").finish("off", "pi-1", "ok").stepEnds("off");
    using screen = await listener(script);
    await screen.hears("all keys");
    expect(await screen.hears("Not begun", screen.types("j"))).toEqual([
      "Step 2 of 2: Later. Under Later. On pi-1 and pi-2.",
      "Not begun.",
    ]);
    expect(await screen.hears("echo", screen.types("\t"))).toEqual([
      "Guide:",
      "Heading: Later",
      "# for good",
      "echo done",
    ]);
    expect(await screen.hears("swapoff", screen.types("K"))).toEqual([
      "Step 1 of 2: Turn it off. On pi-1 and pi-2, sudo.",
      "Done on pi-1.",
      "Heading: Cluster",
      "Swap must be off.",
      "- Turn it off:",
      "swapoff -a",
    ]);
    expect(await screen.hears("hello", screen.types("\t"))).toEqual(["Output:", "done: pi-1", "  hello"]);
  });

  test("asks, and says how to answer and what is wrong with an answer", async () => {
    using screen = await listener(new Script().started());
    await screen.hears("all keys");
    const stop = new AbortController();
    const answer = screen.source.ask(
      { kind: "choose", lines: ["Two are known."], message: "Which network?", choices: ["flannel", "calico"] },
      stop.signal,
    );
    expect(await screen.hears("to choose")).toEqual([
      "Two are known.",
      "Question: Which network?",
      "2 choices: flannel, calico. Press j or k to move, Enter to choose.",
    ]);
    expect(await screen.hears("calico", screen.types("j"))).toEqual(["2 of 2: calico"]);
    screen.types("\r")();
    expect(await answer).toBe("calico");
    const check = (): string => "too short";
    void screen.source.ask({ kind: "text", lines: [], message: "A word", check }, stop.signal);
    await screen.hears(/^>$/);
    expect(await screen.hears("> no", screen.types("no"))).toContain("> no");
    expect(await screen.hears("> no", screen.types("\r"))).toContain("Too short.");
    stop.abort();
  });
});

test("hosts that end alike are named together", () => {
  const script = new Script().started();
  for (const host of ["pi-1", "pi-2", "pi-3"])
    script.begin("off", host).finish("off", host, "failed", { reason: "exit status 1" });
  script.begin("off", "pi-4").finish("off", "pi-4", "ok").stepEnds("off", "failed");
  expect(heardEvents(script.events, STEPS)).toEqual([
    "The run starts.",
    "Step 1, Turn it off: pi-1, pi-2 and pi-3 failed: exit status 1.",
  ]);
});

test("hosts are said by how they stand, what went wrong first", () => {
  const script = new Script().started().passes("off", "pi-1").begin("off", "pi-2").finish("off", "pi-2", "failed");
  const fold = new RunFold();
  for (const event of script.events) fold.add(event);
  expect(heardHosts(["pi-1", "pi-2"], STEPS, fold.view)).toEqual([
    "pi-2: failed at step 1, 0 of 2 steps done.",
    "pi-1: 1 of 2 steps done.",
  ]);
});

test("ranges of hosts are said as such; what only looks like one is left as it is", () => {
  const names = new Set(["w1", "w2", "w3", "w7", "n08.lan", "n09.lan"]);
  expect(heardRanges("begins on w[1-3,7].", names)).toBe("begins on w1 to w3, w7.");
  expect(heardRanges("on n[08-09].lan, w[1,3]:", names)).toBe("on n08.lan to n09.lan, w1, w3:");
  expect(heardRanges("rm w[1-4] x[1-3] a[0]", names)).toBe("rm w[1-4] x[1-3] a[0]");
});

test("what is left at the end is said without signs", () => {
  const end = ["✖ w[1-2]: exit status 1", "  │ no", "", "✖ failed · 1/3 steps · 6.7 s", "  1 Join · guide.md:53"];
  expect(heardEnd(end, new Set(["w1", "w2"]))).toEqual([
    "failed: w1 to w2: exit status 1",
    "no",
    "failed, 1 of 3 steps, 6.7 s",
    "1 Join, guide.md:53",
  ]);
});

test("no key is a sign that is not read out", () => {
  for (const line of heardHelp()) expect(line).toMatch(/^[A-Z][\w -]*: /);
});
