import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConnectError } from "../../src/engine/ports.ts";
import type { Host } from "../../src/model/inventory.ts";
import { AnswerFailed } from "../../src/transport/asker.ts";
import type { Asker } from "../../src/transport/asker.ts";
import { SshConnector } from "../../src/transport/ssh-connector.ts";
import { run } from "../lab/exec.ts";
import { PASSWORDS, namespaceLabUnavailable, useNamespaceLab } from "../lab/namespace-lab.ts";
import { ScriptedAsker } from "./scripted-asker.ts";

const never = new AbortController().signal;

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "waymark-home-"));
});
afterAll(() => rm(home, { recursive: true, maxRetries: 5 }));

describe.skipIf(namespaceLabUnavailable() !== undefined)("logging in by what people know", () => {
  const lab = useNamespaceLab({ hosts: ["pi-1"] });

  async function login(asker: Asker | undefined, change: Partial<Host> = {}): Promise<string> {
    const connector = new SshConnector({ user: "nobody", home, ...(asker !== undefined && { asker }) });
    const host = { ...lab().host("pi-1", "ops"), identity: [], ...change };
    const connection = await connector.connect(host, never);
    const { stdout } = await run(connection, "id -un");
    await connection.close();
    return stdout.trim();
  }
  const refusal = (attempt: Promise<string>): Promise<ConnectError> =>
    attempt.then(
      () => {
        throw new Error("it was let in");
      },
      (error: ConnectError) => error,
    );
  const configure = (...lines: readonly string[]): Promise<void> => lab().configure("pi-1", lines);

  describe("a password", () => {
    test("is asked for where no key does, and the host asks for one", async () => {
      const asker = new ScriptedAsker(PASSWORDS.ops);
      await configure("KbdInteractiveAuthentication no");
      expect(await login(asker)).toBe("ops");
      expect(asker.asked).toEqual(["login ops@pi-1"]);
      expect(asker.told).toEqual(["right login ops@pi-1"]);
    });

    test("is not asked for where a key does", async () => {
      const asker = new ScriptedAsker();
      expect(await login(asker, { identity: lab().host("pi-1").identity })).toBe("ops");
      expect(asker.asked).toEqual([]);
    });

    test("is not asked for where the host takes none", async () => {
      await configure("PasswordAuthentication no", "KbdInteractiveAuthentication no");
      const asker = new ScriptedAsker(PASSWORDS.ops);
      expect(await refusal(login(asker))).toMatchObject({ code: "WM5020" });
      expect(asker.asked).toEqual([]);
    });

    test("that is wrong is tried once, and then the next one", async () => {
      await configure("KbdInteractiveAuthentication no");
      const asker = new ScriptedAsker("wrong one", PASSWORDS.ops);
      expect(await login(asker)).toBe("ops");
      expect(asker.told).toEqual(["wrong login ops@pi-1", "right login ops@pi-1"]);
    });

    test("that is wrong, with no other one, is told", async () => {
      const asker = new ScriptedAsker("wrong one");
      expect(await refusal(login(asker))).toMatchObject({
        code: "WM5022",
        message: expect.stringContaining("the answer to what it asks for was wrong"),
        hint: expect.stringContaining("--password-from"),
        retryable: false,
      });
    });

    test("that nobody has is told, with or without somebody who could be asked", async () => {
      for (const asker of [undefined, new ScriptedAsker()]) {
        expect(await refusal(login(asker))).toMatchObject({
          code: "WM5022",
          message: expect.stringContaining("it asks for a password, and none was given"),
        });
      }
    });

    test("whose command fails is told, with the command's words", async () => {
      const failing = Object.assign(new ScriptedAsker(), {
        secret: () => Promise.reject(new AnswerFailed("--password-from: `false` ended with 1", "Mend it.")),
      });
      expect(await refusal(login(failing))).toMatchObject({
        code: "WM5024",
        message: expect.stringContaining("`false` ended with 1"),
        hint: "Mend it.",
      });
    });

    test("is one of two things that a host may want", async () => {
      await configure("AuthenticationMethods publickey,password");
      const asker = new ScriptedAsker(PASSWORDS.ops);
      const { identity } = lab().host("pi-1");
      expect(await login(asker, { identity: [...identity, ...identity] })).toBe("ops");
      expect(asker.told).toEqual(["right login ops@pi-1"]);
    });
  });

  describe("the questions of a host", () => {
    const interactive = ["KbdInteractiveAuthentication yes", "PasswordAuthentication no"];

    test("for a password are answered with it, for as long as it is not wrong", async () => {
      await configure(...interactive);
      const asker = new ScriptedAsker("wrong one", PASSWORDS.ops);
      expect(await login(asker)).toBe("ops");
      expect(asker.asked).toEqual(["login ops@pi-1", "login ops@pi-1"]);
      expect(asker.told).toEqual(["wrong login ops@pi-1", "right login ops@pi-1"]);
    });

    test("are left alone where nobody answers, and a password is tried", async () => {
      await configure("KbdInteractiveAuthentication yes", "PasswordAuthentication yes");
      const asker = new ScriptedAsker();
      expect(await refusal(login(asker))).toMatchObject({ code: "WM5022" });
      expect(asker.asked).toEqual(["login ops@pi-1", "login ops@pi-1"]);
    });
  });

  describe.each([
    ["an Ed25519 key", ["-t", "ed25519"], true],
    ["an RSA key", ["-t", "rsa", "-b", "2048"], true],
    ["an ECDSA key", ["-t", "ecdsa"], true],
    ["an RSA key in PEM, alone", ["-t", "rsa", "-b", "2048", "-m", "PEM"], false],
  ])("the passphrase of %s", (name, kind, isPublicKnown) => {
    let path = "";
    let authorized = "";
    beforeAll(async () => {
      path = join(home, name.replaceAll(/[^a-z]/gi, "-"));
      execFileSync("ssh-keygen", ["-q", ...kind, "-N", "open sesame", "-f", path]);
      const publicKey = await readFile(`${path}.pub`, "utf8");
      if (!isPublicKnown) await rm(`${path}.pub`);
      const file = lab().path("pi-1", "/home/ops/.ssh/authorized_keys");
      authorized = await readFile(file, "utf8");
      await writeFile(file, `${authorized}${publicKey}`);
      await configure("PasswordAuthentication no");
    });
    afterAll(() => writeFile(lab().path("pi-1", "/home/ops/.ssh/authorized_keys"), authorized));

    test("is asked for once", async () => {
      const asker = new ScriptedAsker("wrong one", "open sesame");
      const connector = new SshConnector({ user: "nobody", home, asker });
      const host = { ...lab().host("pi-1", "ops"), identity: [path] };
      const connections = await Promise.all([1, 2].map(() => connector.connect(host, never)));
      for (const connection of connections) await connection.close();
      expect(asker.asked).toEqual([path, path]);
      expect(asker.told).toEqual([`wrong ${path}`, `right ${path}`]);
    });

    test("that nobody has, or that is wrong, is told", async () => {
      expect(await refusal(login(undefined, { identity: [path] }))).toMatchObject({
        code: "WM5021",
        message: expect.stringContaining(`${path} is protected by a passphrase, none was given`),
      });
      expect(await refusal(login(new ScriptedAsker("wrong one"), { identity: [path] }))).toMatchObject({
        code: "WM5021",
        message: expect.stringContaining("the passphrase given for it is wrong"),
      });
    });

    test.runIf(isPublicKnown)("is not asked for where the host does not want the key", async () => {
      const asker = new ScriptedAsker("open sesame");
      const error = await refusal(login(asker, { identity: [path], user: "plain" }));
      expect(error).toMatchObject({ code: "WM5020", message: expect.stringContaining(`it refused ${path}`) });
      expect(asker.asked).toEqual([]);
    });
  });
});
