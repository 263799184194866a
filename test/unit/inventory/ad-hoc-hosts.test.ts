import { expect, test } from "vitest";
import { parseAdHocHosts } from "../../../src/inventory/ad-hoc-hosts.ts";
import { mergeInventories } from "../../../src/inventory/merge-inventories.ts";
import { hostOf } from "../host-of.ts";

function parse(...values: string[]): string[] {
  const { hosts, diagnostics } = parseAdHocHosts(values);
  expect(diagnostics).toEqual([]);
  return hosts.map(
    ({ name, user, address, port, groups }) => `${name} = ${user ?? ""}@${address}:${port} ${groups.join("+")}`,
  );
}

test("reads groups, users, addresses and ports", () => {
  expect(parse("master=pi@192.168.0.27", "worker=10.0.0.2:2222,root@10.0.0.3", "worker=pi-4.lan")).toEqual([
    "192.168.0.27 = pi@192.168.0.27:22 master",
    "10.0.0.2 = @10.0.0.2:2222 worker",
    "10.0.0.3 = root@10.0.0.3:22 worker",
    "pi-4.lan = @pi-4.lan:22 worker",
  ]);
  expect(parse("a=x,b=y")).toEqual(["x = @x:22 a", "y = @y:22 b"]);
});

test("IPv6 addresses stand in brackets", () => {
  expect(parse("a=[::1],pi@[fe80::1%eth0]:2222")).toEqual(["::1 = @::1:22 a", "fe80::1%eth0 = pi@fe80::1%eth0:2222 a"]);
});

test("one address with several ports is several hosts, in several groups one host", () => {
  expect(parse("a=127.0.0.1:2201,127.0.0.1:2202", "b=pi@127.0.0.1:2201,127.0.0.2")).toEqual([
    "127.0.0.1:2201 = pi@127.0.0.1:2201 a+b",
    "127.0.0.1:2202 = @127.0.0.1:2202 a",
    "127.0.0.2 = @127.0.0.2:22 b",
  ]);
});

test.each([
  ["192.168.0.27", "WM2010", "`--host 192.168.0.27`: the group is missing"],
  ["=pi@h", "WM2009", "`--host =pi@h`: `` cannot be the name of a group"],
  ["all=h", "WM2007", "`--host all=h`: No group can be called `all`: that is every remote host"],
  ["a=", "WM2010", "`--host a=`: the address is missing"],
  ["a=h,,i", "WM2010", "`--host a=h,,i`: the address is missing"],
  ["a=pi@", "WM2010", "`--host a=pi@`: the address is missing"],
  ["a=@h", "WM2010", "`--host a=@h`: the user before `@` is missing"],
  ["a=h:ssh", "WM2010", "`--host a=h:ssh`: `ssh` is not a port"],
  ["a=h:", "WM2010", "`--host a=h:`: `` is not a port"],
  ["a=h:70000", "WM2010", "`--host a=h:70000`: `70000` is not a port"],
  ["a=fe80::1", "WM2010", "`--host a=fe80::1`: an IPv6 address must be in brackets"],
  ["a=h*", "WM2010", "`--host a=h*`: `h*` cannot be the name of a host"],
  ["a=local", "WM2010", "`--host a=local`: No host can be called `local`: that is the machine Waymark runs on"],
  ["a=b,b=c", "WM2006", "`--host a=b`: `b` is both a group and a host"],
  ["a=pi@h,root@h", "WM2010", "`--host a=pi@h`: h is given with the users pi and root"],
])("%s is refused", (value, code, message) => {
  const { diagnostics } = parseAdHocHosts([value]);
  expect(diagnostics).toMatchObject([{ code, message, severity: "error" }]);
  expect(diagnostics[0]?.hint).not.toBe("");
});

test("hosts of the command line join those of the file", () => {
  const file = {
    path: "hosts.yaml",
    hosts: [hostOf("pi-1", { address: "10.0.0.1", port: 2222, user: "pi", groups: ["rack"], vars: { A: "1" } })],
  };
  const { inventory, diagnostics } = mergeInventories(file, parseAdHocHosts(["master=root@pi-1,pi-2"]).hosts);
  expect(diagnostics).toEqual([]);
  expect(inventory).toEqual({
    path: "hosts.yaml",
    hosts: [
      hostOf("pi-1", { address: "10.0.0.1", port: 2222, user: "root", groups: ["rack", "master"], vars: { A: "1" } }),
      hostOf("pi-2", { groups: ["master"], unsaid: ["address", "port", "jump"] }),
    ],
  });
  expect(mergeInventories(undefined, []).inventory).toEqual({ hosts: [] });
});

test("a port on the command line wins over the file's, 22 as well", () => {
  const file = { hosts: [hostOf("pi-1", { port: 2222 }), hostOf("pi-2", { unsaid: ["address", "port", "jump"] })] };
  const merged = (value: string) => mergeInventories(file, parseAdHocHosts([value]).hosts).inventory.hosts;
  expect(merged("a=pi-1")[0]?.port).toBe(2222);
  expect(merged("a=pi-1:22")[0]?.port).toBe(22);
  expect(merged("a=pi-1:2200,pi-2:22")).toMatchObject([
    { port: 2200 },
    { port: 22, unsaid: ["address", "jump"], groups: ["a"] },
  ]);
});

test.each([
  ["pi-1=10.0.0.9", "pi-1", "Choose another group."],
  ["web=rack", "rack", "Choose another address, or rename the group."],
])("--host %s cannot make a name mean two things", (value, name, hint) => {
  const file = { hosts: [hostOf("pi-1", { groups: ["rack"] })] };
  expect(mergeInventories(file, parseAdHocHosts([value]).hosts).diagnostics).toMatchObject([
    { code: "WM2006", message: `\`--host\` makes \`${name}\` both a group and a host`, hint },
  ]);
});
