import { expect, it } from "vitest";
import { imaginedHosts } from "../../../src/cli/imagined-hosts.ts";
import { readGuide } from "../../../src/document/read-guide.ts";

function namesFor(on: readonly string[], requires = ""): readonly string[] {
  const steps = on.map((pattern) => `\`\`\`bash {on="${pattern}"}\ntrue\n\`\`\`\n`).join("\n");
  const text = `---\nrunbook: { requires: { ${requires} } }\n---\n# Guide\n\n${steps}`;
  const { runbook } = readGuide("guide.md", new TextEncoder().encode(text));
  if (runbook === undefined) throw new Error("not a runbook");
  return imaginedHosts(runbook).hosts.map(({ name, groups }) => `${name} in ${groups.join()}`);
}

it("gives every group that a guide names three hosts", () => {
  const three = (group: string): readonly string[] => [1, 2, 3].map((n) => `${group}-${n} in ${group}`);
  expect(namesFor(["master", "all,!worker"])).toEqual([...three("master"), ...three("worker")]);
});

it("gives a group as many hosts as the guide requires, and no more than it allows", () => {
  expect(namesFor(["master"], "master: 1")).toEqual(["master-1 in master"]);
  expect(namesFor(["all"], "worker: 5..")).toHaveLength(5);
});

it("gives one host to where others have something run, and to where copies come from", () => {
  const guide = ["```bash {on=worker at=boss}\ntrue\n```\n", "```sh {copy}\nscp store:/a arch:/b\n```\n"].join("\n");
  const { runbook } = readGuide("guide.md", new TextEncoder().encode(guide));
  if (runbook === undefined) throw new Error("not a runbook");
  const counts = Map.groupBy(imaginedHosts(runbook).hosts, ({ groups }) => groups.join());
  expect([...counts].map(([group, hosts]) => [group, hosts.length])).toEqual([
    ["worker", 3],
    ["arch", 3],
    ["boss", 1],
    ["store", 1],
  ]);
});

it("takes neither all nor local nor wildcards for groups, and never comes back without hosts", () => {
  expect(namesFor(["all", "local", "pi-*"])).toEqual(["host-1 in host", "host-2 in host", "host-3 in host"]);
});
