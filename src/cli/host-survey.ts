import type { Disk, HostFindings } from "../model/host-report.ts";

/*
 * What a host is asked, as scripts for any POSIX sh, and how the answers are read. Answers are lines of `name=value`.
 */

/** What the agent and its jobs call (see transport/), and `bash`, which most guides do. */
const NEEDED = ["cat", "head", "mkdir", "rm", "sleep", "tail", "bash"];

/**
 * `$0` is the script, in the folder of the user in that of the run: what is above is where runs make theirs. The output
 * of `df -P` is laid down by POSIX: a row a file, of device, size, used, free (in KiB with -k), share and mount point.
 */
export const SURVEY_SCRIPT = `
echo "uid=$(id -u)"
echo "folder=\${0%/*/*/*}"
echo "shell=$SHELL"
echo "folderDisk=$(df -Pk "\${0%/*}" 2>/dev/null | tail -n 1)"
echo "rootDisk=$(df -Pk / 2>/dev/null | tail -n 1)"
echo "machineId=$(cat /etc/machine-id 2>/dev/null || cat /var/lib/dbus/machine-id 2>/dev/null)"
echo "bootId=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
for tool in ${NEEDED.join(" ")}; do
  command -v "$tool" >/dev/null 2>&1 || echo "missing=$tool"
done
echo "over=yes"
`;

export interface Survey {
  /** Of the login user. */
  readonly uid: string;
  readonly seen: Omit<HostFindings, "type" | "sudo" | "clock">;
}

/** Reads what {@link SURVEY_SCRIPT} printed; nothing, if that is not all of it. */
export function parseSurvey(text: string): Survey | undefined {
  const lines = text.split("\n").map((line) => {
    const at = line.indexOf("=");
    return { name: line.slice(0, at), value: line.slice(at + 1).trim() };
  });
  const field = (wanted: string): string => lines.find(({ name }) => name === wanted)?.value ?? "";
  if (field("over") !== "yes") return undefined;
  const [folderDisk, rootDisk] = [parseDisk(field("folderDisk")), parseDisk(field("rootDisk"))];
  return {
    uid: field("uid"),
    seen: {
      folder: field("folder"),
      ...(folderDisk !== undefined && { folderDisk }),
      ...(rootDisk !== undefined && { rootDisk }),
      shell: field("shell"),
      missing: lines.filter(({ name }) => name === "missing").map(({ value }) => value),
      machineId: field("machineId"),
      bootId: field("bootId"),
    },
  };
}

/** Device and mount point may have spaces. */
function parseDisk(row: string): Disk | undefined {
  const [, device, free] = /^(.+?) +\d+ +\d+ +(-?\d+) +\S+ +\/.*$/.exec(row) ?? [];
  return device === undefined ? undefined : { device, freeBytes: Math.max(0, Number(free)) * 1024 };
}

/** busybox and BSD have no `%N`, and print something else for it. */
export const CLOCK_SCRIPT = "date '+%s %N'\n";

/** A moment in ms since 1970; of a clock that only tells seconds, the middle of the second. */
export function parseClock(text: string): { readonly ms: number; readonly resolutionMs: number } | undefined {
  const [, seconds, nanoseconds] = /^(\d+) (\d{9})?/.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  const ms = Number(seconds) * 1000;
  return nanoseconds === undefined
    ? { ms: ms + 500, resolutionMs: 1000 }
    : { ms: ms + Number(nanoseconds) / 1e6, resolutionMs: 0 };
}
