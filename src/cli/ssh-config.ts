import { execFile } from "node:child_process";
import { join } from "node:path";
import { type SshAnswer, type SshQuestion, resolveHosts as resolve } from "../inventory/resolve-hosts.ts";
import { parseSshG } from "../inventory/ssh-directives.ts";
import type { Host, Inventory } from "../model/inventory.ts";
import type { Diagnostic } from "../model/source.ts";
import { readSshConfigFile } from "./ssh-config-file.ts";
import type { Surroundings } from "./terminal.ts";

/** `Match exec` may ask a slow network. */
const TIMEOUT_MS = 30_000;

/**
 * Completes hosts for connecting: what the hosts file leaves open is what the user's ssh config says. Asks `ssh -G` for
 * each host without an address, which may run the commands of its `Match exec`; where there is no OpenSSH, reads the
 * files. Only for what connects to hosts: `plan` and `check` need none of it.
 *
 * @param names of the hosts to be connected to; all if not given
 * @returns all hosts of the inventory, and behind them those that are only gone through, called as in `jump`
 */
export async function resolveHosts(
  around: Surroundings,
  inventory: Inventory,
  names: Iterable<string> = inventory.hosts.map(({ name }) => name),
): Promise<{ readonly hosts: readonly Host[]; readonly diagnostics: readonly Diagnostic[] }> {
  let files: Promise<string> | undefined;
  const ask = async (question: SshQuestion): Promise<SshAnswer> => {
    const answer = await askSsh(around, question);
    if (answer !== "no ssh") return answer;
    files ??= readConfigs(around);
    return askFiles(await files, question);
  };
  return resolve(inventory, names, ask, around);
}

function askSsh({ cwd, env }: Surroundings, { name, user, port }: SshQuestion): Promise<SshAnswer | "no ssh"> {
  const args = ["-G", ...(user === undefined ? [] : ["-l", user]), ...(port === undefined ? [] : ["-p", String(port)])];
  return new Promise((settle) => {
    const options = { cwd, env, timeout: TIMEOUT_MS, maxBuffer: 4 << 20 };
    const child = execFile("ssh", [...args, "--", name], options, (error, stdout, stderr) => {
      if (error === null) settle({ ok: true, directives: parseSshG(stdout) });
      else if (error.code === "ENOENT") settle("no ssh");
      else if (error.killed === true) settle({ ok: false, message: `no answer within ${TIMEOUT_MS / 1000} s` });
      else settle({ ok: false, message: firstComplaint(stderr) ?? error.message });
    });
    child.stdin?.end();
  });
}

/** The first complaint says what is wrong; what follows only sums up. */
function firstComplaint(stderr: string): string | undefined {
  return stderr
    .split(/\r?\n/)
    .find((line) => line !== "" && !line.startsWith("Pseudo-terminal"))
    ?.trim();
}

/** The user's before the system's: the first value counts (ssh_config(5)). */
async function readConfigs({ home }: Surroundings): Promise<string> {
  const own = join(home, ".ssh");
  const texts = await Promise.all([
    readSshConfigFile(join(own, "config"), { home, base: own }),
    readSshConfigFile("/etc/ssh/ssh_config", { home, base: "/etc/ssh" }),
  ]);
  return texts.join("\nHost *\n");
}

async function askFiles(text: string, { name, user }: SshQuestion): Promise<SshAnswer> {
  // Few machines are without OpenSSH: the library is loaded only there.
  const { lookUpSshConfig } = await import("../inventory/ssh-config-text.ts");
  try {
    return { ok: true, directives: lookUpSshConfig(text, name, user) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
