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
    ["all,!arch", "every host except arch"],
    ["all,!master,!arch", "every host except the master and arch"],
    ["worker,&arch", "every worker that is also arch"],
    ["worker[0]", "the first worker"],
    ["worker[3]", "the fourth worker"],
    ["all[20]", "the 21st host"],
    ["worker[11]", "the 12th worker"],
    ["worker[-1]", "the last worker"],
    ["worker[1:]", "every worker but the first"],
    ["all[0:2]", "the first 2 of the hosts"],
    ["worker[2:4]", "the hosts worker[2:4]"],
    ["pi-*", "every host called pi-*"],
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
    ["'worker' in host.groups && vars.A == 'x'", "the host is one of worker and A is x"],
    ["!('worker' in host.groups)", "the host is not one of worker"],
    ["int(vars.COUNT) >= 3", "COUNT is at least 3"],
    ["!(size(groups.worker) > 2)", "the number of hosts in worker is at most 2"],
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
    ["size(table) == size(groups.worker)", "the number of rows is the number of hosts in worker"],
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
