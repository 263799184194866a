import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ConnectError } from "../../src/engine/ports.ts";
import type { Host } from "../../src/model/inventory.ts";
import type { Asker, HostKeyQuestion } from "../../src/transport/asker.ts";
import { generateKeyPair } from "../../src/transport/loopback-server.ts";
import { SshConnector } from "../../src/transport/ssh-connector.ts";
import type { SshOptions } from "../../src/transport/ssh-options.ts";
import { run } from "../lab/exec.ts";
import { knownHostsLines, useLoopbackLab } from "../lab/loopback-lab.ts";

// sshd tells at this level what a client asks it for: whether a login was tried can be seen.
const lab = useLoopbackLab({ names: ["pi", "moved", "many", "fickle"], sshdConfig: ["LogLevel DEBUG1"] });
const signal = new AbortController().signal;
const OTHER = generateKeyPair("other").publicKey;

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "waymark-home-"));
});
afterAll(() => rm(home, { recursive: true, maxRetries: 5 }));
beforeEach(async () => {
  await rm(join(home, ".ssh"), { recursive: true, force: true });
  await mkdir(join(home, ".ssh"), { mode: 0o700 });
});

const mine = (): string => join(home, ".ssh/known_hosts");
const lineOf = (name: string, key: string): string => knownHostsLines([lab().host(name)], key);
const keyOf = async (name: string): Promise<string> => {
  const text = await readFile(lab().host(name).knownHosts[0] ?? "", "utf8");
  const { address, port } = lab().host(name);
  return (
    text
      .split("\n")
      .find((line) => line.startsWith(`[${address}]:${port} `))
      ?.split(" ")
      .slice(1, 3)
      .join(" ") ?? ""
  );
};

/** Connects with the files of `home`, or those given, and nothing else. */
async function tryHost(name: string, options: Partial<SshOptions> = {}, change: Partial<Host> = {}): Promise<string> {
  const connector = new SshConnector({ user: "nobody", home, systemKnownHosts: [], ...options });
  const connection = await connector.connect({ ...lab().host(name), knownHosts: [], ...change }, signal);
  const { stdout } = await run(connection, "echo in");
  await connection.close();
  return stdout;
}

const refusal = (attempt: Promise<string>): Promise<ConnectError> =>
  attempt.then(
    () => {
      throw new Error("it was let in");
    },
    (error: ConnectError) => error,
  );

async function loginsTried(name: string): Promise<number> {
  await lab().idle(name);
  return (await lab().log(name)).split("userauth-request for user").length - 1;
}

test("a host whose key is on record is let in; its login shows in the log", async () => {
  await writeFile(mine(), lineOf("pi", await keyOf("pi")));
  const before = await loginsTried("pi");
  expect(await tryHost("pi")).toBe("in\n");
  expect(await loginsTried("pi")).toBeGreaterThan(before);
});

describe("before any login is tried", () => {
  test("an unknown key is refused, with its fingerprint and what to do", async () => {
    const before = await loginsTried("pi");
    const error = await refusal(tryHost("pi"));
    const [fingerprint] =
      /SHA256:\S+/.exec(execFileSync("ssh-keygen", ["-lf", join(lab().dir, "host_key")]).toString()) ?? [];
    expect(error).toMatchObject({ code: "WM5010", retryable: false });
    expect(error.message).toContain(`ED25519 ${fingerprint}.`);
    expect(error.hint).toContain("--accept-new");
    expect(await loginsTried("pi")).toBe(before);
  });

  test("a changed key is refused, even where new ones are accepted", async () => {
    await writeFile(mine(), `# old\n${lineOf("pi", OTHER)}`);
    const before = await loginsTried("pi");
    for (const acceptNew of [false, true]) {
      const error = await refusal(tryHost("pi", { acceptNew }));
      expect(error).toMatchObject({ code: "WM5011", retryable: false });
      expect(error.message).toContain(`${mine()}:2 says SHA256:`);
    }
    expect(await loginsTried("pi")).toBe(before);
    expect(await readFile(mine(), "utf8")).toBe(`# old\n${lineOf("pi", OTHER)}`);
  });

  test("a revoked key is refused, though it is on record and new ones are accepted", async () => {
    const key = await keyOf("pi");
    await writeFile(mine(), `${lineOf("pi", key)}@revoked * ${key}\n`);
    const before = await loginsTried("pi");
    const error = await refusal(tryHost("pi", { acceptNew: true }));
    expect(error).toMatchObject({ code: "WM5012", retryable: false });
    expect(error.message).toContain(`${mine()}:2 revokes SHA256:`);
    expect(await loginsTried("pi")).toBe(before);
  });

  test("a host that only an authority vouches for is refused, and told why", async () => {
    await writeFile(mine(), `@cert-authority * ${OTHER}\n`);
    const before = await loginsTried("pi");
    expect(await refusal(tryHost("pi", { acceptNew: true }))).toMatchObject({
      code: "WM5013",
      message: expect.stringContaining(`${mine()}:1 trusts a certificate authority`),
    });
    expect(await loginsTried("pi")).toBe(before);
  });

  test("a known_hosts file that cannot be read refuses every host", async () => {
    await mkdir(mine());
    const before = await loginsTried("pi");
    expect(await refusal(tryHost("pi", { acceptNew: true }))).toMatchObject({ code: "WM5014" });
    expect(await loginsTried("pi")).toBe(before);
  });

  test("a new key that cannot be written down is refused", async () => {
    await rm(join(home, ".ssh"), { recursive: true, maxRetries: 5 });
    await writeFile(join(home, ".ssh"), "a file");
    const before = await loginsTried("pi");
    expect(await refusal(tryHost("pi", { acceptNew: true }))).toMatchObject({ code: "WM5015" });
    expect(await loginsTried("pi")).toBe(before);
  });
});

test("a host that is set up anew under our eyes is refused", async () => {
  await writeFile(mine(), lineOf("moved", await keyOf("moved")));
  expect(await tryHost("moved")).toBe("in\n");
  const key = await lab().changeHostKey("moved");
  expect(await refusal(tryHost("moved"))).toMatchObject({ code: "WM5011" });
  await writeFile(mine(), lineOf("moved", key));
  expect(await tryHost("moved")).toBe("in\n");
});

test("hashed names count", async () => {
  await writeFile(mine(), lineOf("pi", await keyOf("pi")));
  execFileSync("ssh-keygen", ["-H", "-f", mine()], { stdio: "ignore" });
  expect(await readFile(mine(), "utf8")).toMatch(/^\|1\|/);
  expect(await tryHost("pi")).toBe("in\n");
});

test("the files that the inventory names are read instead of the user's, the system's after the user's", async () => {
  const line = lineOf("pi", await keyOf("pi"));
  const other = join(home, "other");
  await writeFile(other, line);
  expect(await tryHost("pi", {}, { knownHosts: [other] })).toBe("in\n");
  expect(await tryHost("pi", { systemKnownHosts: [other] })).toBe("in\n");
  await writeFile(join(home, ".ssh/known_hosts2"), line);
  expect(await tryHost("pi")).toBe("in\n");
  expect(await refusal(tryHost("pi", {}, { knownHosts: [join(home, "none")] }))).toMatchObject({ code: "WM5010" });
});

describe("accepting new keys", () => {
  test("writes them down where only the user can read it, and knows them from then on", async () => {
    await rm(join(home, ".ssh"), { recursive: true, maxRetries: 5 });
    expect(await tryHost("pi", { acceptNew: true })).toBe("in\n");
    expect(await readFile(mine(), "utf8")).toBe(lineOf("pi", await keyOf("pi")));
    expect((await stat(mine())).mode & 0o777).toBe(0o600);
    expect((await stat(join(home, ".ssh"))).mode & 0o777).toBe(0o700);
    expect(await tryHost("pi")).toBe("in\n");
  });

  test("keeps what is there, also after a last line without an end", async () => {
    await writeFile(mine(), lineOf("moved", OTHER).trimEnd());
    await chmod(mine(), 0o644);
    await tryHost("pi", { acceptNew: true });
    expect(await readFile(mine(), "utf8")).toBe(lineOf("moved", OTHER) + lineOf("pi", await keyOf("pi")));
  });

  test("writes each down once, however many connections are made at once", async () => {
    const connector = new SshConnector({ user: "nobody", home, systemKnownHosts: [], acceptNew: true });
    const host = { ...lab().host("pi"), knownHosts: [] };
    const connections = await Promise.all(Array.from({ length: 12 }, () => connector.connect(host, signal)));
    await Promise.all(connections.map((connection) => connection.close()));
    expect(await readFile(mine(), "utf8")).toBe(lineOf("pi", await keyOf("pi")));
  });
});

test("of several keys of a host the one on record is asked for", async () => {
  const path = join(lab().dir, "rsa");
  execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", path]);
  await lab().configure("many", [`HostKey ${path}`]);
  const rsa = (await readFile(`${path}.pub`, "utf8")).split(" ").slice(0, 2).join(" ");
  await writeFile(mine(), lineOf("many", rsa));
  expect(await tryHost("many")).toBe("in\n");
  await writeFile(mine(), lineOf("many", await keyOf("many")));
  expect(await tryHost("many")).toBe("in\n");
});

test("during a run, known_hosts may be put right", async () => {
  const connector = new SshConnector({ user: "nobody", home, systemKnownHosts: [] });
  const host = { ...lab().host("pi"), knownHosts: [] };
  await writeFile(mine(), lineOf("pi", OTHER));
  await expect(connector.connect(host, signal)).rejects.toMatchObject({ code: "WM5011" });
  await writeFile(mine(), lineOf("pi", await keyOf("pi")));
  await (await connector.connect(host, signal)).close();
});

describe("asking the operator", () => {
  interface Asked {
    readonly questions: HostKeyQuestion[];
    readonly asker: Asker;
  }
  /** Says this, once it has been asked. */
  function asks(answer: boolean | undefined, meanwhile: () => Promise<unknown> = async () => undefined): Asked {
    const questions: HostKeyQuestion[] = [];
    const asker: Asker = {
      secret: async () => undefined,
      right: () => undefined,
      wrong: () => undefined,
      async trust(question) {
        questions.push(question);
        await meanwhile();
        return answer;
      },
    };
    return { questions, asker };
  }

  test("a yes lets the host in, with what it was asked about written down", async () => {
    const { questions, asker } = asks(true);
    const before = await loginsTried("pi");
    expect(await tryHost("pi", { asker })).toBe("in\n");
    const [fingerprint] = /SHA256:\S+/.exec(execFileSync("ssh-keygen", ["-lf", mine()]).toString()) ?? [];
    expect(questions).toMatchObject([{ host: { name: "pi" }, keyType: "ED25519", fingerprint, file: mine() }]);
    expect(await readFile(mine(), "utf8")).toBe(lineOf("pi", await keyOf("pi")));
    expect(await loginsTried("pi")).toBeGreaterThan(before);
    expect(await tryHost("pi", { asker })).toBe("in\n");
    expect(questions).toHaveLength(1);
  });

  test.each([[false], [undefined]])("%s keeps it out, before any login is tried", async (answer) => {
    const before = await loginsTried("pi");
    expect(await refusal(tryHost("pi", asks(answer)))).toMatchObject({ code: "WM5010" });
    expect(await loginsTried("pi")).toBe(before);
    await expect(stat(mine())).rejects.toThrow("ENOENT");
  });

  test("nobody is asked about keys that have changed or are revoked, nor where the key must be known", async () => {
    const { questions, asker } = asks(true);
    await writeFile(mine(), lineOf("pi", OTHER));
    expect(await refusal(tryHost("pi", { asker }))).toMatchObject({ code: "WM5011" });
    await writeFile(mine(), `@revoked * ${await keyOf("pi")}\n`);
    expect(await refusal(tryHost("pi", { asker }))).toMatchObject({ code: "WM5012" });
    await rm(mine());
    const login = { newKeys: "refuse" } as const;
    expect(await refusal(tryHost("pi", { asker }, { login }))).toMatchObject({ code: "WM5010" });
    expect(questions).toEqual([]);
    expect(await tryHost("pi", { asker }, { login: { newKeys: "accept" } })).toBe("in\n");
    expect(questions).toEqual([]);
  });

  test("each key is asked about once, whatever was said, however many connections wait for it", async () => {
    for (const answer of [true, false]) {
      await rm(mine(), { force: true });
      const { questions, asker } = asks(answer);
      const connector = new SshConnector({ user: "nobody", home, systemKnownHosts: [], asker });
      const host = { ...lab().host("pi"), knownHosts: [] };
      const attempts = await Promise.allSettled(Array.from({ length: 12 }, () => connector.connect(host, signal)));
      for (const attempt of attempts) {
        expect(attempt.status).toBe(answer ? "fulfilled" : "rejected");
        if (attempt.status === "fulfilled") await attempt.value.close();
      }
      await connector.connect(host, signal).then(
        (connection) => connection.close(),
        () => undefined,
      );
      expect(questions).toHaveLength(1);
    }
  });

  test("a host that shows another key after the yes is refused, and not asked about again", async () => {
    const { questions, asker } = asks(true, () => lab().changeHostKey("fickle"));
    expect(await refusal(tryHost("fickle", { asker }))).toMatchObject({ code: "WM5010" });
    expect(questions).toHaveLength(1);
    expect(await loginsTried("fickle")).toBe(0);
    await expect(stat(mine())).rejects.toThrow("ENOENT");
  });

  test("a key that somebody else wrote down meanwhile is judged", async () => {
    const { asker } = asks(true, () => writeFile(mine(), lineOf("pi", OTHER)));
    expect(await refusal(tryHost("pi", { asker }))).toMatchObject({ code: "WM5011" });
    await rm(mine());
    const right = lineOf("pi", await keyOf("pi"));
    expect(
      await tryHost(
        "pi",
        asks(true, () => writeFile(mine(), right)),
      ),
    ).toBe("in\n");
    expect(await readFile(mine(), "utf8")).toBe(right);
  });

  test("under an alias the key is looked up and written down by that name", async () => {
    const login = { hostKeyAlias: "the-pi" };
    const { questions, asker } = asks(true);
    expect(await tryHost("pi", { asker }, { login })).toBe("in\n");
    expect(await readFile(mine(), "utf8")).toBe(`the-pi ${await keyOf("pi")}\n`);
    expect(await tryHost("pi", {}, { login })).toBe("in\n");
    expect(await refusal(tryHost("pi"))).toMatchObject({ code: "WM5010" });
    await writeFile(mine(), `the-pi ${OTHER}\n`);
    const error = await refusal(tryHost("pi", { asker, acceptNew: true }, { login }));
    expect(error).toMatchObject({ code: "WM5011", hint: expect.stringContaining("-R 'the-pi'") });
    expect(error.message).toContain(`${mine()}:1 says SHA256:`);
    expect(questions).toHaveLength(1);
  });

  test("hosts between are asked about as well, once for all behind them", async () => {
    const { questions, asker } = asks(true);
    const gate = { ...lab().host("many"), name: "gate", knownHosts: [] };
    const connector = new SshConnector({ user: "nobody", home, systemKnownHosts: [], asker }, [gate]);
    const names = ["pi", "moved"] as const;
    const hosts = names.map((name) => ({ ...lab().host(name), knownHosts: [], jump: ["gate"] }));
    const open = await Promise.all(hosts.map((host) => connector.connect(host, signal)));
    await Promise.all(open.map((connection) => connection.close()));
    await connector.close();
    expect(questions.map(({ host }) => host.name).toSorted()).toEqual(["gate", "moved", "pi"]);
    expect((await readFile(mine(), "utf8")).trimEnd().split("\n")).toHaveLength(3);
    const refusing = new SshConnector({ user: "nobody", home, systemKnownHosts: [], asker: asks(false).asker }, [gate]);
    await rm(mine());
    const [host] = hosts;
    if (host === undefined) throw new Error("no host");
    await expect(refusing.connect(host, signal)).rejects.toMatchObject({
      code: "WM5010",
      message: expect.stringMatching(/^On the way there: The key of gate /),
    });
  });
});
