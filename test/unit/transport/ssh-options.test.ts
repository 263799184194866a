import { describe, expect, it } from "vitest";
import type { Host, LoginSettings } from "../../../src/model/inventory.ts";
import { agentsOf, sshLimits } from "../../../src/transport/ssh-options.ts";

const options = { user: "ada", home: "/home/ada", agent: "/run/agent" };

function host(login: LoginSettings | undefined, ...jump: readonly string[]): Host {
  const keys = { identity: [], knownHosts: [], jump, groups: [], vars: {}, transport: "ssh" } as const;
  return { name: "pi", address: "pi", port: 22, ...keys, ...(login !== undefined && { login }) };
}

describe("how long a host is waited for", () => {
  it("is what ssh config says, else what the options say, else the usual", () => {
    const usual = sshLimits(host(undefined), options);
    expect(usual).toMatchObject({ connectMs: 20_000, keepaliveMs: 10_000, keepaliveCount: 3, channels: 8 });
    const limits = { connectMs: 1, keepaliveMs: 2 };
    expect(sshLimits(host(undefined), { ...options, limits })).toEqual({ ...usual, ...limits });
    const login = { connectMs: 3, keepaliveMs: 4, keepaliveCount: 5 };
    expect(sshLimits(host(login), { ...options, limits })).toEqual({ ...usual, ...login });
  });

  it("is longer behind others, so that the one that is really silent is noticed first", () => {
    const counts = [[], ["gate"], ["gate", "inner"]].map((jump) => sshLimits(host(undefined, ...jump), options));
    expect(counts.map(({ keepaliveCount }) => keepaliveCount)).toEqual([3, 4, 5]);
  });
});

describe("agents", () => {
  it.each<[LoginSettings | undefined, object]>([
    [undefined, { agent: "/run/agent" }],
    [{ agent: "/other" }, { agent: "/other" }],
    [{ agent: "none" }, {}],
    [{ forwardAgent: true }, { agent: "/run/agent", forwarded: "/run/agent" }],
    [{ forwardAgent: false }, { agent: "/run/agent" }],
    [
      { agent: "/other", forwardAgent: true },
      { agent: "/other", forwarded: "/other" },
    ],
    [{ agent: "none", forwardAgent: "/third" }, { forwarded: "/third" }],
    [{ agent: "none", forwardAgent: true }, {}],
  ])("with %j", (login, expected) => {
    expect(agentsOf(host(login), options)).toEqual(expected);
  });
});
