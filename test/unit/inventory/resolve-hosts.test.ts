import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readHostsFile } from "../../../src/inventory/hosts-file.ts";
import { resolveHosts } from "../../../src/inventory/resolve-hosts.ts";
import type { SshAnswer, SshQuestion } from "../../../src/inventory/resolve-hosts.ts";
import { parseSshG } from "../../../src/inventory/ssh-directives.ts";
import type { Host, Inventory } from "../../../src/model/inventory.ts";
import type { Diagnostic } from "../../../src/model/source.ts";
import { hostOf } from "../host-of.ts";

const owner = { home: "/home/ada", cwd: "/srv", user: "ada", env: { KEYS: "/keys", SSH_AUTH_SOCK: "/run/agent" } };

/** What OpenSSH 9.2 printed for a host that no config mentions. */
const NOTHING_SAID = readFileSync(new URL("../../fixtures/inventory/ssh-config/unknown.txt", import.meta.url), "utf8");

/** As `ssh -G` would: these lines instead of, and besides, those about a host that no config mentions. */
function sshG(name: string, lines: readonly string[]): string {
  const keywords = new Set(lines.map((line) => line.split(" ")[0]));
  const usual = NOTHING_SAID.replaceAll("HOST", name)
    .split("\n")
    .filter((line) => !keywords.has(line.split(" ")[0]));
  return [...usual, ...lines, ""].join("\n");
}

interface Resolved {
  readonly hosts: readonly Host[];
  readonly diagnostics: readonly Diagnostic[];
  readonly asked: readonly SshQuestion[];
  readonly host: (name: string) => Host;
}

async function resolve(
  text: string,
  config: Readonly<Record<string, readonly string[] | { readonly fails: string }>> = {},
  wanted?: readonly string[],
): Promise<Resolved> {
  const { inventory, diagnostics } = readHostsFile("hosts.yaml", text, owner);
  expect(diagnostics).toEqual([]);
  return resolveAll(inventory ?? { hosts: [] }, config, wanted);
}

async function resolveAll(
  inventory: Inventory,
  config: Readonly<Record<string, readonly string[] | { readonly fails: string }>>,
  wanted: readonly string[] = inventory.hosts.map(({ name }) => name),
): Promise<Resolved> {
  const asked: SshQuestion[] = [];
  const ask = (question: SshQuestion): Promise<SshAnswer> => {
    asked.push(question);
    const said = config[question.name] ?? [];
    if ("fails" in said) return Promise.resolve({ ok: false, message: said.fails });
    return Promise.resolve({ ok: true, directives: parseSshG(sshG(question.name, said)) });
  };
  const { hosts, diagnostics } = await resolveHosts(inventory, wanted, ask, owner);
  return {
    hosts,
    diagnostics,
    asked,
    host(name) {
      const found = hosts.find((host) => host.name === name);
      if (found === undefined) throw new Error(`no host ${name}`);
      return found;
    },
  };
}

test("a host that ssh config knows nothing of is reached under its name, as without Waymark", async () => {
  const { host, asked } = await resolve("hosts: { pi-4: }");
  const { span: _, ...pi } = host("pi-4");
  expect(pi).toEqual({
    name: "pi-4",
    address: "pi-4",
    port: 22,
    user: "root",
    identity: [],
    knownHosts: [],
    jump: [],
    groups: [],
    vars: {},
    transport: "ssh",
  });
  expect(asked).toEqual([{ name: "pi-4" }]);
});

test("takes address, port, user, keys, known_hosts and jumps from ssh config", async () => {
  const { host, diagnostics } = await resolve("hosts: { pi-4: { groups: [web], vars: { A: 1 } } }", {
    "pi-4": [
      "hostname 10.0.0.4",
      "port 2222",
      "user pi",
      "identityfile ~/.ssh/pi_key",
      "identityfile ${KEYS}/%h-%n-%r-%u-%p-%%-%C",
      "userknownhostsfile /home/ada/kh1 ~/kh2",
      "proxyjump eve@bastion:2200,ssh://inner:23",
    ],
  });
  expect(diagnostics).toEqual([]);
  expect(host("pi-4")).toMatchObject({
    name: "pi-4",
    address: "10.0.0.4",
    port: 2222,
    user: "pi",
    identity: ["/home/ada/.ssh/pi_key", "/keys/10.0.0.4-pi-4-pi-ada-2222-%-%C"],
    knownHosts: ["/home/ada/kh1", "/home/ada/kh2", "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"],
    jump: ["eve@bastion:2200", "inner:23"],
    groups: ["web"],
    vars: { A: "1" },
  });
});

test("what the hosts file says wins, a port of 22 and an empty list of jumps as well", async () => {
  const said = [
    "hostname 10.0.0.4",
    "port 2222",
    "user pi",
    "identityfile ~/k",
    "userknownhostsfile /h",
    "proxyjump j",
  ];
  const { host, asked } = await resolve(
    "hosts: { a: { port: 22, user: root, identity: /mine, known_hosts: /known, jump: [] } }",
    { a: said },
  );
  expect(host("a")).toMatchObject({
    address: "10.0.0.4",
    port: 22,
    user: "root",
    identity: ["/mine"],
    knownHosts: ["/known"],
    jump: [],
  });
  expect(asked).toEqual([{ name: "a", user: "root", port: 22 }]);
});

test("defaults of the hosts file win, too", async () => {
  const { host } = await resolve("defaults: { port: 22, jump: gate }\nhosts: { a: }", {
    a: ["port 2222", "proxyjump j"],
  });
  expect(host("a")).toMatchObject({ port: 22, jump: ["gate"] });
});

test("nobody is asked about hosts that have an address, nor about local ones", async () => {
  const { hosts, asked } = await resolve(
    'hosts: { "n[001-200]": { address: "10.0.0.[001-200]" }, here: { transport: local } }',
  );
  expect(hosts).toHaveLength(201);
  expect(asked).toEqual([]);
});

test("only the hosts that are wanted are asked about, and those on the way to them", async () => {
  const { asked, host } = await resolve("hosts: { a: { jump: b }, b: , c: , d: { address: 10.0.0.1, jump: e } }", {}, [
    "a",
    "d",
  ]);
  expect(asked.map(({ name }) => name)).toEqual(["a", "b", "e"]);
  expect(host("c").unsaid).toEqual(["address", "port", "jump"]);
  expect(host("b")).not.toHaveProperty("unsaid");
});

test("hosts that are only gone through are resolved like others, and their jumps in turn", async () => {
  const { hosts, asked } = await resolve("hosts: { a: { address: 10.0.0.1, jump: 'eve@bastion:2200' } }", {
    bastion: ["hostname gate.example.org", "user ignored", "port 1", "identityfile /gate", "proxyjump [2001:db8::1]:9"],
    "2001:db8::1": ["hostname 2001:db8::1", "port 9", "user ada"],
  });
  expect(asked).toEqual([
    { name: "bastion", user: "eve", port: 2200 },
    { name: "2001:db8::1", port: 9 },
  ]);
  expect(hosts.slice(1)).toMatchObject([
    {
      name: "eve@bastion:2200",
      address: "gate.example.org",
      user: "eve",
      port: 2200,
      identity: ["/gate"],
      jump: ["[2001:db8::1]:9"],
    },
    { name: "[2001:db8::1]:9", address: "2001:db8::1", port: 9, jump: [] },
  ]);
});

test("each is asked about once, and no more than eight at a time", async () => {
  const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
  const inventory = readHostsFile("h", `hosts:\n${names.map((name) => `  ${name}: { jump: gate }\n`).join("")}`, owner);
  let [running, most] = [0, 0];
  const asked: string[] = [];
  const ask = async ({ name }: SshQuestion): Promise<SshAnswer> => {
    asked.push(name);
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    return { ok: true, directives: parseSshG(sshG(name, [])) };
  };
  const { hosts } = await resolveHosts(inventory.inventory ?? { hosts: [] }, names, ask, owner);
  expect(asked).toEqual([...names, "gate"]);
  expect(hosts.map(({ name }) => name)).toEqual([...names, "gate"]);
  expect(most).toBe(8);
});

test("keys that happen to have usual names are named when ssh config names them", async () => {
  const { host } = await resolve("hosts: { a: , b: }", {
    a: ["identityfile ~/.ssh/id_ed25519"],
    b: ["identityfile none"],
  });
  expect(host("a").identity).toEqual(["/home/ada/.ssh/id_ed25519"]);
  expect(host("b").identity).toEqual([]);
});

test("without any known_hosts file no key is known", async () => {
  const { host } = await resolve("hosts: { a: , b: }", {
    a: ["userknownhostsfile none", "globalknownhostsfile none"],
    b: ["userknownhostsfile none"],
  });
  expect(host("a").knownHosts).toEqual(["/dev/null"]);
  expect(host("b").knownHosts).toEqual(["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]);
});

const show = ({ code, severity, message, hint, file, span }: Diagnostic): string =>
  `${code} ${severity} ${file}:${span?.start.line}:${span?.start.column} ${message} (${hint})`;

test("what ssh config says and Waymark does not do is said once, with the words of ssh config", async () => {
  const proxied = ["proxycommand nc %h %p"];
  const { diagnostics } = await resolve("hosts:\n  a:\n  b:\n  c:\n  d:\n  e:\n  f: { jump: e }\n", {
    a: ["certificatefile ~/.ssh/cert.pub"],
    b: proxied,
    c: proxied,
    d: [...proxied, "pkcs11provider /lib/p.so", "stricthostkeychecking false"],
    e: [...proxied, "proxyusefdpass no", "revokedhostkeys none", "addkeystoagent true", "checkhostip yes"],
    f: proxied,
  });
  expect(diagnostics.map(show)).toEqual([
    "WM2032 warning hosts.yaml:2:3 ssh config has `CertificateFile ~/.ssh/cert.pub`: Waymark logs in with keys alone (a) (The host must accept the key without its certificate.)",
    "WM2032 error hosts.yaml:3:3 ssh config has `ProxyCommand nc %h %p`: Waymark runs no proxy commands (b, c, d, 1 more) (Say in the hosts file how it is reached: `jump`, or an `address`.)",
    "WM2032 warning hosts.yaml:5:3 ssh config has `PKCS11Provider /lib/p.so`: Waymark loads no such libraries (d) (Add the key to the SSH agent: `ssh-add -s`.)",
    "WM2032 warning hosts.yaml:5:3 ssh config has `StrictHostKeyChecking no`: Waymark checks host keys all the same (d) (Write `accept-new` instead, or say --accept-new, for hosts that are not known yet.)",
  ]);
});

test("what would let a host in that ssh would not is said as well, and where Waymark cannot do what is wanted, refused", async () => {
  const { diagnostics } = await resolve("hosts:\n  a:\n  b:\n  c:\n", {
    a: [
      "revokedhostkeys /etc/krl",
      "knownhostscommand /bin/keys",
      "preferredauthentications gssapi-with-mic,hostbased",
    ],
    b: ["kexalgorithms mlkem768x25519-sha256,sntrup761x25519-sha512@openssh.com"],
    c: ["kexalgorithms sntrup761x25519-sha512,curve25519-sha256", "preferredauthentications publickey"],
  });
  expect(diagnostics.map(show)).toEqual([
    "WM2032 warning hosts.yaml:2:3 ssh config has `PreferredAuthentications gssapi-with-mic,hostbased`: Waymark logs in with keys and passwords (a) (The host must accept one of these.)",
    "WM2032 warning hosts.yaml:2:3 ssh config has `RevokedHostKeys /etc/krl`: Waymark does not read it (a) (Write these keys into known_hosts, as `@revoked` lines.)",
    "WM2032 warning hosts.yaml:2:3 ssh config has `KnownHostsCommand /bin/keys`: Waymark runs no such commands (a) (known_hosts must have the key of the host.)",
    "WM2032 error hosts.yaml:3:3 ssh config has `KexAlgorithms mlkem768x25519-sha256,sntrup761x25519-sha512@openssh.com`: Waymark has no key exchange of that kind (b) (Allow curve25519-sha256 as well, there and in its sshd_config.)",
  ]);
});

test("how to log in is taken from ssh config", async () => {
  const { host, diagnostics } = await resolve("hosts: { a: , b: , c: , d: , e: { forward_agent: false }, f: }", {
    a: [
      "hostkeyalias cluster",
      "stricthostkeychecking true",
      "identityagent none",
      "identitiesonly yes",
      "forwardagent yes",
      "connecttimeout 5",
      "serveraliveinterval 7",
      "serveralivecountmax 2",
    ],
    b: ["stricthostkeychecking accept-new", "identityagent ~/.agents/%r", "forwardagent /run/other", "user pi"],
    c: ["identityagent $KEYS", "forwardagent $SSH_AUTH_SOCK", "serveraliveinterval 1m", "connecttimeout 1m30s"],
    d: ["identityagent $NOT_SET", "forwardagent $NOT_SET", "stricthostkeychecking ask", "hostkeyalias none"],
    e: ["identityagent SSH_AUTH_SOCK", "forwardagent yes"],
  });
  expect(diagnostics).toEqual([]);
  expect(host("a").login).toEqual({
    hostKeyAlias: "cluster",
    newKeys: "refuse",
    agent: "none",
    onlyIdentity: true,
    forwardAgent: true,
    connectMs: 5000,
    keepaliveMs: 7000,
    keepaliveCount: 2,
  });
  expect(host("b").login).toEqual({ newKeys: "accept", agent: "/home/ada/.agents/pi", forwardAgent: "/run/other" });
  expect(host("c").login).toEqual({
    agent: "/keys",
    forwardAgent: "/run/agent",
    keepaliveMs: 60_000,
    keepaliveCount: 3,
    connectMs: 90_000,
  });
  expect(host("d").login).toEqual({ agent: "none" });
  expect(host("e").login).toEqual({ forwardAgent: false });
  expect(host("f")).not.toHaveProperty("login");
});

test.each([
  ["ssh -W %h:%p gate", "gate"],
  ["/usr/bin/ssh -q -x eve@gate -p 2200 -W [%h]:%p", "eve@gate:2200"],
  ["exec ssh -l eve gate exec nc %h %p", "eve@gate"],
  ["ssh gate nc %h %p", "gate"],
])("a proxy command that only jumps is a jump: %s", async (command, jump) => {
  const { host, diagnostics, asked } = await resolve("hosts: { a: }", { a: [`proxycommand ${command}`] });
  expect(diagnostics).toEqual([]);
  expect(host("a").jump).toEqual([jump]);
  expect(asked.at(-1)?.name).toBe("gate");
});

test.each([
  "ssh -F /other -W %h:%p gate",
  "ssh -W %h:22 gate",
  "ssh gate",
  "ssh -W %h:%p",
  "ssh -W %h:%p %r@gate",
  "ssh gate -W %h:%p rm -rf /",
  "ssh gate nc -X 5 %h %p",
  "sh -c 'ssh -W %h:%p gate'",
])("any other is refused: %s", async (command) => {
  const { diagnostics, host } = await resolve("hosts: { a: }", { a: [`proxycommand ${command}`] });
  expect(diagnostics).toMatchObject([{ code: "WM2032", severity: "error" }]);
  expect(host("a").jump).toEqual([]);
});

test("IPv6 addresses with a zone are hosts and jumps like others", async () => {
  const { host, asked } = await resolve('hosts: { a: { address: "[fe80::2%eth0]", jump: "eve@[fe80::1%eth0]:2200" } }');
  expect(asked).toEqual([{ name: "fe80::1%eth0", user: "eve", port: 2200 }]);
  expect(host("a").address).toBe("fe80::2%eth0");
  expect(host("eve@[fe80::1%eth0]:2200")).toMatchObject({ address: "fe80::1%eth0", user: "eve", port: 2200 });
});

test("an ssh config that ssh refuses is said in its words", async () => {
  const { diagnostics } = await resolve("hosts:\n  a:\n  b:\n", {
    a: { fails: "config: line 2: Bad configuration option: foo" },
    b: { fails: "config: line 2: Bad configuration option: foo" },
  });
  expect(diagnostics.map(show)).toEqual([
    "WM2031 error hosts.yaml:2:3 ssh config: config: line 2: Bad configuration option: foo (a, b) (Correct the ssh config, or give the host an `address`.)",
  ]);
});

test("jumps in a circle and jumps that are none are found in ssh config as well", async () => {
  const { diagnostics } = await resolve("hosts:\n  a:\n  b:\n  c:\n", {
    a: ["proxyjump b"],
    b: ["proxyjump a"],
    c: ["proxyjump x:ssh"],
  });
  expect(diagnostics.map(show)).toEqual([
    "WM2012 error hosts.yaml:4:3 ssh config has `ProxyJump x:ssh`: `ssh` is not a port (c) (Correct it there.)",
    "WM2011 error hosts.yaml:2:3 `a` is reached through itself: a → b → a (Leave this host out of the jumps that lead to it.)",
  ]);
});

test("hosts of the command line have no place in a file", async () => {
  const host = hostOf("a", { unsaid: ["address", "port", "jump"] });
  const { diagnostics } = await resolveAll({ hosts: [host] }, { a: ["proxycommand x"] });
  expect(diagnostics).toMatchObject([{ code: "WM2032", severity: "error" }]);
  expect(diagnostics[0]).not.toHaveProperty("file");
});
