import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readInventoryFile } from "../../../src/inventory/inventory-file.ts";
import { groupsOf } from "../../../src/inventory/match-hosts.ts";
import type { Inventory } from "../../../src/model/inventory.ts";

const around = { home: "/home/ada", cwd: "/srv" };
const fixtures = new URL("../../fixtures/inventory/", import.meta.url);

function read(text: string): Inventory {
  const { inventory, diagnostics } = readInventoryFile("inventory", text, around);
  expect(diagnostics).toEqual([]);
  if (inventory === undefined) throw new Error("no inventory");
  return inventory;
}

/** `code line:column «text pointed at» message (hint)`, warnings marked. */
function problems(text: string): string[] {
  const { inventory, diagnostics } = readInventoryFile("inventory", text, around);
  const failed = diagnostics.some(({ severity }) => severity === "error");
  expect(inventory === undefined).toBe(failed);
  return diagnostics.map(({ code, severity, message, hint, span, file }) => {
    expect(file).toBe("inventory");
    const { line, column } = span?.start ?? { line: 0, column: 0 };
    const at = `${line}:${column} «${text.slice(span?.start.offset, span?.end.offset)}»`;
    return `${code} ${severity === "error" ? "" : "warning "}${at} ${message} (${hint})`;
  });
}

// Groups, addresses, users, ports and variables are those that `ansible-inventory --list` (core 2.14) names, but for
// numbers, which stay as they were typed.
test.each(["ansible-ini", "ansible-yaml", "ansible-precedence"])("reads the hosts of %s", (name) => {
  const folder = new URL(`${name}/`, fixtures);
  const source = readdirSync(folder).find((file) => file.startsWith("inventory.")) ?? "";
  const { inventory, diagnostics } = readInventoryFile(
    "site/inventory",
    readFileSync(new URL(source, folder), "utf8"),
    around,
  );
  expect(diagnostics).toEqual([]);
  const hosts = inventory?.hosts.map(({ span, ...host }) => ({ ...host, line: span?.start.line }));
  expect(hosts).toEqual(JSON.parse(readFileSync(new URL("hosts.json", folder), "utf8")));
});

describe("the form of a file is told by what is in it", () => {
  const forms: readonly (readonly [string, string, "hosts file" | "ansible"])[] = [
    ["a list of names", "# mine\n\na\nb\n", "ansible"],
    ["sections", "[web]\na\n", "ansible"],
    ["hosts with variables", "a ansible_user=pi\n", "ansible"],
    ["a host with a port", "a:22\n", "ansible"],
    ["groups in YAML", "web: { hosts: { a: } }\n", "ansible"],
    ["`all` in YAML, whatever it holds", "---\n# mine\nall:\n", "ansible"],
    ["JSON with groups", '{"web": {"hosts": {"a": {}}}}', "ansible"],
    ["`hosts`", "hosts: { a: }\n", "hosts file"],
    ["`hosts` in JSON", '{"hosts": {"a": {}}}', "hosts file"],
    ["`defaults` with variables only", "defaults: { vars: { A: 1 } }\nhosts: { a: }\n", "hosts file"],
    ["an empty file", "", "hosts file"],
    ["a list in YAML", "- a\n", "hosts file"],
  ];
  test.each(forms)("%s", (_, text, form) => {
    expect(readInventoryFile("inventory", text, around).form).toBe(form);
  });

  test.each([
    [
      "hosts: { a: }\nall: { hosts: { b: } }\n",
      "WM2040 1:1 «hosts» This can be read as a hosts file (`hosts`) and as an inventory of Ansible's (`all`) (Rename the group, or put all groups below `all: { children: … }`.)",
    ],
    [
      "# x\nhosts: { hosts: { b: } }\n",
      "WM2040 2:1 «hosts» This can be read as a hosts file (`hosts`) and as an inventory of Ansible's (`hosts`) (Rename the group, or put all groups below `all: { children: … }`.)",
    ],
  ])("two readings are an error: %j", (text, expected) => {
    expect(problems(text)).toEqual([expected]);
  });

  const freeze = "(Write down what it says: `ansible-inventory -i FILE --list --yaml --output hosts.yml`.)";
  test.each([
    ["#!/bin/sh\necho\n", "1:1 «#!/bin/sh» This is a program that makes an inventory; Waymark does not run it"],
    [
      "# x\nplugin: aws_ec2\n",
      "2:1 «plugin» This configures a plugin that makes an inventory; Waymark does not run it",
    ],
    [
      '{"_meta": {"hostvars": {}}, "web": {"hosts": ["a"]}}',
      '1:2 «"_meta"» This is what a program that makes inventories prints, which is no inventory file',
    ],
  ])("what only Ansible could run is an error: %j", (text, expected) => {
    expect(problems(text)).toEqual([`WM2041 ${expected} ${freeze}`]);
  });
});

test("groups hold the hosts of their children, and hosts of no group are in `ungrouped`", () => {
  const groups = groupsOf(read("a\n[all:children]\ntop\n[top:children]\nlow\n[low]\nb\n[none]\n"));
  expect(Object.fromEntries(groups)).toEqual({ ungrouped: ["a"], top: ["b"], low: ["b"] });
});

test("ranges count in letters, steps and fixed widths", () => {
  const names = read(
    "w[a:c]\nw[X:Z]\nn[08:10]\nn[:2]\ns[0:10:5]\nr[1:2]-[a:b].lan\n[2001:db8::1]:22\n10.0.0.[1:2]\n",
  ).hosts;
  expect(names.map(({ name }) => name).join(" ")).toBe(
    "wa wb wc wX wY wZ n08 n09 n10 n0 n1 n2 s0 s5 s10 r1-a.lan r1-b.lan r2-a.lan r2-b.lan 2001:db8::1 10.0.0.1 10.0.0.2",
  );
});

test("values are what Ansible reads, numbers as they were typed", () => {
  const inline = String.raw`a q="a b" s='x=y' e=a\ b n=0010 f=1.50 h=0x1F t=True lit="'03#x'" u="u'é'" esc='"a\tb\\"' o=x"y z" c=1#2`;
  expect(read(`${inline}\n`).hosts[0]?.vars).toEqual({
    q: "a b",
    s: "x=y",
    e: "a b",
    n: "0010",
    f: "1.50",
    h: "0x1F",
    t: "True",
    lit: "03#x",
    u: "é",
    esc: "a\tb\\",
    c: "1",
    o: "xy z",
  });
  const section =
    "[all:vars]\nn = 5 # five\nplain = a b # not a comment\nquoted='it''s' # \"its\" it's\nempty=\neq=a=b\n[g]\na\n";
  expect(read(section).hosts[0]?.vars).toEqual({
    n: "5",
    plain: "a b # not a comment",
    quoted: "its",
    empty: "",
    eq: "a=b",
  });
});

test("line ends and a byte order mark do not matter", () => {
  expect(read("[web]\r\na x=1\r\n\r\n[web:vars]\r\ny=2\r\n").hosts).toMatchObject([
    { name: "a", vars: { x: "1", y: "2" } },
  ]);
});

test("old names of settings win over new ones, as in Ansible", () => {
  const [host] = read(
    "a ansible_host=1.1.1.1 ansible_ssh_host=2.2.2.2 ansible_ssh_port=23 ansible_port=24 ansible_user=x ansible_ssh_user=y\n",
  ).hosts;
  expect(host).toMatchObject({ address: "2.2.2.2", port: 23, user: "y", vars: {} });
});

test.each([
  ["-o ProxyJump=gate", ["gate"]],
  ["-oProxyJump=pi@gate:23,b", ["pi@gate:23", "b"]],
  ["-J gate", ["gate"]],
  ["-Jgate", ["gate"]],
  ["-o 'ProxyJump=gate'", ["gate"]],
  ["-o 'ProxyJump gate'", ["gate"]],
])("a jump in the arguments for ssh is taken over: %s", (args, jump) => {
  expect(read(`a ansible_ssh_common_args="${args}"\n`).hosts[0]?.jump).toEqual(jump);
});

const range = "(Write a range as `[1:3]`, `[01:16]`, `[a:f]` or `[0:10:2]`.)";

test.each<[string, string, string[]]>([
  [
    "a section of an unknown kind, and nothing about what stands below it",
    "[web:var]\nx=1\n[web]\na\n",
    ["WM2042 1:6 «var» `[web:var]`: a section is of `vars` or of `children` (Did you mean `vars`?)"],
  ],
  [
    "sections that are none",
    "[we b]\n[]\n",
    ["1:1 «[we b]» `[we b]`", "2:1 «[]» `[]`"].map(
      (start) =>
        `WM2042 ${start} is not a section (Write \`[group]\`, \`[group:vars]\` or \`[group:children]\`, without blanks.)`,
    ),
  ],
  [
    "groups that do not exist",
    "[web]\na\n[prod:children]\nwbe\n[wbe:vars]\nx=1\n",
    [
      "WM2043 4:1 «wbe» `[prod:children]` names the group `wbe`, which does not exist (Did you mean `web`?)",
      "WM2043 5:2 «wbe» `[wbe:vars]` names the group `wbe`, which does not exist (Did you mean `web`?)",
    ],
  ],
  [
    "lines that say nothing",
    "a b\na =x\n[web:vars]\nnovalue\n[prod:children]\na b\n[web]\n",
    [
      "WM2042 1:3 «b» `b` is not a variable with its value (Write `name=value`, with quotes around blanks.)",
      "WM2042 2:3 «=x» `=x` is not a variable with its value (Write `name=value`, with quotes around blanks.)",
      "WM2042 4:1 «novalue» `novalue` is not a variable with its value (Write `name=value`.)",
      "WM2042 6:1 «a b» `a b` is not the name of a group (Below `[prod:children]`, name one group a line.)",
    ],
  ],
  [
    "a quote without its partner",
    '  a x="b\n',
    ['WM2042 1:3 «a x="b» A quote is not closed (Close it, or remove it.)'],
  ],
  [
    "ranges that are none",
    "a[3:1]\nb[1-3]\nc[01:3]\nd[0:9:0]\ne[a:3]\nf[1:999999]\ng[1:3\nh[0:999][0:999]\ni[1:]\nj[z:a] x=1\n",
    [
      `WM2008 1:1 «a[3:1]» the range \`[3:1]\` runs backwards ${range}`,
      `WM2008 2:1 «b[1-3]» \`[1-3]\` is not a range ${range}`,
      `WM2008 3:1 «c[01:3]» the bounds of \`[01:3]\` are not equally long ${range}`,
      `WM2008 4:1 «d[0:9:0]» the range \`[0:9:0]\` makes no steps ${range}`,
      `WM2008 5:1 «e[a:3]» \`[a:3]\` is not a range ${range}`,
      `WM2008 6:1 «f[1:999999]» the range \`[1:999999]\` has more than 100000 steps ${range}`,
      `WM2008 7:1 «g[1:3» \`g[1:3\` has a bracket without its partner ${range}`,
      "WM2008 8:1 «h[0:999][0:999]» `h[0:999][0:999]` stands for more than 100000 hosts (Use a smaller range.)",
      `WM2008 9:1 «i[1:]» \`[1:]\` is not a range ${range}`,
      `WM2008 10:1 «j[z:a]» the range \`[z:a]\` runs backwards ${range}`,
    ],
  ],
  [
    "bad ports, each pointed at once",
    "a:ssh\nb:0\n[::1]:70000\nc[1:2] ansible_port=http\n",
    [
      "WM2004 1:1 «a:ssh» `ssh` is not a port (A port is a number from 1 to 65535.)",
      "WM2004 2:1 «b:0» `0` is not a port (A port is a number from 1 to 65535.)",
      "WM2004 3:1 «[::1]:70000» `70000` is not a port (A port is a number from 1 to 65535.)",
      "WM2004 4:8 «ansible_port=http» `http` is not a port (A port is a number from 1 to 65535.)",
    ],
  ],
  [
    "names that are taken or cannot be",
    "all\na,b\n[local]\n[we,b]\n[web]\nweb\n",
    [
      "WM2007 1:1 «all» No host can be called `all`: that is every remote host (Choose another name.)",
      "WM2009 2:1 «a,b» `a,b` cannot be the name of a host (Use letters, digits and any of `-_.:`, and start with a letter or digit.)",
      "WM2007 3:2 «local» No group can be called `local`: that is the machine Waymark runs on (Choose another name, or leave the group out.)",
      "WM2009 4:2 «we,b» `we,b` cannot be the name of a group (Use letters, digits and any of `-_.`, and start with a letter or digit.)",
      "WM2006 5:2 «web» `web` is both a group and a host (Rename one of them, so that patterns are clear.)",
    ],
  ],
  [
    "groups in a circle",
    "[a:children]\nb\n[b:children]\nc\n[c:children]\nb\n",
    ["WM2044 6:1 «b» The group `b` is within itself: b → c → b (Take it out of the children of the last one.)"],
  ],
  [
    "templates",
    'a x="{{ y }}"\nb x={{ y }}\nc{{ n }}\n[all:vars]\nz={% if a %}1{% endif %}\n',
    [
      ['1:3 «x="{{ y }}"»', "x"],
      ["2:3 «x={{»", "x"],
      ["3:1 «c{{»", "c{{"],
      ["5:1 «z={% if a %}1{% endif %}»", "z"],
    ].map(
      ([at, name]) =>
        `WM2041 ${at} \`${name}\` is a template, which only Ansible can fill in (Write the value out; \`ansible NAME -m debug -a var=VARIABLE\` shows what Ansible makes of it.)`,
    ),
  ],
  [
    "connections that Waymark does not make",
    "a ansible_connection=docker\nb ansible_connection=local\n",
    [
      "WM2047 1:3 «ansible_connection=docker» `ansible_connection` is `docker`: Waymark knows `ssh` and `local` (Leave such hosts out.)",
    ],
  ],
  [
    "ways to a host that are not taken over",
    "a ansible_ssh_common_args=\"-o ProxyCommand='ssh -W %h:%p gate'\"\n",
    [
      "WM2046 1:3 «ansible_ssh_common_args=\"-o ProxyCommand='ssh -W %h:%p gate'\"» `-o ProxyCommand='ssh -W %h:%p gate'` for ssh is not taken over (Write `-o ProxyJump=HOST` alone, or leave it to the ssh config.)",
    ],
  ],
  [
    "what else is not taken over: a warning, once",
    "a[1:2] ansible_become=yes ansible_python_interpreter=/x\nb ansible_become=no ansible_password=x ansible_ssh_retries=3 ansible_foo=1\nc PATH=1 http-port=3 l=[1] n=None\nd ansible_ssh_extra_args='-o ServerAliveInterval=5'\n",
    [
      "WM2046 warning 1:8 «ansible_become=yes» `ansible_become` is not taken over (The guide says which steps run as root: `sudo`.)",
      "WM2046 warning 2:21 «ansible_password=x» `ansible_password` is not taken over (Log in with a key or the SSH agent.)",
      "WM2046 warning 2:40 «ansible_ssh_retries=3» `ansible_ssh_retries` is not taken over (Say it in the ssh config, or in a hosts file of Waymark.)",
      "WM2046 warning 2:62 «ansible_foo=1» `ansible_foo` is not taken over (It has no effect here.)",
      "WM2046 warning 3:3 «PATH=1» `PATH` means something to the shell or the system already (Steps do not have it as a variable.)",
      "WM2046 warning 3:10 «http-port=3» `http-port` is not a variable name (letters, digits and _, not starting with a digit) (Steps do not have it as a variable.)",
      "WM2046 warning 3:22 «l=[1]» `l` is not a single value, and not taken over (Steps do not have it as a variable.)",
      "WM2046 warning 3:28 «n=None» `n` is not a single value, and not taken over (Steps do not have it as a variable.)",
      "WM2046 warning 4:3 «ansible_ssh_extra_args='-o ServerAliveInterval=5'» `-o ServerAliveInterval=5` for ssh is not taken over (Say it in the ssh config, or in a hosts file of Waymark.)",
    ],
  ],
  [
    "keys and shapes of YAML groups",
    "all:\n  hsots: { a: }\n  hosts: [a]\n  vars: { x: 1 }\nweb:\n  children: 5\n  hosts:\n    b: [1]\n    web[3:1]:\n",
    [
      "WM2045 2:3 «hsots» The group `all` has no key `hsots` (Did you mean `hosts`?)",
      "WM2045 3:10 «[a]» `hosts` of `all` must be a map (Write a map: names with a colon behind them, one a line.)",
      "WM2045 6:13 «5» `children` of `web` must be a map (Write a map: names with a colon behind them, one a line.)",
      "WM2045 8:8 «[1]» The host `b` must be a map (Write a map: names with a colon behind them, one a line.)",
      `WM2008 9:5 «web[3:1]» the range \`[3:1]\` runs backwards ${range}`,
    ],
  ],
  [
    "values of YAML variables",
    "web:\n  hosts:\n    a: { ansible_port: 70000, TOKEN: !vault x, t: '{{ y }}', l: [1], n: }\n",
    [
      "WM2004 3:24 «70000» `70000` is not a port (A port is a number from 1 to 65535.)",
      'WM2041 3:45 «x» `TOKEN` is encrypted with Ansible\'s vault, which Waymark cannot open (Make it an input of the guide: `{ secret: true, from: "…" }`.)',
      "WM2041 3:51 «'{{ y }}'» `t` is a template, which only Ansible can fill in (Write the value out; `ansible NAME -m debug -a var=VARIABLE` shows what Ansible makes of it.)",
      "WM2046 warning 3:65 «[1]» `l` is not a single value, and not taken over (Steps do not have it as a variable.)",
      "WM2046 warning 3:70 «n» `n` is not a single value, and not taken over (Steps do not have it as a variable.)",
    ],
  ],
  [
    "the same key twice in YAML",
    "web:\n  hosts:\n    a:\n    a:\n",
    ["WM2001 4:5 «a» `a` stands in this map twice (Remove or rename one of them.)"],
  ],
  [
    "groups of YAML in a circle, aliases too",
    "web: { children: { web: } }\nx: &x { children: { y: *x } }\n",
    [
      "WM2044 1:20 «web» The group `web` is within itself: web → web (Take it out of the children of the last one.)",
      "WM2044 2:1 «x» The group `y` is nested more than 100 deep (Name the group alone below the second `children`.)",
      "WM2044 2:21 «y» The group `y` is within itself: y → y (Take it out of the children of the last one.)",
    ],
  ],
])("%s", (_, text, expected) => {
  expect(problems(text)).toEqual(expected);
});

test("a big inventory is read in no time", () => {
  const hosts = Array.from(
    { length: 100 },
    (_, index) => `[g${index}]\nh${index}-[1:100]\n[g${index}:vars]\nx=${index}\n`,
  );
  const children = `[top:children]\n${Array.from({ length: 100 }, (_, index) => `g${index}\n`).join("")}`;
  const { hosts: found } = read(hosts.join("") + children);
  expect(found).toHaveLength(10_000);
  expect(found.at(-1)).toMatchObject({ groups: ["g99", "top"], vars: { x: "99" } });
});
