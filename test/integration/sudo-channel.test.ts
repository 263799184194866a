import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LOCAL } from "../../src/model/inventory.ts";
import { LocalConnection } from "../../src/transport/local-connection.ts";
import { callSudo } from "../../src/transport/sudo-channel.ts";
import { HostPasswords } from "../../src/transport/sudo-passwords.ts";
import { eventually } from "../contract/session-processes.ts";
import { hostOf } from "../unit/host-of.ts";
import { ScriptedAsker } from "./scripted-asker.ts";

/*
 * A sudo that behaves as some do that no test machine has: a script, called as sudo is. `$p` is the prompt that it was
 * told, with a name for `%p`; `read -r` takes no more than a line; `go` becomes what is to run.
 */

const never = new AbortController().signal;
const host = hostOf(LOCAL, { transport: "local" });

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "waymark-sudo-"));
});
afterAll(() => rm(dir, { recursive: true, maxRetries: 5 }));

/** What none of these scripts needs to say something. */
const LONG_MS = 40_000;

async function call(
  script: string,
  asker: ScriptedAsker,
  { signal = never, silenceMs = LONG_MS } = {},
): Promise<string> {
  const program = join(dir, "sudo");
  const start = [
    "#!/bin/sh",
    `p=\${3%\\%p:}ops:`,
    'while [ "$1" != -- ]; do shift; done; shift',
    'go() { exec "$@"; }',
    `state=${dir}/state`,
  ];
  await writeFile(program, `${start.join("\n")}\n${script}\n`);
  await chmod(program, 0o755);
  const env = { PATH: `${dir}:${process.env["PATH"] ?? ""}` };
  const connection = new LocalConnection(host, env);
  try {
    const passwords = new HostPasswords(host, asker);
    const options = { connection, passwords, signal, silenceMs };
    const channel = await callSudo(options, ["-u", "root"], 'read -r line; echo "got $line"');
    if (channel === undefined) return "nothing began";
    const printed: string[] = [];
    channel.onStdout((chunk) => printed.push(Buffer.from(chunk).toString()));
    channel.write("this\n");
    await new Promise<void>((resolve) => channel.onClose(() => resolve()));
    return printed.join("");
  } finally {
    await connection.close();
  }
}

const ASK = `printf %s "$p" >&2; read -r answer; echo "$answer" >> $state`;

describe("sudo", () => {
  test("that asks for nothing gets nothing", async () => {
    const asker = new ScriptedAsker("s3cret");
    expect(await call('go "$@"', asker)).toBe("got this\n");
    expect(asker.asked).toEqual([]);
  });

  test("that lectures first is listened to, and answered at its own prompt", async () => {
    const asker = new ScriptedAsker("s3cret");
    expect(
      await call(`echo 'We trust you have received the usual lecture. Password:' >&2; ${ASK}; go "$@"`, asker),
    ).toBe("got this\n");
    expect(asker.asked).toEqual(["sudo ops@local"]);
    expect(await readFile(join(dir, "state"), "utf8")).toBe("s3cret\n");
  });

  test("that asks for something else gets nothing, and is told of in its own words", async () => {
    const asker = new ScriptedAsker("s3cret");
    await expect(
      call(
        "echo $$ > $state.pid; printf 'Verification code: ' >&2; read -r code; echo \"$code\" > $state.code",
        asker,
        { silenceMs: 2000 },
      ),
    ).rejects.toThrow("sudo asks “Verification code:”, which cannot be answered from here");
    expect(asker.asked).toEqual([]);
    // Its channel is closed, of which it learns a little later, or never.
    const pid = (await readFile(join(dir, "state.pid"), "utf8")).trim();
    await eventually("its end", () => !existsSync(`/proc/${pid}`));
    expect((await readFile(join(dir, "state.code"), "utf8").catch(() => "")).trim()).toBe("");
  });

  test.each(["stdout", "stderr"])("that prints without end on %s is not listened to for long", async (stream) => {
    const flood = `exec cat /dev/zero${stream === "stderr" ? " >&2" : ""}`;
    await expect(call(flood, new ScriptedAsker())).rejects.toThrow("sudo printed more than 1 MiB instead of beginning");
  });

  test("that says nothing at all is given up", async () => {
    await expect(call("sleep 5", new ScriptedAsker(), { silenceMs: 500 })).rejects.toThrow(
      "sudo neither began nor asked for a password",
    );
  });

  test.each([
    ["sudo: sorry, you must have a tty to run sudo", "must have a tty to run sudo (`Defaults !requiretty`"],
    ["ops is not in the sudoers file.  This incident will be reported.", "ops is not in the sudoers file."],
    ["Sorry, user ops is not allowed to execute '/bin/sh' as root on pi.", "not allowed to execute '/bin/sh' as root"],
    ["sudo: account validation failure, is your account locked?", "is your account locked?"],
  ])("that refuses, with or without a password, is told of in its own words: %s", async (said, told) => {
    const asker = new ScriptedAsker("s3cret");
    await expect(call(`${ASK}; echo ${JSON.stringify(said)} >&2; exit 1`, asker)).rejects.toThrow(told);
    await expect(call(`echo ${JSON.stringify(said)} >&2; exit 1`, asker)).rejects.toThrow(told);
    expect(asker.told).toEqual([]);
  });

  test("that allows one try is told so, and what else it says", async () => {
    const asker = new ScriptedAsker("wrong one");
    const script = `${ASK}; echo 'The account is locked due to 3 failed logins.' >&2; echo 'sudo: 1 incorrect password attempt' >&2; exit 1`;
    await expect(call(script, asker)).rejects.toThrow(
      "sudo did not take the password given for ops: The account is locked due to 3 failed logins.",
    );
    expect(asker.told).toEqual(["wrong sudo ops@local"]);
  });

  test("that has waited too long for somebody to answer is called again", async () => {
    await rm(join(dir, "state"), { force: true });
    const asker = new ScriptedAsker("s3cret", "s3cret");
    const late = `if [ ! -e $state ]; then printf %s "$p" >&2; : > $state; echo 'sudo: timed out reading password' >&2; exit 1; fi`;
    expect(await call(`${late}; ${ASK}; go "$@"`, asker)).toBe("got this\n");
    expect(asker.told).toEqual(["right sudo ops@local"]);
  });

  test("is not waited for by who has given up", async () => {
    const stop = new AbortController();
    const calling = call("sleep 5", new ScriptedAsker(), { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(calling).rejects.toThrow("enough");
  });
});
