import type { HostFindings, HostProblem, HostReport, ReachedHost } from "../model/host-report.ts";
import { formatDuration } from "../story/format-time.ts";

/** Beyond this, certificates, tokens and logs begin to suffer. */
const SKEW_MS = 2000;
/** Jobs need next to nothing, what they install and print does not. */
const LOW_BYTES = 200 * 1024 * 1024;

/** All that is wrong, in the order of the hosts; what several hosts have in common is said once. */
export function problemsOf(reports: readonly HostReport[]): readonly HostProblem[] {
  const own = reports.flatMap((report) => ownProblems(report).map((problem) => ({ ...problem, hosts: [report.host] })));
  const alike = Map.groupBy(own, ({ code, message, hint }) => JSON.stringify([code, message, hint]));
  const reached = reports.filter((report) => report.type === "reached");
  return [
    ...[...alike.values()].flatMap(([first, ...rest]) =>
      first === undefined ? [] : [{ ...first, hosts: [first, ...rest].flatMap(({ hosts }) => hosts) }],
    ),
    ...sharedProblems(reached),
  ];
}

type Problem = Omit<HostProblem, "hosts">;

function ownProblems(report: HostReport): readonly Problem[] {
  if (report.type === "unreachable") {
    const { code, message, hint } = report;
    return [{ code, severity: "error", message, hint }];
  }
  const { facts, found } = report;
  if (found.type === "refused") {
    return [
      {
        code: "WM6042",
        severity: "error",
        message: `Nothing can be run: ${found.reason}`,
        hint: `Let ${facts.user} write to /var/tmp, or name another folder as WAYMARK_TMPDIR in the environment of the login there.`,
      },
    ];
  }
  return [
    ...missingProblems(found),
    ...diskProblems(found),
    ...sudoProblems(facts.user, found),
    ...clockProblems(found),
    ...shellProblems(found),
  ];
}

function missingProblems({ missing }: HostFindings): readonly Problem[] {
  const tools = missing.filter((tool) => tool !== "bash");
  const problems: Problem[] = [];
  if (tools.length > 0) {
    const message = `Jobs need ${tools.join(", ")}, which it does not have`;
    problems.push({ code: "WM6043", severity: "error", message, hint: "Install coreutils or busybox there." });
  }
  if (missing.includes("bash")) {
    const message = "It has no bash";
    const hint = "Install it there, or write the steps for it as `sh` blocks.";
    problems.push({ code: "WM6044", severity: "warning", message, hint });
  }
  return problems;
}

function diskProblems({ folder, folderDisk, rootDisk }: HostFindings): readonly Problem[] {
  const problems: Problem[] = [];
  const low = (what: string, free: number): void => {
    const message = `Only ${Math.floor(free / 1024 ** 2)} MB are free ${what}`;
    problems.push({ code: "WM6045", severity: "warning", message, hint: "Make room there before a run." });
  };
  if (folderDisk !== undefined && folderDisk.freeBytes < LOW_BYTES) {
    low(`in ${folder}, where jobs keep what they print`, folderDisk.freeBytes);
  }
  if (rootDisk !== undefined && rootDisk.device !== folderDisk?.device && rootDisk.freeBytes < LOW_BYTES) {
    low("on /", rootDisk.freeBytes);
  }
  if (/^(tmpfs|ramfs)$/.test(folderDisk?.device ?? "")) {
    const message = `${folder}, where jobs are kept, is in memory: a restart of the host forgets what ran`;
    const hint = "Name a folder on a disk as WAYMARK_TMPDIR in the environment of the login there.";
    problems.push({ code: "WM6046", severity: "warning", message, hint });
  }
  return problems;
}

function sudoProblems(user: string, { sudo }: HostFindings): readonly Problem[] {
  const without = "Guides without `sudo` steps run all the same.";
  const problem = (message: string, hint: string): readonly Problem[] => [
    { code: "WM6047", severity: "warning", message, hint: `${hint} ${without}` },
  ];
  switch (sudo.type) {
    case "root":
    case "yes":
    case "given":
      return [];
    case "password":
      return problem(
        `sudo asks ${user} for a password`,
        `A run asks for it at a terminal; elsewhere --sudo-password-from COMMAND prints it. To do without: \`${user} ALL=(ALL) NOPASSWD: ALL\` in a file in /etc/sudoers.d (visudo -f).`,
      );
    case "wrong":
      return [
        {
          code: "WM6053",
          severity: "error",
          message: `sudo does not take the password given for ${user}`,
          hint: "See what --sudo-password-from prints; its command may answer host by host, by $WAYMARK_HOST.",
        },
      ];
    case "missing":
      return problem("It has no sudo", `Install it there and let ${user} use it, or log in as root.`);
    case "refused":
      return problem(`sudo refuses ${user}: ${sudo.reason}`, "See sudoers(5) on the host.");
    default:
      return sudo satisfies never;
  }
}

function clockProblems({ clock }: HostFindings): readonly Problem[] {
  if (clock === undefined || Math.abs(clock.skewMs) - clock.uncertaintyMs <= SKEW_MS) return [];
  const off = formatDuration(Math.abs(clock.skewMs));
  const message = `Its clock is ${off} ${clock.skewMs > 0 ? "ahead of" : "behind"} this machine's`;
  const hint = "Turn on time synchronisation where the clock is wrong: sudo timedatectl set-ntp true.";
  return [{ code: "WM6048", severity: "warning", message, hint }];
}

function shellProblems({ shell }: HostFindings): readonly Problem[] {
  if (!shell.endsWith("csh")) return [];
  const message = `The login shell is ${shell}: steps run without what its profile sets`;
  return [
    { code: "WM6049", severity: "warning", message, hint: "Fine, unless steps need a PATH of your own: then chsh." },
  ];
}

/** Names that mean one machine, and machines that others will take for one. */
function sharedProblems(reports: readonly ReachedHost[]): readonly HostProblem[] {
  const machines = reports.map(({ host, facts, found }) => {
    const { bootId, machineId } = found.type === "looked" ? found : { bootId: "", machineId: "" };
    // Containers have the boot of the machine that they are on.
    const key = bootId === "" ? `host ${host}` : `${bootId} ${facts.hostname}`;
    return { host, hostname: facts.hostname, machineId, key };
  });
  const same = [...Map.groupBy(machines, ({ key }) => key).values()];
  const problems: HostProblem[] = same
    .filter((hosts) => hosts.length > 1)
    .map((hosts) => ({
      hosts: hosts.map(({ host }) => host),
      code: "WM6050",
      severity: "warning",
      message: `These are one machine, ${hosts[0]?.hostname}`,
      hint: "Fine in a lab. Otherwise correct their addresses in the inventory.",
    }));
  const each = same.flatMap(([first]) => first ?? []);
  for (const [id, hosts] of Map.groupBy(each, ({ machineId }) => machineId)) {
    if (id === "" || hosts.length < 2) continue;
    problems.push({
      hosts: hosts.map(({ host }) => host),
      code: "WM6051",
      severity: "warning",
      message: "These machines have the same machine id, as copies of a disk do; DHCP and clusters take them for one",
      hint: "On all but one: sudo rm /etc/machine-id && sudo systemd-machine-id-setup, then restart it.",
    });
  }
  for (const [name, hosts] of Map.groupBy(each, ({ hostname }) => hostname)) {
    if (name === "" || hosts.length < 2) continue;
    problems.push({
      hosts: hosts.map(({ host }) => host),
      code: "WM6052",
      severity: "warning",
      message: `These machines all call themselves ${name}; clusters take them for one`,
      hint: "Give each a name of its own: sudo hostnamectl set-hostname NAME.",
    });
  }
  return problems;
}
