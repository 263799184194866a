import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readHostsFile, readInlineHosts } from "../../../src/inventory/hosts-file.ts";
import type { Inventory } from "../../../src/model/inventory.ts";
import type { Diagnostic } from "../../../src/model/source.ts";

const around = { home: "/home/ada", cwd: "/srv" };
const cluster = new URL("../../fixtures/inventory/cluster/", import.meta.url);

function read(text: string): Inventory {
  const { inventory, diagnostics } = readHostsFile("hosts.yaml", text, around);
  expect(diagnostics).toEqual([]);
  if (inventory === undefined) throw new Error("no inventory");
  return inventory;
}

/** `code line:column message (hint)` with the text pointed at. */
function problems(text: string): string[] {
  const { inventory, diagnostics } = readHostsFile("hosts.yaml", text, around);
  expect(inventory).toBeUndefined();
  return diagnostics.map((diagnostic) => show(diagnostic, text));
}

function show({ code, message, hint, span, file }: Diagnostic, text: string): string {
  expect(file).toBeDefined();
  const { line, column } = span?.start ?? { line: 0, column: 0 };
  return `${code} ${line}:${column} «${text.slice(span?.start.offset, span?.end.offset)}» ${message} (${hint})`;
}

test("reads a hosts file with defaults, ranges, files, jumps and variables", () => {
  const text = readFileSync(new URL("hosts.yaml", cluster), "utf8");
  const { inventory, diagnostics } = readHostsFile("site/hosts.yaml", text, around);
  expect(diagnostics).toEqual([]);
  const hosts = inventory?.hosts.map(({ span, ...host }) => ({ ...host, line: span?.start.line }));
  const expected: unknown = JSON.parse(readFileSync(new URL("hosts.json", cluster), "utf8"));
  expect(hosts).toEqual(expected);
  expect(inventory?.path).toBe("site/hosts.yaml");
});

test("a host needs nothing but its name", () => {
  expect(read("hosts:\n  pi-4:\n  pi-5: {}\n").hosts).toMatchObject([
    { name: "pi-4", address: "pi-4", port: 22, transport: "ssh", groups: [], jump: [] },
    { name: "pi-5", address: "pi-5" },
  ]);
  expect(read("hosts: { pi: }").hosts[0]).not.toHaveProperty("user");
});

test("a host's own keys win over the defaults", () => {
  const own = "{ port: 2222, user: root, identity: /k, known_hosts: /h, jump: x, transport: local }";
  const { hosts } = read(
    `defaults: { port: 1, user: u, identity: i, known_hosts: k, jump: j }\nhosts: { a: ${own}, b: }`,
  );
  expect(hosts).toMatchObject([
    { port: 2222, user: "root", identity: ["/k"], knownHosts: ["/h"], jump: ["x"], transport: "local" },
    { port: 1, user: "u", identity: ["/srv/i"], knownHosts: ["/srv/k"], jump: ["j"], transport: "ssh" },
  ]);
});

test("the agent is forwarded to hosts that say so, or whose defaults do", () => {
  const { hosts } = read("defaults: { forward_agent: true }\nhosts: { a: , b: { forward_agent: false } }");
  expect(hosts.map(({ login }) => login)).toEqual([{ forwardAgent: true }, { forwardAgent: false }]);
  expect(read("hosts: { a: }").hosts[0]).not.toHaveProperty("login");
  expect(problems("hosts: { a: { forward_agent: 1 } }")).toEqual([
    "WM2003 1:30 «1» `forward_agent` of `a` must be true or false (Correct the value.)",
  ]);
});

test("this machine is nothing to jump through", () => {
  expect(problems("hosts: { here: { transport: local }, a: { jump: here } }")).toEqual([
    "WM2012 1:49 «here» `here` is this very machine: there is nothing to jump through (Leave it out.)",
  ]);
});

test("a name may have several ranges, and is its own address without one", () => {
  const names = read('hosts: { "r[1-2]-n[09-10].lan": }').hosts.map(({ address }) => address);
  expect(names).toEqual(["r1-n09.lan", "r1-n10.lan", "r2-n09.lan", "r2-n10.lan"]);
});

test("IPv6 addresses may be bracketed", () => {
  const { hosts } = read('hosts: { a: { address: "[2001:db8::1]" }, b: { address: "fe80::1%eth0" }, "::1": }');
  expect(hosts.map(({ address }) => address)).toEqual(["2001:db8::1", "fe80::1%eth0", "::1"]);
});

test("merge keys and aliases work as in YAML", () => {
  const text = "defaults: { vars: &v { SIZE: 007 } }\nhosts:\n  a: &a { user: pi }\n  b: { <<: *a, vars: *v }\n";
  expect(read(text).hosts[1]).toMatchObject({ user: "pi", vars: { SIZE: "007" } });
});

test("default jumps lead to all hosts but those before and including themselves", () => {
  const { hosts } = read("defaults: { jump: 'inner, outer' }\nhosts: { outer: , inner: , pi: , own: { jump: pi } }");
  expect(hosts.map(({ name, jump }) => [name, ...jump])).toEqual([
    ["outer", "inner"],
    ["inner"],
    ["pi", "inner", "outer"],
    ["own", "pi"],
  ]);
});

test.each<[string, string, string[]]>([
  [
    "unknown key of a host",
    "hosts:\n  pi-1: { adress: 10.0.0.1 }\n",
    ["WM2002 2:11 «adress» `pi-1` has no key `adress` (Did you mean `address`?)"],
  ],
  [
    "unknown key of the file",
    "host: {}\nhosts: {}\n",
    ["WM2002 1:1 «host» A hosts file has no key `host` (Did you mean `hosts`?)"],
  ],
  [
    "a default that can only be a host's own",
    "defaults: { address: a }\nhosts: {}\n",
    [
      "WM2002 1:13 «address» `defaults` has no key `address` (The keys are port, user, identity, known_hosts, jump, forward_agent, groups, vars, transport.)",
    ],
  ],
  [
    "wrong types, all at once",
    "hosts:\n  a: 192.168.0.1\n  b: { groups: { x: 1 }, vars: [X] }\n  c: { user: 1000, transport: telnet }\n",
    [
      "WM2003 2:6 «192.168.0.1» `a` must be a map of keys, or nothing (Write `pi-1: { address: 192.168.0.27 }`, or `pi-1:` alone.)",
      "WM2003 3:16 «{ x: 1 }» `groups` of `b` must be text or a list of texts (Correct the value.)",
      "WM2003 3:32 «[X]» `vars` of `b` must be a map of names to values (Correct the value.)",
      "WM2003 4:14 «1000» `user` of `c` must be text (put quotes around it) (Correct the value.)",
      "WM2003 4:31 «telnet» `transport` of `c` must be `ssh` or `local` (Correct the value.)",
    ],
  ],
  [
    "a variable without a value",
    "hosts:\n  a:\n    vars:\n      X:\n",
    ["WM2003 4:7 «X» `vars.X` of `a` must be text, a number, true or false (Correct the value.)"],
  ],
  [
    "a name that no variable can have",
    "hosts: { a: { vars: { rack-no: 1 } } }",
    [
      "WM2009 1:23 «rack-no» `rack-no` cannot be the name of a variable (Use letters, digits and `_`, and do not start with a digit.)",
    ],
  ],
  [
    "a variable that is Waymark's",
    "hosts: { a: { vars: { WAYMARK_HOST: b } } }",
    ["WM2009 1:23 «WAYMARK_HOST» `WAYMARK_HOST` is one of the names that Waymark sets itself (Choose another name.)"],
  ],
  [
    "bad ports",
    "hosts: { a: { port: 0 }, b: { port: ssh }, c: { port: 65536 } }",
    ["0", "ssh", "65536"].map(
      (port, index) =>
        `WM2004 1:${[21, 37, 55][index]} «${port}» \`port\` of \`${"abc"[index]}\` must be a number from 1 to 65535 (Correct the port, or leave it out for 22.)`,
    ),
  ],
  [
    "the same host twice, after its range",
    'hosts:\n  "pi-[1-3]":\n  pi-2:\n',
    ["WM2005 3:3 «pi-2» `pi-2` is here twice (first on line 2) (Remove one of them, or give it another name.)"],
  ],
  [
    "the same key twice",
    "hosts:\n  pi:\n  pi:\n",
    ["WM2001 3:3 «pi» `pi` stands in this map twice (Remove or rename one of them.)"],
  ],
  [
    "reserved names",
    "hosts: { local: , a: { groups: [web, all] } }",
    [
      "WM2007 1:10 «local» No host can be called `local`: that is the machine Waymark runs on (Choose another name.)",
      "WM2007 1:38 «all» No group can be called `all`: that is every remote host (Choose another name, or leave the group out.)",
    ],
  ],
  [
    "a group called like a host",
    "defaults: { groups: [b] }\nhosts: { a: { groups: b }, b: , c: { groups: [x, a] } }",
    [
      "WM2006 1:22 «b» `b` is both a group and a host (Rename one of them, so that patterns are clear.)",
      "WM2006 2:23 «b» `b` is both a group and a host (Rename one of them, so that patterns are clear.)",
      "WM2006 2:50 «a» `a` is both a group and a host (Rename one of them, so that patterns are clear.)",
    ],
  ],
  [
    "names that patterns would misread",
    'hosts: { "a,b": , "../x": , c: { groups: ["!x"] } }',
    [
      'WM2009 1:10 «"a,b"» `a,b` cannot be the name of a host (Use letters, digits and any of `-_.:`, and start with a letter or digit.)',
      'WM2009 1:19 «"../x"» `../x` cannot be the name of a host (Use letters, digits and any of `-_.:`, and start with a letter or digit.)',
      'WM2009 1:43 «"!x"» `!x` cannot be the name of a group (Use letters, digits and any of `-_.`, and start with a letter or digit.)',
    ],
  ],
  [
    "ranges that are none",
    'hosts:\n  "a[1:3]":\n  "b[3-1]":\n  "c[1-2":\n  "d[1-999999]":\n  "e[0-999][0-999]":\n',
    [
      'WM2008 2:3 «"a[1:3]"» `[1:3]` is not a range (Write a range as `[1-3]` or `[01-16]`.)',
      'WM2008 3:3 «"b[3-1]"» the range `[3-1]` runs backwards (Write a range as `[1-3]` or `[01-16]`.)',
      'WM2008 4:3 «"c[1-2"» `c[1-2` has a bracket without its partner (Write a range as `[1-3]` or `[01-16]`.)',
      'WM2008 5:3 «"d[1-999999]"» the range `[1-999999]` has more than 100000 numbers (Write a range as `[1-3]` or `[01-16]`.)',
      'WM2008 6:3 «"e[0-999][0-999]"» `e[0-999][0-999]` stands for more than 100000 hosts (Use a smaller range.)',
    ],
  ],
  [
    "addresses that do not go along with the names",
    'hosts:\n  "a[1-3]": { address: 10.0.0.1 }\n  "b[1-3]": { address: "10.0.0.[1-2]" }\n  c: { address: "10.0.0.[1-2]" }\n',
    [
      "WM2008 2:24 «10.0.0.1» 3 hosts cannot share the address `10.0.0.1` (Give the address the same range as the name, or leave it out.)",
      'WM2008 3:24 «"10.0.0.[1-2]"» `10.0.0.[1-2]` are 2 addresses for 3 hosts (Give the address the same range as the name, or leave it out.)',
      'WM2008 4:17 «"10.0.0.[1-2]"» `10.0.0.[1-2]` are 2 addresses for one host (Give the address the same range as the name, or leave it out.)',
    ],
  ],
  [
    "jumps in a circle",
    "hosts: { a: { jump: b }, b: { jump: a }, c: { jump: c } }",
    [
      "WM2011 1:10 «a» `a` is reached through itself: a → b → a (Leave this host out of the jumps that lead to it.)",
      "WM2011 1:42 «c» `c` is reached through itself: c → c (Leave this host out of the jumps that lead to it.)",
    ],
  ],
  [
    "jumps that lead nowhere",
    'defaults: { jump: [ok.lan, "all"] }\nhosts: { a: { jump: "x:ssh" }, b: { jump: [c, "@d", "c,"] }, c: { jump: "fe80::1" } }',
    [
      'WM2012 1:28 «"all"» `all` is nothing to jump through (Write the name of a host, or `[user@]address[:port]`.)',
      'WM2012 2:21 «"x:ssh"» `x:ssh` is nothing to jump through: `ssh` is not a port (A port is a number from 1 to 65535.)',
      'WM2012 2:47 «"@d"» `@d` is nothing to jump through: the user before `@` is missing (Write the name of a host, or `[user@]address[:port]`.)',
      'WM2012 2:53 «"c,"» `` is nothing to jump through: the address is missing (Write the name of a host, or `[user@]address[:port]`.)',
      'WM2012 2:73 «"fe80::1"» `fe80::1` is nothing to jump through: an IPv6 address must be in brackets (Write `[::1]` or `[::1]:22`.)',
    ],
  ],
  [
    "an empty file",
    "# nothing yet\n",
    [
      "WM2003 1:1 «» A hosts file must be a map with the key `hosts` (Write `hosts: { pi-1: { address: 192.168.0.27, groups: [master] } }`.)",
    ],
  ],
  [
    "no hosts",
    "defaults: { user: pi }\n",
    [
      "WM2003 1:1 «defaults: { user: pi }\n» `hosts` must be a map of host names to their keys (Write `hosts: { pi-1: { address: 192.168.0.27, groups: [master] } }`.)",
    ],
  ],
])("%s", (_, text, expected) => {
  expect(problems(text)).toEqual(expected);
});

test("a jump that is nearly a host's name is warned of: it may be one for the network", () => {
  const text = "hosts:\n  bastion:\n  a: { jump: bastoin }\n  b: { jump: [pi@bastoin, gate, bastion] }\n";
  const { inventory, diagnostics } = readHostsFile("hosts.yaml", text, around);
  expect(inventory?.hosts).toHaveLength(3);
  expect(diagnostics.map((diagnostic) => `${diagnostic.severity} ${show(diagnostic, text)}`)).toEqual([
    "warning WM2013 3:14 «bastoin» `bastoin` is no host of this file (Did you mean `bastion`? Otherwise it must be a name for the network or your ssh config.)",
  ]);
});

test("only what is not written is left to ssh config, and only for hosts without an address", () => {
  const { hosts } = read(
    "defaults: { user: pi }\nhosts: { a: , b: { port: 22 }, c: { jump: [] }, d: { address: d }, e: { transport: local } }",
  );
  expect(hosts.map(({ unsaid }) => unsaid?.join(" "))).toEqual([
    "address port jump",
    "address jump",
    "address port",
    undefined,
    undefined,
  ]);
});

test("what is not YAML is pointed at", () => {
  const [problem] = problems("hosts:\n  a: [1, 2\n  b: 3\n");
  expect(problem).toMatch(/^WM2001 3:3 .* This is not valid YAML: /s);
});

test("aliases cannot fill the memory", () => {
  const bomb = Array.from({ length: 12 }, (_, level) => {
    const item = level === 0 ? "x" : `*l${level - 1}`;
    return `  l${level}: &l${level} [${Array(9).fill(item).join(", ")}]`;
  });
  expect(problems(`hosts:\n${bomb.join("\n")}\n`)[0]).toMatch(/^WM2001 1:1 .* cannot be expanded/s);
});

const guide = (hosts: string): string =>
  `---\r\ntitle: Ä\r\nrunbook:\r\n  hosts:${hosts}\r\n  inputs: {}\r\n---\r\nText\r\n`;

function readInline(hosts: string): ReturnType<typeof readInlineHosts> & { text: string } {
  const text = guide(hosts);
  const start = text.indexOf(hosts.trim());
  const point = (offset: number) => ({ line: 1, column: 1, offset });
  const span = { start: point(start), end: point(start + hosts.trim().length) };
  return { text, ...readInlineHosts("docs/guide.md", text, span, around) };
}

test.each([
  ["a map of hosts", " { a: { user: pi, identity: key }, b: }"],
  ["a map of hosts on lines of its own", "\r\n    a:\r\n      user: pi\r\n      identity: key\r\n    b:"],
  ["a whole hosts file", "\r\n    defaults: { user: pi, identity: key }\r\n    hosts:\r\n      a:\r\n      b:"],
])("the front matter may hold %s", (_, hosts) => {
  const { inventory, diagnostics } = readInline(hosts);
  expect(diagnostics).toEqual([]);
  expect(inventory).toMatchObject({
    path: "docs/guide.md",
    hosts: [{ name: "a", user: "pi", identity: ["/srv/docs/key"] }, { name: "b" }],
  });
});

test("problems in the front matter are pointed at in the guide", () => {
  const { text, diagnostics } = readInline("\r\n    a: { user: pi }\r\n    b: { prot: 22 }");
  expect(diagnostics.map((diagnostic) => show(diagnostic, text))).toEqual([
    "WM2002 6:10 «prot» `b` has no key `prot` (Did you mean `port`?)",
  ]);
  expect(diagnostics[0]?.file).toBe("docs/guide.md");
});
