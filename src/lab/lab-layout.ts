import { join } from "node:path";

/** One throw-away host. */
export interface LabHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly groups: readonly string[];
  /** Its users' home, of its own. */
  readonly home: string;
  /** Where it keeps temporary files (`WAYMARK_TMPDIR`), of its own. */
  readonly tmp: string;
}

/** Where a lab keeps its files. Everything it has is below `dir`. */
export interface LabPaths {
  readonly state: string;
  readonly inventory: string;
  readonly identity: string;
  readonly hostKey: string;
  readonly authorizedKeys: string;
  readonly knownHosts: string;
  readonly hosts: string;
}

export function labPaths(dir: string): LabPaths {
  return {
    state: join(dir, "lab.json"),
    inventory: join(dir, "hosts.yaml"),
    identity: join(dir, "id_ed25519"),
    hostKey: join(dir, "host_key"),
    authorizedKeys: join(dir, "authorized_keys"),
    knownHosts: join(dir, "known_hosts"),
    hosts: join(dir, "hosts"),
  };
}

/** `lab-1`, `lab-2`, … */
export const defaultNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `lab-${index + 1}`);

/**
 * @param groups the group of the first host, of the second, …; the last one is for all the rest
 * @param endpoints one for each name
 */
export function layOut(
  dir: string,
  names: readonly string[],
  groups: readonly string[],
  endpoints: readonly { readonly address: string; readonly port: number }[],
): readonly LabHost[] {
  return endpoints.map(({ address, port }, index) => {
    const name = names[index] ?? `lab-${index + 1}`;
    const group = groups[Math.min(index, groups.length - 1)];
    const own = join(labPaths(dir).hosts, name);
    return {
      name,
      address,
      port,
      groups: group === undefined ? [] : [group],
      home: join(own, "home"),
      tmp: join(own, "tmp"),
    };
  });
}

/** `hosts.yaml`; file names are relative to it. Flow maps, since JSON is YAML. */
export function inventoryText(hosts: readonly LabHost[], user: string): string {
  const defaults = { user, identity: "id_ed25519", known_hosts: "known_hosts" };
  const lines = hosts.map(({ name, address, port, groups }) => `  ${name}: ${flowMap({ address, port, groups })}`);
  return [
    "# Throw-away SSH hosts on this machine. `waymark lab down` removes them.",
    `defaults: ${flowMap(defaults)}`,
    "hosts:",
    ...lines,
    "",
  ].join("\n");
}

const flowMap = (map: Readonly<Record<string, unknown>>): string =>
  `{ ${Object.entries(map)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join(", ")} }`;

/** @param publicKey `ssh-ed25519 AAAA…` */
export const knownHostsText = (hosts: readonly LabHost[], publicKey: string): string =>
  hosts.map(({ address, port }) => `[${address}]:${port} ${publicKey}\n`).join("");

/**
 * sshd_config(5) for some hosts of a lab; the first value of an option counts, so `extra` goes first.
 * @param penalties whether this sshd knows `PerSourcePenalties` (OpenSSH 9.8): a lab's clients share an address
 */
export function sshdConfig(
  hosts: readonly LabHost[],
  files: { readonly hostKey: string; readonly authorizedKeys: string },
  { extra, penalties }: { readonly extra: readonly string[]; readonly penalties: boolean },
): string {
  return [
    ...extra,
    ...hosts.map(({ address, port }) => `ListenAddress ${address}:${port}`),
    `HostKey ${quoted(files.hostKey)}`,
    `AuthorizedKeysFile ${quoted(files.authorizedKeys)}`,
    "PidFile none",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    "StrictModes no",
    "UseDNS no",
    "PrintMotd no",
    "PrintLastLog no",
    "MaxStartups 2000",
    "LogLevel INFO",
    "Subsystem sftp internal-sftp",
    ...(penalties ? ["PerSourcePenalties no"] : []),
    ...hosts.flatMap(({ address, port, home, tmp }) => [
      `Match LocalAddress ${address} LocalPort ${port}`,
      `  SetEnv ${quoted(`HOME=${home}`)} ${quoted(`WAYMARK_TMPDIR=${tmp}`)}`,
    ]),
    "",
  ].join("\n");
}

/** Old versions of sshd take quotes only where they are needed. */
const quoted = (word: string): string => (/\s/.test(word) ? `"${word}"` : word);
