import { describe, expect, it } from "vitest";
import { problemsOf } from "../../../src/cli/host-report.ts";
import type { HostFindings, HostReport } from "../../../src/model/host-report.ts";

const GIGABYTE = 1024 ** 3;

/** A host without fault, but for what is said. */
function host(name: string, found: Partial<HostFindings> = {}, hostname = name): HostReport {
  return {
    type: "reached",
    host: name,
    facts: {
      os: { id: "debian", like: "", version: "13", name: "Debian GNU/Linux 13 (trixie)" },
      arch: "aarch64",
      kernel: "6.12.0",
      hostname,
      user: "pi",
    },
    latencyMs: 4,
    found: {
      type: "looked",
      folder: "/var/tmp",
      folderDisk: { device: "/dev/mmcblk0p2", freeBytes: 20 * GIGABYTE },
      rootDisk: { device: "/dev/mmcblk0p2", freeBytes: 20 * GIGABYTE },
      shell: "/bin/bash",
      missing: [],
      machineId: `machine ${name}`,
      bootId: `boot ${name}`,
      sudo: { type: "yes" },
      clock: { skewMs: 20, uncertaintyMs: 5 },
      ...found,
    },
  };
}

/** `error WM6044 pi-1: message`. */
const said = (...reports: readonly HostReport[]): readonly string[] =>
  problemsOf(reports).map(({ code, severity, hosts, message }) => `${severity} ${code} ${hosts.join("+")}: ${message}`);

describe("what is wrong with hosts", () => {
  it("is nothing, where nothing is", () => {
    expect(said(host("pi-1"), host("pi-2"))).toEqual([]);
  });

  it.each<[string, Partial<HostFindings>]>([
    ["error WM6043 pi-1: Jobs need tail, which it does not have", { missing: ["tail"] }],
    ["warning WM6044 pi-1: It has no bash", { missing: ["bash"] }],
    [
      "warning WM6045 pi-1: Only 120 MB are free in /var/tmp, where jobs keep what they print",
      { folderDisk: { device: "/dev/sda2", freeBytes: 120.7 * 1024 ** 2 } },
    ],
    ["warning WM6045 pi-1: Only 0 MB are free on /", { rootDisk: { device: "/dev/sda1", freeBytes: 0 } }],
    [
      "warning WM6046 pi-1: /var/tmp, where jobs are kept, is in memory: a restart of the host forgets what ran",
      { folderDisk: { device: "tmpfs", freeBytes: GIGABYTE } },
    ],
    [
      "warning WM6047 pi-1: sudo asks pi for a password",
      { sudo: { type: "password", reason: "sudo: a password is required" } },
    ],
    [
      "error WM6053 pi-1: sudo does not take the password given for pi",
      { sudo: { type: "wrong", reason: "sudo did not take the password given for pi" } },
    ],
    ["warning WM6047 pi-1: It has no sudo", { sudo: { type: "missing", reason: "sh: 1: exec: sudo: not found" } }],
    [
      "warning WM6047 pi-1: sudo refuses pi: sudo: sorry, you must have a tty",
      { sudo: { type: "refused", reason: "sudo: sorry, you must have a tty" } },
    ],
    ["warning WM6048 pi-1: Its clock is 37 s behind this machine's", { clock: { skewMs: -37_200, uncertaintyMs: 4 } }],
    [
      "warning WM6048 pi-1: Its clock is 2 h 00 min ahead of this machine's",
      { clock: { skewMs: 7_200_000, uncertaintyMs: 4 } },
    ],
    [
      "warning WM6049 pi-1: The login shell is /bin/tcsh: steps run without what its profile sets",
      { shell: "/bin/tcsh" },
    ],
  ])("%s", (message, found) => {
    expect(said(host("pi-1", found))).toEqual([message]);
  });

  it.each<[string, Partial<HostFindings>]>([
    ["a clock that is off by less than two seconds", { clock: { skewMs: -1900, uncertaintyMs: 3 } }],
    ["a clock that may be off by less, over a slow connection", { clock: { skewMs: 2900, uncertaintyMs: 1000 } }],
    ["root", { sudo: { type: "root" } }],
  ])("is not %s", (_what, found) => {
    expect(said(host("pi-1", found))).toEqual([]);
  });

  it("is said once of a disk that holds everything", () => {
    const disk = { device: "/dev/sda1", freeBytes: 0 };
    expect(said(host("pi-1", { folderDisk: disk, rootDisk: disk }))).toHaveLength(1);
  });

  it("is not what cannot be known", () => {
    const { found, ...reached } = host("pi-1") as Extract<HostReport, { type: "reached" }>;
    const { clock: _c, folderDisk: _f, rootDisk: _r, ...rest } = found as HostFindings;
    expect(said({ ...reached, found: rest })).toEqual([]);
  });

  it("is, where nothing can be run, only that", () => {
    const { found: _, ...reached } = host("pi-1") as Extract<HostReport, { type: "reached" }>;
    const report: HostReport = { ...reached, found: { type: "refused", reason: "mkdir: Read-only file system" } };
    expect(said(report)).toEqual(["error WM6042 pi-1: Nothing can be run: mkdir: Read-only file system"]);
    expect(problemsOf([report])[0]?.hint).toContain("WAYMARK_TMPDIR");
  });

  it("is, of a host out of reach, what the connection said", () => {
    const report: HostReport = { type: "unreachable", host: "pi-1", code: "WM5001", message: "No.", hint: "Why?" };
    expect(problemsOf([report])).toEqual([
      { hosts: ["pi-1"], code: "WM5001", severity: "error", message: "No.", hint: "Why?" },
    ]);
  });

  it("is said once for all hosts that have it", () => {
    const sudo = { type: "missing", reason: "" } as const;
    expect(said(host("pi-1", { sudo }), host("pi-2"), host("pi-3", { sudo }))).toEqual([
      "warning WM6047 pi-1+pi-3: It has no sudo",
    ]);
  });
});

describe("hosts that are one machine", () => {
  const boot = { bootId: "b", machineId: "m" };

  it("are named together, and nothing else of what follows from it", () => {
    expect(said(host("a", boot, "pi"), host("b", {}), host("c", boot, "pi"))).toEqual([
      "warning WM6050 a+c: These are one machine, pi",
    ]);
  });

  it("are not containers on one, which share its boot", () => {
    expect(said(host("a", { bootId: "b" }), host("b", { bootId: "b" }))).toEqual([]);
  });

  it("are not known without an id of the boot", () => {
    expect(said(host("a", { bootId: "", machineId: "" }), host("b", { bootId: "", machineId: "" }))).toEqual([]);
  });
});

describe("machines that will be taken for one", () => {
  it("are copies of one disk", () => {
    expect(said(host("a", { machineId: "m" }), host("b", { machineId: "m" }))).toEqual([
      "warning WM6051 a+b: These machines have the same machine id, as copies of a disk do; DHCP and clusters take them for one",
    ]);
  });

  it("are those with one name", () => {
    expect(said(host("a", {}, "raspberrypi"), host("b", {}, "raspberrypi"))).toEqual([
      "warning WM6052 a+b: These machines all call themselves raspberrypi; clusters take them for one",
    ]);
  });
});
