import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import type { Job, Session } from "../../src/engine/ports.ts";
import type { Asker } from "../../src/transport/asker.ts";
import { createTransport } from "../../src/transport/transport.ts";
import { PASSWORDS, namespaceLabUnavailable, useNamespaceLab } from "../lab/namespace-lab.ts";
import type { LabUser } from "../lab/namespace-lab.ts";
import { ScriptedAsker } from "./scripted-asker.ts";

const never = new AbortController().signal;

describe.skipIf(namespaceLabUnavailable() !== undefined)("sudo that asks for a password", () => {
  const lab = useNamespaceLab({ hosts: ["pi-1"] });

  async function using<T>(
    user: LabUser,
    asker: Asker | undefined,
    use: (session: Session, token: string) => Promise<T>,
  ): Promise<T> {
    const token = randomBytes(8).toString("hex");
    const ssh = { user: "nobody", home: "/nowhere", ...(asker !== undefined && { asker }) };
    const transport = createTransport({ token, ssh, hosts: [] });
    try {
      const session = await transport.open(lab().host("pi-1", user), never);
      try {
        return await use(session, token);
      } finally {
        await session.close();
      }
    } finally {
      await transport.close();
    }
  }
  const asRoot = (session: Session, code = "id -un") =>
    session.look({ interpreter: ["sh"], code, user: "root", env: {}, timeoutMs: 60_000 }, never);

  test("takes one, asked for once, and serves every agent of that user", async () => {
    const asker = new ScriptedAsker(PASSWORDS.ops);
    await using("ops", asker, async (session) => {
      expect(await asRoot(session)).toMatchObject({ exit: 0, stdout: "root\n" });
      const several = await Promise.all([1, 2, 3].map(() => asRoot(session, "sleep 0.3; id -un")));
      expect(several.map(({ stdout }) => stdout)).toEqual(["root\n", "root\n", "root\n"]);
    });
    expect(asker.asked).toEqual(["sudo ops@pi-1"]);
    expect(asker.told).toEqual(["right sudo ops@pi-1"]);
  });

  test("is not asked where it does not ask", async () => {
    const asker = new ScriptedAsker();
    expect(await using("pi", asker, (session) => asRoot(session))).toMatchObject({ exit: 0, stdout: "root\n" });
    expect(asker.asked).toEqual([]);
  });

  test("is given a wrong one once, and another only if there is one", async () => {
    const asker = new ScriptedAsker("wrong one", PASSWORDS.ops);
    expect(await using("ops", asker, (session) => asRoot(session))).toMatchObject({ exit: 0, stdout: "root\n" });
    expect(asker.told).toEqual(["wrong sudo ops@pi-1", "right sudo ops@pi-1"]);
  });

  test("refuses after a wrong one, and is not bothered with it again", async () => {
    const asker = new ScriptedAsker("wrong one");
    await using("ops", asker, async (session) => {
      const refused = await asRoot(session);
      expect(refused.refused).toContain("sudo did not take the password given for ops (it is not tried again");
      expect((await asRoot(session)).refused).toContain("did not take the password");
    });
    expect(asker.told).toEqual(["wrong sudo ops@pi-1"]);
  });

  test("refuses where nobody has an answer, and says how there could be one", async () => {
    const { refused } = await using("ops", undefined, (session) => asRoot(session));
    expect(refused).toContain("sudo asks for the password of ops, and none was given (--sudo-password-from COMMAND");
  });

  test("says who may not use it at all", async () => {
    const asker = new ScriptedAsker(PASSWORDS.plain);
    const { refused } = await using("plain", asker, (session) => asRoot(session));
    expect(refused).toMatch(/^plain is not in the sudoers file\.?$/);
  });

  describe("inside a block", () => {
    const look = (session: Session, code: string) =>
      session.look({ interpreter: ["bash", "-e"], code, env: {}, timeoutMs: 60_000 }, never);

    test("just works", async () => {
      const asker = new ScriptedAsker(PASSWORDS.ops);
      const code = "id -un; sudo id -un; sudo -u pi id -un; echo in | sudo cat";
      expect(await using("ops", asker, (session) => look(session, code))).toMatchObject({
        exit: 0,
        stdout: "ops\nroot\npi\nin\n",
        stderr: "",
      });
      expect(asker.asked).toEqual(["sudo ops@pi-1"]);
    });

    test("is the real one, and nothing else is, where it does not ask", async () => {
      const asker = new ScriptedAsker();
      const code = "command -v sudo; sudo id -un";
      expect(await using("pi", asker, (session) => look(session, code))).toMatchObject({
        stdout: "/usr/bin/sudo\nroot\n",
      });
    });

    test("says why there is no password", async () => {
      const result = await using("ops", undefined, (session) => look(session, "sudo id -un"));
      expect(result.exit).toBe(1);
      expect(result.stderr).toContain(
        "waymark: sudo asks for the password of ops, and none was given (--sudo-password",
      );
    });

    test("leaves no trace in what the block hands on", async () => {
      const asker = new ScriptedAsker(PASSWORDS.ops);
      const task = randomBytes(16).toString("hex");
      await using("ops", asker, async (session, token) => {
        const printed: string[] = [];
        const job: Job = {
          key: { token, host: "pi-1", task, attempt: 1 },
          interpreter: ["bash", "-e"],
          code: 'sudo id -un; export PATH="$HOME/bin:$PATH" MINE=1\n',
          env: {},
          keeps: { except: [], hide: [], hideOutput: false },
          timeoutMs: 60_000,
        };
        const sink = (_stream: string, chunk: Uint8Array): void => void printed.push(Buffer.from(chunk).toString());
        const end = await session.run(job, { stdout: 0, stderr: 0 }, sink, never);
        expect(end).toMatchObject({ exit: 0, left: { exports: "kept" } });
        expect(printed.join("")).toBe("root\n");
        const env = await lab().exec("pi-1", `cat /var/tmp/waymark-${token}-pi-1/u1001/${task}.1.env`);
        expect(env).toContain("export MINE='1'");
        expect(env).toContain("export PATH='/home/ops/bin:/usr/");
        expect(env).not.toContain("waymark");
      });
    });

    test("keeps out of ways of its own: a password of the block's, a refusal to ask, other words", async () => {
      const asker = new ScriptedAsker(PASSWORDS.ops);
      const code = [
        "sudo -n id -un || echo not without",
        `echo ${Buffer.from(PASSWORDS.ops).toString("base64")} | base64 -d | sudo -S -k -p "" id -un`,
        "sudo -k",
        "sudo --user=pi id -un",
        "FOO=1 sudo -p 'Give it: ' -u pi FOO=2 sh -c 'echo $FOO'",
        "sudo -k; env PATH=/usr/bin:/bin sudo id -un || echo no terminal",
        "sh -c 'sh -c \"sudo id -un\"'",
      ].join("\n");
      const { stdout } = await using("ops", asker, (session) => look(session, code));
      expect(stdout).toBe("not without\nroot\npi\n2\nno terminal\nroot\n");
    });

    test("gives it to nobody who is not sudo", async () => {
      const asker = new ScriptedAsker(PASSWORDS.ops);
      const code = 'sudo true; "$(dirname "$(command -v sudo)")/waiting-for-a-sudo-password" ops; echo over';
      const { stdout, stderr } = await using("ops", asker, (session) => look(session, code));
      expect(stdout).toBe("over\n");
      expect(stderr).toContain("what asks for a password here is not sudo");
    });

    test("gets a wrong one never, since it is tried before", async () => {
      const asker = new ScriptedAsker("wrong one");
      const code = "sudo id -un & sudo id -un; wait";
      const result = await using("ops", asker, (session) => look(session, code));
      expect(result.stderr).toContain("waymark: sudo did not take the password given for ops");
      expect(asker.told).toEqual(["wrong sudo ops@pi-1"]);
    });
  });

  test("is asked to remove what other users have left, too", async () => {
    const asker = new ScriptedAsker(PASSWORDS.ops);
    await using("ops", asker, async (session, token) => {
      expect(await asRoot(session)).toMatchObject({ stdout: "root\n" });
      const left = async (): Promise<string> => lab().exec("pi-1", `ls -d /var/tmp/waymark-${token}-* || :`);
      expect(await left()).not.toBe("");
      await session.settle(token);
      expect(await left()).toBe("");
    });
    await using("ops", new ScriptedAsker(PASSWORDS.ops), async (session, token) => {
      await asRoot(session);
      await session.clean(token);
      expect(await lab().exec("pi-1", `ls -d /var/tmp/waymark-${token}-* || :`)).toBe("");
    });
  });

  describe("as sudoers(5) has it", () => {
    const sudoers = (text: string): Promise<string> =>
      lab().exec("pi-1", `printf '%s\\n' '${text}' > /etc/sudoers.d/zz && chmod 440 /etc/sudoers.d/zz && visudo -c -q`);
    afterEach(() => lab().exec("pi-1", "rm -f /etc/sudoers.d/zz"));

    test("asks for root's password, and is given that", async () => {
      await sudoers("Defaults rootpw");
      await lab().exec("pi-1", "echo 'root:roots own one' | chpasswd");
      const asker = new ScriptedAsker("roots own one");
      await using("ops", asker, async (session) => {
        expect(await asRoot(session)).toMatchObject({ stdout: "root\n" });
        const inside = { interpreter: ["sh"], code: "sudo id -un", env: {}, timeoutMs: 60_000 };
        expect(await session.look(inside, never)).toMatchObject({ stdout: "root\n" });
      });
      expect(asker.asked).toEqual(["sudo root@pi-1"]);
    });

    test.each([
      ["a lecture", "Defaults lecture=always"],
      ["a pty of its own", "Defaults use_pty"],
      ["a log of what it does", "Defaults log_output"],
      ["a prompt of its own", 'Defaults passprompt="Gib: ", passprompt_override'],
      ["a path of its own", 'Defaults secure_path="/usr/bin:/bin"'],
      ["no memory", "Defaults timestamp_timeout=0"],
    ])("with %s works all the same", async (_, text) => {
      await sudoers(text);
      const asker = new ScriptedAsker(PASSWORDS.ops);
      await using("ops", asker, async (session) => {
        expect(await asRoot(session)).toMatchObject({ stdout: "root\n" });
        const inside = { interpreter: ["sh"], code: "sudo id -un; sudo id -un", env: {}, timeoutMs: 60_000 };
        expect(await session.look(inside, never)).toMatchObject({ stdout: "root\nroot\n" });
      });
      expect(asker.asked).toEqual(["sudo ops@pi-1"]);
    });

    test("wants a terminal: that is told, and what lifts it", async () => {
      await sudoers("Defaults:ops requiretty");
      const { refused } = await using("ops", new ScriptedAsker(PASSWORDS.ops), (session) => asRoot(session));
      expect(refused).toContain("you must have a tty to run sudo (`Defaults !requiretty`");
    });

    test("allows some things only: what it does not is told, after the password", async () => {
      await sudoers("plain ALL=(root) /usr/bin/id");
      const asker = new ScriptedAsker(PASSWORDS.plain);
      await using("plain", asker, async (session) => {
        const inside = { interpreter: ["sh"], code: "sudo id -un", env: {}, timeoutMs: 60_000 };
        expect(await session.look(inside, never)).toMatchObject({ stdout: "root\n" });
        expect((await asRoot(session)).refused).toContain("is not allowed to execute");
      });
      expect(asker.asked).toEqual(["sudo plain@pi-1"]);
    });
  });
});
