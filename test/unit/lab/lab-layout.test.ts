import { expect, test } from "vitest";
import { parse } from "yaml";
import { defaultNames, inventoryText, knownHostsText, layOut, sshdConfig } from "../../../src/lab/lab-layout.ts";

const endpoints = [1, 2, 3].map((last) => ({ address: `127.0.77.${last}`, port: 2277 }));
const hosts = layOut("/lab", defaultNames(3), ["master", "worker"], endpoints);

test("each host has a name, an address, and a home and temporary folder of its own", () => {
  expect(hosts[1]).toEqual({
    name: "lab-2",
    address: "127.0.77.2",
    port: 2277,
    groups: ["worker"],
    home: "/lab/hosts/lab-2/home",
    tmp: "/lab/hosts/lab-2/tmp",
  });
});

test("the last group is for all the rest", () => {
  expect(hosts.map(({ groups }) => groups)).toEqual([["master"], ["worker"], ["worker"]]);
});

test("the inventory reads as one", () => {
  expect(parse(inventoryText(hosts, "pi"))).toEqual({
    defaults: { user: "pi", identity: "id_ed25519", known_hosts: "known_hosts" },
    hosts: {
      "lab-1": { address: "127.0.77.1", port: 2277, groups: ["master"] },
      "lab-2": { address: "127.0.77.2", port: 2277, groups: ["worker"] },
      "lab-3": { address: "127.0.77.3", port: 2277, groups: ["worker"] },
    },
  });
});

test("every host is on record with its port", () => {
  expect(knownHostsText(hosts, "ssh-ed25519 AAAA").split("\n")[2]).toBe("[127.0.77.3]:2277 ssh-ed25519 AAAA");
});

test("an sshd for them listens on loopback alone, lets keys in alone, and gives each its own environment", () => {
  const files = { hostKey: "/lab/host key", authorizedKeys: "/lab/authorized_keys" };
  const config = sshdConfig(hosts.slice(0, 1), files, { extra: ["MaxSessions 2"], penalties: false });
  expect(config.split("\n")[0]).toBe("MaxSessions 2");
  expect(config.match(/^ListenAddress .*$/gm)).toEqual(["ListenAddress 127.0.77.1:2277"]);
  expect(config).toContain('HostKey "/lab/host key"\n');
  expect(config).toContain("PasswordAuthentication no\n");
  expect(config).toContain("Match LocalAddress 127.0.77.1 LocalPort 2277\n  SetEnv HOME=/lab/hosts/lab-1/home WAYMARK");
  expect(config).not.toContain("PerSourcePenalties");
  expect(sshdConfig([], files, { extra: [], penalties: true })).toContain("PerSourcePenalties no\n");
});
