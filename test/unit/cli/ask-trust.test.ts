import { describe, expect, it } from "vitest";
import { TrustQuestions } from "../../../src/cli/ask-trust.ts";
import { inTurn } from "../../../src/cli/at-terminal.ts";
import type { HostKeyQuestion } from "../../../src/transport/asker.ts";
import { FakePrompter, type Typed } from "./fake-terminal.ts";
import { hostOf } from "../host-of.ts";

const never = new AbortController().signal;
const FILE = "/home/ada/.ssh/known_hosts";
const COMPARE = "Compare with what `ssh-keygen -lf` prints for /etc/ssh/ssh_host_*_key.pub";

function about(name: string, change: Partial<HostKeyQuestion> = {}): HostKeyQuestion {
  const host = hostOf(name, { address: `${name}.lan` });
  return { host, keyType: "ED25519", fingerprint: `SHA256:${name}`, file: FILE, ...change };
}

function atTerminal(...typed: readonly Typed[]) {
  const prompter = new FakePrompter(...typed);
  const calls: string[] = [];
  const hold = inTurn((what) => {
    calls.push(`hold ${what}`);
    return () => calls.push("release");
  });
  const withdrawn = new AbortController();
  const terminal = { prompter, hold, interrupt: async () => void calls.push("interrupt") };
  return { prompter, calls, hold, withdrawn, questions: new TrustQuestions(terminal, withdrawn.signal, 5) };
}

describe("one host", () => {
  it.each([
    ["y", true],
    ["n", false],
    ["", false],
  ] as const)("is asked about once: %j is %s", async (typed, answer) => {
    const { questions, prompter, calls } = atTerminal(typed);
    expect(await questions.ask(about("pi-1"), never)).toBe(answer);
    expect(prompter.shown).toEqual([
      "",
      "The key of pi-1 (pi-1.lan:22) is not known: ED25519 SHA256:pi-1",
      `${COMPARE} on its console.`,
      `Trust it, and write it to ${FILE}? (y/N)`,
    ]);
    expect(calls).toEqual(["hold host key", "release"]);
  });

  it("may be behind others, and says nothing that moves the cursor", async () => {
    const { questions, prompter } = atTerminal("n");
    const host = { ...about("pi-1").host, jump: ["gate"] };
    await questions.ask(about("pi-1", { host, keyType: "\u001b[2JED25519" }), never);
    expect(prompter.shown[1]).toBe("The key of pi-1 (pi-1.lan:22 through gate) is not known: ED25519 SHA256:pi-1");
  });
});

describe("hosts that ask at the same time", () => {
  const all = ["pi-3", "pi-22", "pi-1"];
  const askAll = (questions: TrustQuestions) => Promise.all(all.map((name) => questions.ask(about(name), never)));

  it("are shown together", async () => {
    const { questions, prompter } = atTerminal("all of them");
    expect(await askAll(questions)).toEqual([true, true, true]);
    expect(prompter.shown).toEqual([
      "",
      "The keys of 3 hosts are not known:",
      "  pi-1 (pi-1.lan:22)    ED25519 SHA256:pi-1",
      "  pi-3 (pi-3.lan:22)    ED25519 SHA256:pi-3",
      "  pi-22 (pi-22.lan:22)  ED25519 SHA256:pi-22",
      `${COMPARE} on the console of each.`,
      `Which are to be trusted, and written to ${FILE}? [none of them, all of them, one by one]`,
    ]);
  });

  it("are all refused, or decided on one by one", async () => {
    expect(await askAll(atTerminal("none of them").questions)).toEqual([false, false, false]);
    const { questions, prompter } = atTerminal("one by one", "y", "n", "y");
    expect(await askAll(questions)).toEqual([false, true, true]);
    expect(prompter.shown.slice(-3)).toEqual([
      "pi-1 (pi-1.lan:22)  ED25519 SHA256:pi-1: trust it? (y/N)",
      "pi-3 (pi-3.lan:22)  ED25519 SHA256:pi-3: trust it? (y/N)",
      "pi-22 (pi-22.lan:22)  ED25519 SHA256:pi-22: trust it? (y/N)",
    ]);
  });

  it("wait for whoever has the terminal, and for what is asked already", async () => {
    const { questions, hold, prompter } = atTerminal("y", "all of them");
    const release = await hold("checkpoint");
    const first = questions.ask(about("early"), never);
    release();
    expect(await first).toBe(true);
    const later = Promise.all([questions.ask(about("a"), never), questions.ask(about("b"), never)]);
    expect(await later).toEqual([true, true]);
    expect(prompter.left).toEqual([]);
  });

  it("are left without an answer when the one who is asked leaves", async () => {
    const { questions, calls } = atTerminal({ leaves: "interrupted" });
    expect(await askAll(questions)).toEqual([undefined, undefined, undefined]);
    expect(calls).toEqual(["hold host key", "interrupt", "release"]);
    const oneByOne = atTerminal("one by one", "y", { leaves: "closed" });
    expect(await askAll(oneByOne.questions)).toEqual([undefined, undefined, true]);
  });

  it("are not asked about once nobody wants to know", async () => {
    const { questions, prompter, withdrawn } = atTerminal("y");
    const gone = new AbortController();
    const [one, other] = [questions.ask(about("gone"), gone.signal), questions.ask(about("pi-1"), never)];
    gone.abort();
    expect(await Promise.all([one, other])).toEqual([undefined, true]);
    expect(prompter.shown.join()).not.toContain("gone");
    withdrawn.abort();
    expect(await questions.ask(about("late"), never)).toBeUndefined();
  });
});
