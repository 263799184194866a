import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type ProbeOptions, probeHost } from "../../../src/cli/probe-host.ts";
import { ConnectError, ConnectionLost } from "../../../src/engine/ports.ts";
import type { Look, LookResult, Session, Transport } from "../../../src/engine/ports.ts";
import type { HostFindings, HostReport } from "../../../src/model/host-report.ts";
import { passwordMissing, passwordWrong } from "../../../src/transport/sudo-refused.ts";
import { hostOf } from "../host-of.ts";

const HOST = hostOf("pi-1", { address: "192.0.2.1" });
const FACTS = {
  os: { id: "debian", like: "", version: "13", name: "" },
  arch: "",
  kernel: "",
  hostname: "",
  user: "pi",
};
const NOW = Date.parse("2026-11-22T18:41:00Z");

const ended = (stdout: string, exit = 0, stderr = ""): LookResult => ({ exit, stdout, stderr });
const survey = (uid = 1000): LookResult => ended(`uid=${uid}\nfolder=/var/tmp\nover=yes\n`);

interface Fake {
  readonly survey?: () => Promise<LookResult> | LookResult;
  readonly sudo?: LookResult;
  readonly date?: string;
  /** How long a question for the time takes. */
  readonly roundTripMs?: number;
  readonly open?: () => Promise<Session>;
  readonly asker?: ProbeOptions["asker"];
}

const ASKER: ProbeOptions["asker"] = { timeout: (ms) => AbortSignal.timeout(ms), wantsSudo: () => false };

/** What the host was asked, and told. */
function probe(fake: Fake, signal = new AbortController().signal) {
  const done: string[] = [];
  let now = NOW;
  const look = async ({ code, user }: Look): Promise<LookResult> => {
    if (user === "root") {
      done.push("sudo");
      return fake.sudo ?? ended("");
    }
    if (!code.includes("date")) return (await fake.survey?.()) ?? survey();
    now += fake.roundTripMs ?? 0;
    return ended(fake.date ?? "");
  };
  const session: Partial<Session> = {
    host: HOST,
    user: "pi",
    facts: async () => FACTS,
    look,
    clean: async (token) => void done.push(`clean ${token}`),
    close: async () => void done.push("close"),
  };
  const transport: Transport = { open: fake.open ?? (async () => session as Session), close: async () => {} };
  const clock = { now: () => new Date(now), sleep: async () => {} };
  return { done, report: probeHost(HOST, { transport, token: "t", clock, signal, asker: fake.asker ?? ASKER }) };
}

async function found(fake: Fake): Promise<HostFindings> {
  const report: HostReport = await probe(fake).report;
  if (report.type !== "reached" || report.found.type !== "looked") throw new Error(JSON.stringify(report));
  return report.found;
}

describe("a host that is looked at", () => {
  it("is left as it was found", async () => {
    const { done, report } = probe({});
    expect(await report).toMatchObject({ type: "reached", host: "pi-1", facts: { user: "pi" } });
    expect(done).toEqual(["sudo", "clean t", "close"]);
  });

  it("has its clock compared with the middle of the round trip", async () => {
    const date = `${NOW / 1000 - 30} 500000000\n`;
    expect((await found({ date, roundTripMs: 400 })).clock).toEqual({ skewMs: -29_700, uncertaintyMs: 200 });
  });

  it("may have a clock that only tells seconds", async () => {
    expect((await found({ date: `${NOW / 1000} %N\n`, roundTripMs: 10 })).clock).toEqual({
      skewMs: 495,
      uncertaintyMs: 505,
    });
  });

  it("may have none to go by", async () => {
    expect(await found({ date: "date: ?\n" })).not.toHaveProperty("clock");
  });

  it.each([
    ["yes", ended("")],
    ["password", ended("", 126, `${passwordMissing("pi").message}\n`)],
    ["wrong", ended("", 126, `${passwordWrong("pi").message}\n`)],
    ["missing", ended("", 126, "sh: 1: exec: sudo: not found\n")],
    ["missing", ended("", 126, "sh: line 1: exec: sudo: not found\n")],
    ["refused", ended("", 126, "sudo: sorry, you must have a tty to run sudo\n")],
  ] as const)("has sudo: %s", async (type, sudo) => {
    expect((await found({ sudo })).sudo.type).toBe(type);
  });

  it("has sudo with the password that was given", async () => {
    const asker = { ...ASKER, wantsSudo: (host: string) => host === "pi-1" };
    expect((await found({ sudo: ended(""), asker })).sudo.type).toBe("given");
  });

  it("is not asked for sudo where the login is root's", async () => {
    const { done, report } = probe({ survey: () => survey(0) });
    expect(await report).toMatchObject({ found: { sudo: { type: "root" } } });
    expect(done).not.toContain("sudo");
  });

  it("refuses, in its own words, where nothing can be run", async () => {
    const { done, report } = probe({ survey: () => ended("", 126, "mkdir: Read-only file system\n") });
    expect(await report).toMatchObject({ found: { type: "refused", reason: "mkdir: Read-only file system" } });
    expect(done).toEqual(["clean t", "close"]);
  });
});

describe("a host that is out of reach", () => {
  it("is reported as the connection does", async () => {
    const error = new ConnectError("WM5001", "pi-1 cannot be reached.", { hint: "Is it up?", retryable: true });
    const { report } = probe({ open: () => Promise.reject(error) });
    expect(await report).toEqual({
      type: "unreachable",
      host: "pi-1",
      code: "WM5001",
      message: "pi-1 cannot be reached.",
      hint: "Is it up?",
    });
  });

  it("may go while it is looked at", async () => {
    const { report } = probe({ survey: () => Promise.reject(new ConnectionLost("reset")) });
    expect(await report).toMatchObject({
      type: "unreachable",
      code: "WM6041",
      message: "pi-1 was lost while it was looked at: reset.",
    });
  });

  it("may not answer all questions in time", async () => {
    const deadline = new AbortController();
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValueOnce(deadline.signal);
    onTestFinished(() => timeout.mockRestore());
    const asked = Promise.withResolvers<void>();
    const never = async (): Promise<LookResult> => {
      asked.resolve();
      return new Promise(() => {});
    };
    const { report } = probe({ survey: never });
    await asked.promise;
    deadline.abort(new DOMException("over", "TimeoutError"));
    expect(await report).toMatchObject({
      type: "unreachable",
      code: "WM6040",
      message: "pi-1 did not answer all questions within 60 s.",
    });
  });

  it("is not what a bug of ours is reported as", async () => {
    const { report } = probe({ survey: () => Promise.reject(new TypeError("x is not a function")) });
    await expect(report).rejects.toThrow(TypeError);
  });
});

it("cleans up when it is given up", async () => {
  const given = new AbortController();
  const asked = Promise.withResolvers<void>();
  const never = async (): Promise<LookResult> => {
    asked.resolve();
    return new Promise(() => {});
  };
  const { done, report } = probe({ survey: never }, given.signal);
  await asked.promise;
  given.abort(new Error("enough"));
  await expect(report).rejects.toThrow("enough");
  expect(done).toEqual(["clean t", "close"]);
});
