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
    [
      "host.os.id == 'debian' || host.os.like.contains('debian')",
      "the host runs debian or the host runs something like debian",
    ],
    ["'worker' in host.groups && vars.A == 'x'", "the host is one of worker and A is x"],
    // What has no words, or not all of it, is shown as it is.
    ["vars.A == 'x' || vars.B == 'y' && vars.C == 'z'", "vars.A == 'x' || vars.B == 'y' && vars.C == 'z'"],
    ["!(vars.A == 'x' || vars.B == 'y')", "!(vars.A == 'x' || vars.B == 'y')"],
    ["vars.A == 'x || y'", "vars.A == 'x || y'"],
    ["vars.A == 'x' && size(hosts) > 3", "vars.A == 'x' && size(hosts) > 3"],
    ["vars.A in [vars.B, 'x']", "vars.A in [vars.B, 'x']"],
    ["vars.A == 'it\\'s'", "vars.A == 'it\\'s'"],
  ])("%s: %s", (source, words) => {
    expect(plain(whenWords(source))).toBe(words);
  });

  test.each([
    ["exit == 1", "it ends with exit status 1"],
    ['stdout.trim() == ""', "it prints nothing"],
    ["stdout == 'yes'", "it prints yes"],
    ['stderr.contains("No such file")', "its error message has No such file in it"],
    ["size(lines) == 1", "it prints 1 line"],
    ["size(table) == size(hosts)", "it lists a row for each host"],
    ['table.all(node, node.STATUS == "Ready")', "in every row, STATUS is Ready"],
    ['table.all(a, b.STATUS == "Ready")', 'table.all(a, b.STATUS == "Ready")'],
    ["table[0].VERSION == vars.K8S_VERSION", "VERSION is the value of K8S_VERSION"],
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
