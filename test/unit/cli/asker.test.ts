import { describe, expect, it } from "vitest";
import { AnswerCommands } from "../../../src/cli/answer-command.ts";
import { type AskerOptions, createAsker } from "../../../src/cli/asker.ts";
import type { AtTerminal } from "../../../src/cli/at-terminal.ts";
import { Remembered } from "../../../src/cli/remembered.ts";
import type { Host } from "../../../src/model/inventory.ts";
import { AnswerFailed, type SecretQuestion } from "../../../src/transport/asker.ts";
import { hostOf } from "../host-of.ts";
import { FakePrompter, type Typed } from "./fake-terminal.ts";

const { signal } = new AbortController();
const HOSTS: readonly Host[] = ["pi-1", "pi-2", "pi-3"].map((name) => ({ ...hostOf(name), user: "ops" }));

const about = (name: string, kind: "sudo" | "login" = "sudo", user = "ops"): SecretQuestion => {
  const host = HOSTS.find((one) => one.name === name);
  if (host === undefined) throw new Error(`no host ${name}`);
  return { about: kind, host, user };
};

function asking(change: Partial<AskerOptions> = {}, ...typed: readonly Typed[]) {
  const learnt: string[] = [];
  const calls: string[] = [];
  const prompter = new FakePrompter(...typed);
  const terminal: AtTerminal = {
    prompter,
    hold: (what) => {
      calls.push(`hold ${what}`);
      return () => calls.push("release");
    },
    interrupt: async () => void calls.push("interrupt"),
  };
  const options: AskerOptions = {
    flags: {},
    commands: new AnswerCommands({ cwd: "/", env: { PATH: process.env["PATH"] } }),
    terminal,
    hosts: HOSTS,
    user: "me",
    learn: (secret) => learnt.push(secret),
    withdrawn: new AbortController().signal,
    ...change,
  };
  return { asker: createAsker(options), options, learnt, calls, shown: prompter.shown };
}

describe("a password at the terminal", () => {
  it("is asked for once for all hosts with that user, which the question names", async () => {
    const { asker, learnt, calls, shown } = asking({}, "s3cret");
    expect(await asker.secret(about("pi-1"), signal)).toBe("s3cret");
    asker.right(about("pi-1"));
    expect(await asker.secret(about("pi-2"), signal)).toBe("s3cret");
    expect(shown).toEqual(["sudo password of ops (pi-[1-3]): (no echo)"]);
    expect(learnt).toContain("s3cret");
    expect(calls).toEqual(["hold secret", "release"]);
  });

  it("is another one for logins, for sudo, and for other users", async () => {
    const { asker, shown } = asking({}, "a", "b", "c");
    expect(await asker.secret(about("pi-1", "login"), signal)).toBe("a");
    expect(await asker.secret(about("pi-1", "sudo"), signal)).toBe("b");
    expect(await asker.secret(about("pi-1", "sudo", "root"), signal)).toBe("c");
    expect(shown[0]).toBe("password of ops (pi-[1-3]): (no echo)");
    expect(shown[2]).toBe("sudo password of root (pi-1 and others): (no echo)");
  });

  it("is not given to the others before one host has taken it: it may be mistyped", async () => {
    const { asker, shown } = asking({}, "mistyped", "s3cret");
    const first = await asker.secret(about("pi-1"), signal);
    const others = Promise.all([asker.secret(about("pi-2"), signal), asker.secret(about("pi-3"), signal)]);
    expect(first).toBe("mistyped");
    asker.wrong(about("pi-1"));
    expect(await asker.secret(about("pi-1"), signal)).toBe("s3cret");
    asker.right(about("pi-1"));
    expect(await others).toEqual(["s3cret", "s3cret"]);
    expect(shown[1]).toBe("That was wrong. sudo password of ops (pi-[1-3]): (no echo)");
  });

  it("that is right elsewhere and wrong on one host is asked for there", async () => {
    const { asker, shown } = asking({}, "s3cret", "other");
    await asker.secret(about("pi-1"), signal);
    asker.right(about("pi-1"));
    expect(await asker.secret(about("pi-2"), signal)).toBe("s3cret");
    asker.wrong(about("pi-2"));
    expect(await asker.secret(about("pi-2"), signal)).toBe("other");
    expect(await asker.secret(about("pi-3"), signal)).toBe("s3cret");
    expect(shown[1]).toBe("That is wrong on pi-2. sudo password of ops there: (no echo)");
  });

  it("is remembered in a sitting once it was right, and asked for anew once it is not any more", async () => {
    const remembered = new Remembered();
    const first = asking({ remembered }, "mistyped", "s3cret", "other");
    await first.asker.secret(about("pi-1"), signal);
    first.asker.wrong(about("pi-1"));
    await first.asker.secret(about("pi-1"), signal);
    first.asker.right(about("pi-1"));
    await first.asker.secret(about("pi-2"), signal);
    first.asker.wrong(about("pi-2"));
    expect(await first.asker.secret(about("pi-2"), signal)).toBe("other");
    first.asker.right(about("pi-2"));

    const second = asking({ remembered }, "new");
    expect(await second.asker.secret(about("pi-1"), signal)).toBe("s3cret");
    expect(await second.asker.secret(about("pi-2"), signal)).toBe("other");
    expect(second.shown).toEqual([]);
    expect(second.learnt).toEqual(["s3cret", "other"]);
    second.asker.wrong(about("pi-1"));
    expect(await second.asker.secret(about("pi-1"), signal)).toBe("new");
    second.asker.right(about("pi-1"));
    expect(second.shown).toEqual(["That was wrong. sudo password of ops (pi-[1-3]): (no echo)"]);

    const third = asking({ remembered });
    expect(await third.asker.secret(about("pi-3"), signal)).toBe("new");
    expect(await third.asker.secret(about("pi-2"), signal)).toBe("other");
  });

  it("is not remembered before it was right", async () => {
    const remembered = new Remembered();
    await asking({ remembered }, "mistyped").asker.secret(about("pi-1"), signal);
    const { asker } = asking({ remembered }, "s3cret");
    expect(await asker.secret(about("pi-1"), signal)).toBe("s3cret");
  });

  it("is asked for three times, and no more", async () => {
    const { asker, shown } = asking({}, "1", "2", "3", "4");
    for (const typed of ["1", "2", "3"]) {
      expect(await asker.secret(about("pi-1"), signal)).toBe(typed);
      asker.wrong(about("pi-1"));
    }
    expect(await asker.secret(about("pi-1"), signal)).toBeUndefined();
    expect(shown.length).toBe(3);
  });

  it("is none after Ctrl-C, and is not asked for again", async () => {
    const { asker, calls, shown } = asking({}, { leaves: "interrupted" });
    expect(await asker.secret(about("pi-1"), signal)).toBeUndefined();
    expect(await asker.secret(about("pi-2"), signal)).toBeUndefined();
    expect(calls).toEqual(["hold secret", "interrupt", "release"]);
    expect(shown.length).toBe(1);
  });

  it("is none where nobody sits at a terminal, and none once the run is to stop", async () => {
    const withdrawn = asking({ withdrawn: AbortSignal.abort() }, "s3cret");
    expect(await withdrawn.asker.secret(about("pi-1"), signal)).toBeUndefined();
    const { terminal: _, ...alone } = withdrawn.options;
    expect(await createAsker(alone).secret(about("pi-1"), signal)).toBeUndefined();
  });
});

describe("a passphrase at the terminal", () => {
  it("names its file", async () => {
    const { asker, shown } = asking({}, "open sesame");
    expect(await asker.secret({ about: "passphrase", file: "/home/me/.ssh/id_rsa" }, signal)).toBe("open sesame");
    expect(shown).toEqual(["passphrase of /home/me/.ssh/id_rsa: (no echo)"]);
  });
});

describe("what a server asks", () => {
  const [host] = HOSTS;
  const prompt = (text: string, echo = false): SecretQuestion => {
    if (host === undefined) throw new Error("no hosts");
    return { about: "prompt", host, user: "ops", text, echo };
  };

  it("is shown with who asks, is asked each time, and cannot move the cursor", async () => {
    const { asker, shown, learnt } = asking({}, "123456", "654321");
    const text = "Pick one:\n 1. \u001b[2JPush\nCode\u001b[31m: ";
    expect(await asker.secret(prompt(text), signal)).toBe("123456");
    expect(await asker.secret(prompt("Code:", true), signal)).toBe("654321");
    expect(shown).toEqual([
      "ops@pi-1 asks:",
      "  Pick one:",
      "   1. Push",
      "Code: (no echo)",
      "ops@pi-1 asks:",
      "Code:",
    ]);
    expect(learnt).toEqual(["123456"]);
  });

  it("is shown up to a limit", async () => {
    const { asker, shown } = asking({}, "x");
    await asker.secret(prompt(`${"line\n".repeat(500)}${"x".repeat(5000)}`), signal);
    expect(shown.length).toBeLessThan(30);
    expect(shown.join("").length).toBeLessThan(3000);
  });
});

describe("a command that answers", () => {
  it("is run once for all hosts, and its first line is the password", async () => {
    const sudoPasswordFrom = "printf '%s\\n' \"$(date +%N)\" more";
    const { asker, shown, learnt } = asking({ flags: { sudoPasswordFrom } });
    const first = await asker.secret(about("pi-1"), signal);
    expect(await asker.secret(about("pi-2"), signal)).toBe(first);
    expect(first).toMatch(/^\d+$/);
    expect(shown).toEqual([]);
    expect(learnt).toContain(first);
  });

  it("may answer host by host, and is told no more than it names", async () => {
    const command = 'echo "$WAYMARK_HOST,${WAYMARK_USER-}"';
    const { asker } = asking({ flags: { sudoPasswordFrom: command, passwordFrom: 'echo "${X-none}$WAYMARK_USER"' } });
    expect(await asker.secret(about("pi-1"), signal)).toBe("pi-1,ops");
    expect(await asker.secret(about("pi-2"), signal)).toBe("pi-2,ops");
    expect(await asker.secret(about("pi-2", "login"), signal)).toBe("noneops");
  });

  it("is told the key file", async () => {
    const { asker } = asking({ flags: { passphraseFrom: 'basename "$WAYMARK_KEY"' } });
    expect(await asker.secret({ about: "passphrase", file: "/k/id_rsa" }, signal)).toBe("id_rsa");
  });

  it("is not asked again by a host that it was wrong on, but by others", async () => {
    const { asker } = asking({ flags: { sudoPasswordFrom: "echo s3cret" } });
    await asker.secret(about("pi-1"), signal);
    asker.wrong(about("pi-1"));
    expect(await asker.secret(about("pi-1"), signal)).toBeUndefined();
    expect(await asker.secret(about("pi-2"), signal)).toBe("s3cret");
  });

  it.each([
    ["exit 3", "`exit 3` ended with 3"],
    ["kill -9 $$", "`kill -9 $$` was ended by SIGKILL"],
    ["true", "`true` printed nothing"],
  ])("fails in clear words: %s", async (command, said) => {
    const { asker } = asking({ flags: { sudoPasswordFrom: command } });
    const failing = asker.secret(about("pi-1"), signal);
    await expect(failing).rejects.toThrow(AnswerFailed);
    await expect(failing).rejects.toThrow(`--sudo-password-from: ${said}`);
  });

  it("has nothing on its stdin", async () => {
    const { asker } = asking({ flags: { passwordFrom: "wc -c" } });
    expect((await asker.secret(about("pi-1", "login"), signal))?.trim()).toBe("0");
  });
});
