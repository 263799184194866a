import { describe, expect, test } from "vitest";
import { expectedWords, whenWords } from "../../../../src/publish/words/condition-words.ts";
import { durationWords } from "../../../../src/publish/words/duration-words.ts";
import { hostNames, hostWords } from "../../../../src/publish/words/host-words.ts";
import { plain, sentence } from "../../../../src/publish/words/words.ts";

const span = { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } };

describe("hosts", () => {
  const names = hostNames(
    [
      { group: "master", min: 1, max: 1, span },
      { group: "worker", min: 2, span },
    ],
    { hosts: { "pi-nas": {} } },
  );

  test.each([
    ["all", "every host"],
    ["local", "your own computer"],
    ["master", "the master"],
    ["worker", "every worker"],
    ["pi-nas", "pi-nas"],
    ["master,worker", "the master and every worker"],
    ["web", "every web host"],
    ["control-plane", "every control-plane host"],
    ["docker", "every docker host"],
    ["webservers", "all webservers"],
    ["proxies,node", "all proxies and every node"],
    ["postgres", "every postgres host"],
    ["all,!arch", "every host except the arch hosts"],
    ["all,!worker,!proxy,!switch", "every host except the workers, the proxies and the switches"],
    ["all,!master,!arch", "every host except the master and the arch hosts"],
    ["all,!pi-nas,!pi-*", "every host except pi-nas and hosts with names like pi-*"],
    ["worker,!worker[0]", "every worker except the first worker"],
    ["!worker", "every host except the workers"],
    ["worker,&arch", "every worker that is also an arch host"],
    ["web,&worker,&servers", "every web host that is also a worker and a server"],
    ["web,db,&prod", "every web host and every db host, each only if it is also a prod host"],
    ["all,&web,&worker[0:1]", "every web host that is also one of the first 2 workers"],
    ["all,&web,!local", "every web host except your own computer"],
    ["worker[0]", "the first worker"],
    ["web[0]", "the first web host"],
    ["worker[3]", "the fourth worker"],
    ["all[20]", "the 21st host"],
    ["worker[11]", "the 12th worker"],
    ["worker[-1]", "the last worker"],
    ["workers[-2]", "the second to last worker"],
    ["worker[1:]", "all workers but the first"],
    ["web[2:]", "all web hosts but the first 2"],
    // The end is one of them.
    ["all[0:2]", "the first 3 hosts"],
    ["worker[2:4]", "the third to the fifth worker"],
    ["pi-*", "every host with a name like pi-*"],
    ["pi-[a,b][1:]", "every host with a name like pi-[a,b][1:]"],
    ["a b", "the hosts a b"],
  ])("%s: %s", (pattern, words) => {
    expect(plain(hostWords(pattern, names))).toBe(words);
  });
});

describe("conditions", () => {
  test.each([
    ["vars.NETWORK == 'flannel'", "NETWORK is flannel"],
    ['vars.NETWORK != "flannel"', "NETWORK is not flannel"],
    ["vars.A in ['x', 'y', \"z\"]", "A is x, y or z"],
    ["host.vars.RACK == ''", "RACK is empty"],
    ["host.os.id == 'debian' || host.os.like.contains('debian')", "the host runs debian or something like debian"],
    ["host.os.id != 'debian'", "the host does not run debian"],
    [
      "host.os.version == '12' && host.kernel.startsWith('6.')",
      "the version of the host's system is 12 and the host's kernel begins with 6.",
    ],
    ["'worker' in host.groups && vars.A == 'x'", "the host is a worker and A is x"],
    ["!('worker' in host.groups)", "the host is not a worker"],
    ["host in groups.arch || host in groups.web", "the host is an arch host or a web host"],
    ["int(vars.COUNT) >= 3", "COUNT is at least 3"],
    ["!(size(groups.worker) > 2)", "the number of workers is at most 2"],
    ["has(vars.A) && !has(vars.B)", "A has a value and B has no value"],
    ["vars.A == vars.B", "A is the value of B"],
    ["vars.A == 'x || y'", "A is x || y"],
    // What belongs together is told by commas.
    ["vars.A == 'x' || vars.B == 'y' && vars.C == 'z'", "A is x, or B is y and C is z"],
    ["(vars.A == 'x' || vars.A == 'y') && vars.C == 'z'", "A is x or y, and C is z"],
    ["(vars.A == 'x' && (vars.B == 'y' && vars.C == 'z'))", "A is x, B is y and C is z"],
    // None of two is not the one and not the other.
    ["!(vars.A == 'x' || vars.B == 'y')", "A is not x and B is not y"],
    ["!(vars.A == 'x' && !(vars.B == 'y'))", "A is not x or B is y"],
  ])("%s: %s", (source, words) => {
    expect(plain(whenWords([source]))).toBe(words);
  });

  test.each([
    "vars.A == 'x' && hosts[0] == host",
    "vars.A in [vars.B, 'x']",
    "vars.A == 'it\\'s'",
    "vars.A == 'x' ? vars.B == 'y' : vars.C == 'z'",
    "vars.A == 'x' && vars.B == 'y' ? true : false",
    "!vars.A == 'x'",
    "vars.A.constructor('x')",
    "vars.A == 'x' + 'y'",
    "vars.A == 'x' && (vars.B == 'y' || vars.C == 'z' && vars.D == 'x')",
    "(vars.A == 'x') == (vars.B == 'y')",
    "-int(vars.A) < 3",
    "(",
    "vars.A == 'x",
    "",
  ])("%s has no words, or not all of it: it is shown as it is", (source) => {
    expect(plain(whenWords([source]))).toBe(source);
    expect(plain(expectedWords(source))).toBe(source);
  });

  test("that must all hold are one", () => {
    const words = (...sources: string[]) => plain(whenWords(sources));
    expect(words("vars.A == 'x'", "vars.B == 'y'", "vars.C == 'z'")).toBe("A is x, B is y and C is z");
    expect(words("vars.A == 'x' || vars.B == 'y'", "vars.C == 'z'")).toBe("A is x or B is y, and C is z");
    expect(words("vars.A == 'x' || vars.B == 'y'", "hosts[0] == host")).toBe("A is x or B is y, and hosts[0] == host");
  });

  test("of any length are told at once", () => {
    const long = `vars.A == '${"x.y(".repeat(50_000)}'`;
    expect(plain(whenWords([long]))).toBe(long);
    expect(plain(whenWords(["(".repeat(100_000)]))).toHaveLength(100_000);
  });

  test.each([
    ["exit == 1", "it ends with exit status 1"],
    ["!(exit == 0)", "it fails"],
    ['stdout.trim() == ""', "it prints nothing"],
    ["stdout == 'yes'", "it prints yes"],
    ["stdout == 'yes' || stdout == 'no'", "it prints yes or no"],
    ["!stdout.contains('no')", "what it prints does not have no in it"],
    ['stderr.contains("No such file")', "its error message has No such file in it"],
    ["exit != 0 && stderr != ''", "it fails and it prints an error message"],
    ["stdout.matches('^[0-9]+$')", "what it prints matches ^[0-9]+$"],
    ["int(stdout.trim()) > 1024", "what it prints is more than 1024"],
    ["size(lines) == 1", "it prints 1 line"],
    ["size(lines) >= 2", "the number of lines is at least 2"],
    ["lines.exists(l, l.startsWith('Forwarding'))", "a line begins with Forwarding"],
    ["size(table) == size(hosts)", "it lists a row for each host"],
    ["size(table) == size(groups.worker)", "the number of rows is the number of workers"],
    [
      "size(table) == size(groups.master) + size(groups.web)",
      "the number of rows is the number of masters and web hosts",
    ],
    ['table.all(node, node.STATUS == "Ready")', "in every row, STATUS is Ready"],
    ["table.all(pod, pod.STATUS in ['Running', 'Completed'])", "in every row, STATUS is Running or Completed"],
    ["table.exists(n, n.NAME == host.name)", "in a row, NAME is the name of the host"],
    ["!table.all(n, n.STATUS == 'Ready')", "!table.all(n, n.STATUS == 'Ready')"],
    ['table.all(a, b.STATUS == "Ready")', 'table.all(a, b.STATUS == "Ready")'],
    ["table[0].VERSION == vars.K8S_VERSION", "VERSION is the value of K8S_VERSION"],
    ["json.server.version == '1'", "server.version is 1"],
  ])("%s: %s", (source, words) => {
    expect(plain(expectedWords(source))).toBe(words);
  });
});

test("durations are in the largest unit that fits", () => {
  expect([250, 10_000, 60_000, 5_400_000, 3_600_000].map(durationWords)).toEqual([
    "250 milliseconds",
    "10 seconds",
    "1 minute",
    "90 minutes",
    "1 hour",
  ]);
});

test("a sentence begins with a capital and ends with a full stop", () => {
  expect(plain(sentence(["on ", ...hostWords("all", hostNames([], undefined))]))).toBe("On every host.");
});
