import { expect, it } from "vitest";
import type { HostFindings, HostProblem, HostReport } from "../../../src/model/host-report.ts";
import { renderHosts } from "../../../src/ui/render-hosts.ts";
import type { Style } from "../../../src/ui/style.ts";

const STYLE: Style = { color: false, unicode: true, columns: 80 };

const LOOKED: HostFindings = {
  type: "looked",
  folder: "/var/tmp",
  folderDisk: { device: "/dev/mmcblk0p2", freeBytes: 21.3e9 },
  rootDisk: { device: "/dev/mmcblk0p2", freeBytes: 21.3e9 },
  shell: "/bin/bash",
  missing: [],
  machineId: "",
  bootId: "",
  sudo: { type: "yes" },
  clock: { skewMs: 12, uncertaintyMs: 3 },
};

function reached(host: string, found: Partial<HostFindings> = {}, os = "debian"): HostReport {
  return {
    type: "reached",
    host,
    facts: {
      os: { id: os, like: "", version: "13", name: "" },
      arch: "aarch64",
      kernel: "24.6.0",
      hostname: "",
      user: "pi",
    },
    latencyMs: 4.13,
    found: { ...LOOKED, ...found },
  };
}

const problem = (severity: HostProblem["severity"], hosts: readonly string[], message: string): HostProblem => ({
  hosts,
  code: "WM6048",
  severity,
  message,
  hint: "Do something.",
});

it("shows a line for each host, and below what is wrong with which", () => {
  const reports: readonly HostReport[] = [
    reached("pi-master"),
    reached("pi-w1", {
      sudo: { type: "password", reason: "" },
      clock: { skewMs: -37_210, uncertaintyMs: 3 },
      rootDisk: { device: "/dev/sda1", freeBytes: 4.04e9 },
    }),
    { type: "unreachable", host: "pi-w2", code: "WM5001", message: "", hint: "" },
    { ...reached("pi-w3"), found: { type: "refused", reason: "" } } as HostReport,
  ];
  const problems = [
    problem("warning", ["pi-w1"], "Its clock is 37 s behind this machine's"),
    problem("error", ["pi-w2"], "pi-w2 (192.168.0.29:22) cannot be reached: no route to the host."),
    problem("error", ["pi-w3"], "Nothing can be run: no room"),
  ];
  expect(renderHosts(STYLE, reports, problems)).toBe(`\
  host       user  ms   system             sudo      clock    free
✔ pi-master  pi    4.1  debian 13 aarch64  yes       ok       21 GB
⚠ pi-w1      pi    4.1  debian 13 aarch64  password  -37.2 s  21 GB, / 4.0 GB
✖ pi-w2                 unreachable
✖ pi-w3      pi    4.1  debian 13 aarch64

⚠ pi-w1: Its clock is 37 s behind this machine's
  Do something.

✖ pi-w2 (192.168.0.29:22) cannot be reached: no route to the host
  Do something.

✖ pi-w3: Nothing can be run: no room
  Do something.
`);
});

it("names hosts that have the same problem together", () => {
  const hosts = ["pi-1", "pi-2", "pi-3", "pi-4"];
  const reports = hosts.map((host) => reached(host));
  const text = renderHosts(STYLE, reports, [problem("warning", hosts, "It has no sudo")]);
  expect(text).toContain("\n⚠ pi-[1-4] (4): It has no sudo\n  Do something.\n");
  expect(text).toContain("⚠ pi-4");
});

it("keeps to the width of the screen by what it says of the system", () => {
  const text = renderHosts(STYLE, [reached("a-rather-long-name-of-a-host", {}, "an-unusual-distribution")], []);
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  expect(text).toContain("an-unus");
});

it("says so where a clock is within what can be known", () => {
  const text = renderHosts(STYLE, [reached("pi", { clock: { skewMs: 480, uncertaintyMs: 510 } })], []);
  expect(text).toMatch(/yes {3}ok/);
});

it("shows the kernel of a system that does not name itself", () => {
  expect(renderHosts(STYLE, [reached("mac", {}, "")], [])).toContain("24.6.0 aarch64");
});

it("lets no host write on the screen what it likes", () => {
  const text = renderHosts(STYLE, [reached("pi")], [problem("error", ["pi"], "Nothing can be run: \x1b[2Jgone\nrest")]);
  expect(text).toContain("✖ pi: Nothing can be run: gone\n  rest\n  Do something.\n");
});
