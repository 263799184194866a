import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { CLOCK_SCRIPT, parseClock, parseSurvey, SURVEY_SCRIPT } from "../../../src/cli/host-survey.ts";

const lines = (...lines: readonly string[]): string => `${lines.join("\n")}\nover=yes\n`;

describe("the survey of a host", () => {
  it.each([
    ["coreutils", "/dev/mmcblk0p2        61172808 9123456  49502340      16% /", "/dev/mmcblk0p2", 49_502_340],
    ["busybox", "overlay              264212084  25196648  81194264  24% /", "overlay", 81_194_264],
    ["a device with spaces", "//nas/my disk 1000 400 600 40% /mnt/my disk", "//nas/my disk", 600],
    ["a disk that only root may fill further", "/dev/sda1 1000 1000 -50 100% /", "/dev/sda1", 0],
    ["BSD", "/dev/disk3s1s1   239362496  10000000 100000000    10%    /", "/dev/disk3s1s1", 100_000_000],
    ["a file system without sizes", "tmpfs 1000 0 1000 - /var/tmp", "tmpfs", 1000],
  ])("reads what df says: %s", (_what, row, device, free) => {
    const survey = parseSurvey(lines(`folderDisk=${row}`));
    expect(survey?.seen.folderDisk).toEqual({ device, freeBytes: free * 1024 });
  });

  it("does without what a host does not say", () => {
    expect(parseSurvey(lines("uid=1000", "shell=", "folderDisk=", "rootDisk=df: invalid option"))).toEqual({
      uid: "1000",
      seen: { folder: "", shell: "", missing: [], machineId: "", bootId: "" },
    });
  });

  it("is none if it was cut short", () => {
    expect(parseSurvey("uid=1000\nfolder=/var/tmp\n")).toBeUndefined();
  });

  it("names every program that is missing", () => {
    expect(parseSurvey(lines("missing=tail", "missing=bash"))?.seen.missing).toEqual(["tail", "bash"]);
  });

  it("is what a shell answers", () => {
    // As on a host: the script lies in the user's folder in that of the run.
    const script = ["-c", SURVEY_SCRIPT, "/var/tmp/waymark-1-pi/u0/look-1.0.s"];
    const survey = parseSurvey(execFileSync("sh", script, { encoding: "utf8" }));
    expect(survey).toMatchObject({ uid: String(process.getuid?.()), seen: { folder: "/var/tmp", missing: [] } });
    expect(survey?.seen.rootDisk?.freeBytes).toBeGreaterThan(0);
  });
});

describe("a host's clock", () => {
  it.each([
    ["1795390385 123456789\n", 1_795_390_385_123.456_8, 0],
    // busybox, BSD, and a shell that knows no %N: somewhere in that second.
    ["1795390385 %N\n", 1_795_390_385_500, 1000],
    ["1795390385 N\n", 1_795_390_385_500, 1000],
    ["1795390385 \n", 1_795_390_385_500, 1000],
  ])("is read from %j", (text, ms, resolutionMs) => {
    const clock = parseClock(text);
    expect(clock?.ms).toBeCloseTo(ms, 3);
    expect(clock?.resolutionMs).toBe(resolutionMs);
  });

  it("is unknown where date is of no use", () => {
    expect(parseClock("date: invalid option\n")).toBeUndefined();
  });

  it("is what a shell answers", () => {
    const before = Date.now();
    const { ms = 0, resolutionMs = 0 } =
      parseClock(execFileSync("sh", ["-c", CLOCK_SCRIPT], { encoding: "utf8" })) ?? {};
    expect(ms).toBeGreaterThanOrEqual(before - resolutionMs);
    // That of Node has no parts of milliseconds.
    expect(Math.floor(ms)).toBeLessThanOrEqual(Date.now() + resolutionMs);
  });
});
