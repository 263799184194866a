import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { useLoopbackLab } from "../lab/loopback-lab.ts";
import { block, eventsOf, expectCode, hostsFile, usePlace } from "./waymark.ts";

/*
 * Hosts and what is said of them, from the file to the steps that run there.
 */

const lab = useLoopbackLab({ names: ["alpha", "beta", "gamma"] });
const place = usePlace();

const GUIDE = [
  "---\nrunbook:\n  requires: { web: 2, db: 1.. }\n---\n",
  block("bash {#say on=web,db capture=SAID}", 'echo "$WAYMARK_HOST in $RACK"'),
  block(
    "expect",
    'stdout == host.name + " in " + host.vars.RACK',
    'hosts.filter(h, h.vars.RACK == "left").map(h, h.name) == groups.web.map(h, h.name)',
  ),
].join("\n");

const EXPECTED = { alpha: "alpha in left", beta: "beta in left", gamma: "gamma in the cellar" };

async function said(...args: readonly string[]): Promise<object> {
  await place().write("guide.md", GUIDE);
  const { stdout } = expectCode(0, await place().waymark("run", "guide.md", "--json", "--new", ...args));
  return Object.fromEntries(eventsOf(stdout, "variable-captured").map(({ host, value }) => [host, value]));
}

test("variables of a host reach its steps and its expectations", async () => {
  const changes = {
    alpha: { groups: ["web"], vars: { RACK: "left" } },
    beta: { groups: ["web"], vars: { RACK: "left" } },
    gamma: { groups: ["db"], vars: { RACK: "the cellar" } },
  };
  await place().write("hosts.yaml", hostsFile(lab().hosts, changes));
  expect(await said()).toEqual(EXPECTED);
});

test("an inventory of Ansible's is run as it is", async () => {
  const [first] = lab().hosts;
  const known = await Promise.all((first?.knownHosts ?? []).map((path) => readFile(path, "utf8")));
  await place().write("home/.ssh/known_hosts", known.join("\n"));
  const lines = lab().hosts.map(({ name, address, port }) => `${name} ansible_host=${address} ansible_port=${port}`);
  await place().write(
    "site/inventory.ini",
    [
      ...lines,
      "[web]\nalpha\nbeta",
      "[db]\ngamma RACK='the cellar'",
      "[site:children]\nweb\ndb",
      "[site:vars]\nRACK=left",
      `[all:vars]\nansible_user=${first?.user}\nansible_ssh_private_key_file=${first?.identity[0]}`,
    ].join("\n"),
  );
  expect(await said("-i", "site/inventory.ini")).toEqual(EXPECTED);
});

test("too few hosts of a group is said before anything runs", async () => {
  await place().write("guide.md", GUIDE);
  await place().write("hosts.yaml", hostsFile(lab().hosts, { alpha: { groups: ["web"] }, beta: { groups: ["wbe"] } }));
  const { stderr } = expectCode(2, await place().waymark("run", "guide.md"));
  expect(stderr).toContain("guide.md:3:15");
  expect(stderr).toContain("The guide needs exactly 2 hosts in `web`; the inventory has 1");
  expect(stderr).toContain("The guide needs at least 1 host in `db`; the inventory has none");
});
