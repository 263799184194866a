import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { ConnectError } from "../../src/engine/ports.ts";
import type { Asker } from "../../src/transport/asker.ts";
import { generateKeyPair } from "../../src/transport/loopback-server.ts";
import { SshConnector } from "../../src/transport/ssh-connector.ts";
import { hostOf } from "../unit/host-of.ts";
import { ScriptedAsker } from "./scripted-asker.ts";

/*
 * Servers that ask what no sshd of these machines asks: ssh2's own.
 */

type Context = ssh2.AuthContext;

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "waymark-home-"));
});
afterAll(() => rm(home, { recursive: true, maxRetries: 5 }));

/** A server that decides like that. @returns its port */
async function serve(decide: (context: Context) => void): Promise<number> {
  const server = new ssh2.Server({ hostKeys: [generateKeyPair("host").privateKey] }, (client) => {
    client.on("authentication", decide).on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function login(port: number, asker: Asker, limits: { readonly connectMs?: number } = {}): Promise<"in"> {
  const connector = new SshConnector({ user: "ops", home, acceptNew: true, asker, limits });
  const host = hostOf("pi-1", { address: "127.0.0.1", port, user: "ops", identity: [join(home, "none")] });
  const connection = await connector.connect(host, new AbortController().signal);
  await connection.close();
  return "in";
}
const refusal = (attempt: Promise<unknown>): Promise<ConnectError> =>
  attempt.then(
    () => {
      throw new Error("it was let in");
    },
    (error: ConnectError) => error,
  );

/** Asks these questions, a round each, and lets in who answers all of them rightly. */
function questions(rounds: readonly (readonly (readonly [text: string, echo: boolean, answer: string])[])[]) {
  return (context: Context): void => {
    if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
    const ask = (round: number): void => {
      const prompts = rounds[round];
      if (prompts === undefined) return context.accept();
      const asked = prompts.map(([prompt, echo]) => ({ prompt, echo }));
      context.prompt(asked, "Login", "Have your badge at hand", (answers) => {
        const right = prompts.every(([, , answer], index) => answers?.[index] === answer);
        if (right) ask(round + 1);
        else context.reject(["keyboard-interactive"]);
      });
    };
    return ask(0);
  };
}

describe("a server that asks", () => {
  test("for several things, one after the other: a password gets the password, the rest goes to the operator", async () => {
    const port = await serve(
      questions([
        [["(ops@pi-1) Password: ", false, "s3cret"]],
        [
          ["Badge number: ", true, "17"],
          ["One-time password: ", false, "123456"],
        ],
      ]),
    );
    const asker = new ScriptedAsker("s3cret", "17", "123456");
    expect(await login(port, asker)).toBe("in");
    expect(asker.asked).toEqual([
      "login ops@pi-1",
      "prompt ops@pi-1: Login\nHave your badge at hand\nBadge number:  (echo)",
      "prompt ops@pi-1: One-time password: ",
    ]);
    expect(asker.told).toEqual(["right login ops@pi-1"]);
  });

  test("for a code besides: that may have been wrong, and the password is not blamed", async () => {
    const port = await serve(questions([[["Password: ", false, "s3cret"]], [["Code: ", false, "123456"]]]));
    const asker = new ScriptedAsker("s3cret", "wrong", "s3cret", "123456");
    expect(await login(port, asker)).toBe("in");
    expect(asker.told).toEqual(["right login ops@pi-1"]);
  });

  test("for a new password: the old one is not sent there", async () => {
    const port = await serve(questions([[["New password: ", false, "s3cret"]]]));
    const asker = new ScriptedAsker();
    expect(await refusal(login(port, asker))).toMatchObject({ code: "WM5022" });
    expect(asker.asked).toEqual(["prompt ops@pi-1: Login\nHave your badge at hand\nNew password: "]);
  });

  test("without end: is left at some time", async () => {
    const forever = (context: Context): void => {
      if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
      const ask = (): void => context.prompt([{ prompt: "More: ", echo: true }], () => ask());
      return ask();
    };
    const asker: Asker = Object.assign(new ScriptedAsker(), { secret: async () => "more" });
    expect(await refusal(login(await serve(forever), asker))).toMatchObject({ code: "WM5022" });
  });

  test("nothing, and lets nobody in: is left", async () => {
    let tries = 0;
    const port = await serve((context) => {
      if (context.method === "keyboard-interactive") tries++;
      context.reject(["keyboard-interactive"]);
    });
    expect(await refusal(login(port, new ScriptedAsker("x")))).toMatchObject({ code: "WM5022" });
    expect(tries).toBe(1);
  });

  test("is waited for as long as somebody thinks, but not longer", async () => {
    const port = await serve(questions([[["Password: ", false, "s3cret"]]]));
    const thinking = Object.assign(new ScriptedAsker(), {
      secret: () => new Promise<string>((resolve) => setTimeout(() => resolve("s3cret"), 3500)),
    });
    expect(await login(port, thinking, { connectMs: 3000 })).toBe("in");
  });

  test("says that the password has to be changed: that is told", async () => {
    const port = await serve((context) => {
      if (context.method !== "password") return context.reject(["password"]);
      context.requestChange("It has expired.", () => undefined);
      return undefined;
    });
    expect(await refusal(login(port, new ScriptedAsker("s3cret")))).toMatchObject({
      code: "WM5023",
      message: expect.stringContaining("its password has to be changed first"),
    });
  });
});
