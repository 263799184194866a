import { expect, test } from "vitest";
import { lookUpSshConfig } from "../../../src/inventory/ssh-config-text.ts";

const CONFIG = `
# mine
Host pi-*
  HostName %h.lan
  User pi
  IdentityFile ~/.ssh/one
  identityfile "~/.ssh/with blank"
  UserKnownHostsFile ~/kh1 ~/kh2

Match originalhost web user deploy
  Port 2222

Match exec "touch /tmp/never" host web
  Port 1

Host web !pi-9
  ProxyJump eve@gate:22,inner
  ProxyCommand nc %h %p
Host *
  User nobody
  IdentityFile ~/.ssh/all
  CanonicalizeHostname yes
  CanonicalDomains lan example.org
`;

const lookUp = (name: string, user?: string): object => Object.fromEntries(lookUpSshConfig(CONFIG, name, user));

test("reads what `ssh -G` would say, without its defaults", () => {
  expect(lookUp("pi-4")).toMatchObject({
    hostname: ["pi-4.lan"],
    user: ["pi"],
    identityfile: ["~/.ssh/one", "~/.ssh/with blank", "~/.ssh/all"],
    userknownhostsfile: ["~/kh1 ~/kh2"],
  });
  expect(lookUp("other")).toMatchObject({ user: ["nobody"], identityfile: ["~/.ssh/all"] });
  expect(lookUp("other")).not.toHaveProperty("hostname");
});

test("users of the hosts file decide about `Match user`; commands are never run, and never true", () => {
  expect(lookUp("web", "deploy")).toMatchObject({
    port: ["2222"],
    user: ["deploy"],
    proxyjump: ["eve@gate:22,inner"],
    proxycommand: ["nc %h %p"],
  });
  expect(lookUp("web")).not.toHaveProperty("port");
});

test("what cannot be read is an error", () => {
  expect(() => lookUpSshConfig('Host "a\n', "a", undefined)).toThrow(/line break/);
});
