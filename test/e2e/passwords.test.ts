import { describe, expect, test } from "vitest";
import { PASSWORDS, useNamespaceLab } from "../lab/namespace-lab.ts";
import { ProcessWatch, findSecrets } from "./secret-search.ts";
import { OnTerminal } from "./terminal.ts";
import { block, expectCode, hostsFile, usePlace } from "./waymark.ts";

/*
 * Passwords at a real terminal, and from commands: hosts that let nobody in without one, and whose sudo asks for it.
 */

const lab = useNamespaceLab({ hosts: ["pi-1", "pi-2"], user: "ops" });
const place = usePlace();

const ENCODED = Buffer.from(PASSWORDS.ops).toString("base64");

const GUIDE = [
  block("bash {on=all sudo}", "id -un"),
  block("bash {on=all}", "sudo id -un", `echo "$(echo ${ENCODED} | base64 -d) as the host shows it"`, "sleep 1"),
].join("\n");

/** Hosts as the file has them, without a key that they would take. */
async function write(): Promise<void> {
  const keyless = Object.fromEntries(lab().hosts.map(({ name }) => [name, { identity: "no-such-key" }]));
  await place().write("hosts.yaml", hostsFile(lab().hosts, keyless));
  await place().write("guide.md", GUIDE);
}

describe("passwords", () => {
  test("are typed once for all hosts, and once more when they were mistyped; none is to be seen anywhere", async () => {
    const watch = new ProcessWatch();
    await write();
    const terminal = new OnTerminal(place(), ["run", "guide.md", "--plain"]);
    await terminal.answer("password of ops (pi-[1-2]):", `${PASSWORDS.ops}x\r`);
    await terminal.answer("That was wrong. password of ops (pi-[1-2]):", `${PASSWORDS.ops}\r`);
    await terminal.answer("sudo password of ops (pi-[1-2]):", `${PASSWORDS.ops}\r`);
    expect(await terminal.ended, terminal.text).toBe(0);
    watch.stop();
    expect(terminal.text).toContain("«secret» as the host shows it");
    expect(terminal.text.match(/password of ops/g)?.length).toBe(terminal.text.match(/pi-\[1-2\]\):/g)?.length);
    const files = [...(await place().stateFiles())].map(([where, bytes]) => ({
      where,
      text: bytes.toString("latin1"),
    }));
    const screen = { where: "the terminal", text: terminal.text };
    // The guide shows it on purpose; nothing else does.
    const found = findSecrets([PASSWORDS.ops], [screen, ...watch.texts, ...files.filter(isOutput)]);
    expect(found).toEqual([]);
  });

  test("that nobody types end it, and the way on is said", async () => {
    await write();
    const terminal = new OnTerminal(place(), ["run", "guide.md", "--plain"]);
    await terminal.answer("password of ops (pi-[1-2]):", "\u0003");
    expect(await terminal.ended).toBe(130);
    expect(terminal.text).toContain("waymark resume");
  });

  test("come from commands, for all hosts or each", async () => {
    await write();
    await place().write("pw-pi-1", `${PASSWORDS.ops}\nsecond line\n`);
    await place().write("pw-pi-2", `${PASSWORDS.ops}\n`);
    const each = 'cat "pw-$WAYMARK_HOST"';
    const flags = ["--password-from", each, "--sudo-password-from", "cat pw-pi-2; echo run >> runs"];
    const { stdout } = expectCode(0, await place().waymark("run", "guide.md", ...flags));
    expect(stdout).toContain("«secret» as the host shows it");
    const checks = await place().waymark("hosts", "guide.md", "--json", ...flags);
    expect(checks.stdout.split("\n").map((line) => /"sudo":"(\w+)"/.exec(line)?.[1])).toEqual([
      "given",
      "given",
      undefined,
    ]);
    const without = await place().waymark("hosts", "guide.md", "--password-from", each);
    expect(without.stdout).toMatch(/pi-1 +ops .* password/);
    expect(without.stdout).toContain("sudo asks ops for a password");
  });

  test("are needed to clean up as well, and are taken then", async () => {
    await place().write("hosts.yaml", hostsFile(lab().hosts));
    await place().write("guide.md", `${block("bash {on=all sudo}", "id -un")}\n${block("bash {on=all}", "false")}`);
    const from = ["--sudo-password-from", `echo ${ENCODED} | base64 -d`];
    const run = place().start(["run", "guide.md", ...from]);
    expectCode(1, await run.ended);
    const left = (): Promise<string> => lab().exec("pi-1", `ls -d /var/tmp/waymark-*-pi-1/u0 2>/dev/null || :`);
    expect(await left()).not.toBe("");
    const without = expectCode(4, await place().waymark("abandon", await place().lastRun()));
    expect(without.stderr).toContain("sudo asks for the password of ops, and none was given (--sudo-password-from");
    expectCode(0, await place().waymark("clean", await place().lastRun(), ...from));
    expect(await left()).toBe("");
  });

  test("that are wrong are said in `waymark hosts`", async () => {
    await write();
    const wrong = await place().waymark(
      "hosts",
      "guide.md",
      "--password-from",
      `echo ${ENCODED} | base64 -d`,
      "--sudo-password-from",
      "echo nonsense",
    );
    expectCode(1, wrong);
    expect(wrong.stdout).toContain("sudo does not take the password given for ops");
    const refused = await place().waymark("hosts", "guide.md", "--password-from", "echo nonsense");
    expectCode(4, refused);
    expect(refused.stdout).toContain("the answer to what it asks for was wrong");
  });
});

const isOutput = ({ where }: { readonly where: string }): boolean =>
  where.includes("/output/") || where.endsWith("journal.ndjson");
