import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
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

test("no name server is asked about domains to complete a name with", () => {
  const folder = mkdtempSync(join(tmpdir(), "waymark-nslookup-"));
  try {
    // It would find every name.
    writeFileSync(join(folder, "nslookup"), "#!/bin/sh\n");
    chmodSync(join(folder, "nslookup"), 0o755);
    vi.stubEnv("PATH", `${folder}:/bin`);
    expect(lookUp("other")).toMatchObject({ host: ["*"] });
    expect(lookUpSshConfig(`${CONFIG}\nHost other.lan\n  Port 5\n`, "other", undefined).has("port")).toBe(false);
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("what cannot be read is an error", () => {
  expect(() => lookUpSshConfig('Host "a\n', "a", undefined)).toThrow(/line break/);
});
