/** What to make of one host. */
export interface NamespaceHostSpec {
  readonly name: string;
  readonly groups?: readonly string[];
  /** Only this host of the lab reaches it: what is meant for it must go through there. */
  readonly behind?: string;
  /** Lines of sshd_config(5), before Debian's own. */
  readonly sshdConfig?: readonly string[];
  /** Gives it a /var/tmp of this size, that can be filled up. */
  readonly varTmpBytes?: number;
}

/** One end of a cable: the host's link, and the port of the bridge it is plugged in. */
export interface Link {
  readonly link: string;
  readonly port: string;
  readonly bridge: string;
  readonly mac: string;
  readonly address: string;
  /** Absent where the machine has no IPv6. */
  readonly address6?: string;
}

export interface PlacedHost extends NamespaceHostSpec {
  /** The first is the way in. */
  readonly links: readonly [Link, ...(readonly Link[])];
}

/**
 * The addresses of a lab. Labs have numbers: each has eight networks of 198.18.0.0/15 (for tests of networks, RFC 2544:
 * nobody's route leads there) and of fd57:4d4c::/32. The first is the machine's and the hosts', the others are between
 * one host and those behind it.
 */
export interface LabNetwork {
  readonly number: number;
  readonly ipv6: boolean;
}

/** How many labs can be up at once. */
export const LABS = 64;
const NETWORKS = 8;
const FIRST_HOST = 10;

const four = ({ number }: LabNetwork, network: number, end: number): string =>
  `198.${18 + (number >> 5)}.${(number & 31) * NETWORKS + network}.${end}`;
const six = ({ number }: LabNetwork, network: number, end: number): string =>
  `fd57:4d4c:${number.toString(16)}:${network}::${end.toString(16)}`;

/** @throws {Error} for names and numbers that cannot be */
export function placeHosts(specs: readonly NamespaceHostSpec[], lab: LabNetwork): readonly PlacedHost[] {
  const gates = [...new Set(specs.flatMap(({ behind }) => behind ?? []))];
  for (const gate of gates)
    if (!specs.some(({ name }) => name === gate)) throw new Error(`behind ${gate}: no such host`);
  if (gates.length >= NETWORKS) throw new Error(`hosts behind more than ${NETWORKS - 1} others`);
  if (specs.length > 200) throw new Error("more than 200 hosts");
  return specs.map((spec, index) => {
    const link = (count: number, network: number): Link => ({
      link: `eth${count}`,
      port: `h${index}n${network}`,
      bridge: `br${network}`,
      // Locally administered, and the same after a reboot.
      mac: [0x02, 0x57, lab.number, network, 0, FIRST_HOST + index].map(hexByte).join(":"),
      address: four(lab, network, FIRST_HOST + index),
      ...(lab.ipv6 ? { address6: six(lab, network, FIRST_HOST + index) } : {}),
    });
    if (!/^[a-z0-9][a-z0-9-]*$/.test(spec.name)) throw new Error(`${spec.name}: no name for a host`);
    const first = link(0, spec.behind === undefined ? 0 : gates.indexOf(spec.behind) + 1);
    const own = gates.indexOf(spec.name);
    return { ...spec, links: own < 0 ? [first] : [first, link(1, own + 1)] };
  });
}

const hexByte = (byte: number): string => byte.toString(16).padStart(2, "0");

/** The name of the machine's link to the lab: who makes the link has the number. */
export const machineLink = ({ number }: LabNetwork): string => `waymark${number}`;

/** Lines for ip-link(8) and others by `ip -batch`, on the machine. @param pid of the lab */
export function machineNetwork(lab: LabNetwork, pid: number): readonly string[] {
  const dev = machineLink(lab);
  return [
    `link add name ${dev} type veth peer name machine netns ${pid}`,
    `addr add ${four(lab, 0, 1)}/24 dev ${dev}`,
    ...(lab.ipv6 ? [`addr add ${six(lab, 0, 1)}/64 dev ${dev} nodad`] : []),
    `link set ${dev} up`,
    // The networks behind hosts: the lab says that there is no way.
    `route add ${four(lab, 0, 0)}/21 via ${four(lab, 0, 2)} dev ${dev}`,
    ...(lab.ipv6 ? [`route add ${six(lab, 0, 0)}/48 via ${six(lab, 0, 2)} dev ${dev}`] : []),
  ];
}

/** The same within the lab's network namespace. */
export function labNetwork(lab: LabNetwork, hosts: readonly PlacedHost[]): readonly string[] {
  const bridges = new Set(["br0", ...hosts.flatMap(({ links }) => links.map(({ bridge }) => bridge))]);
  return [
    "link set lo up",
    ...[...bridges].flatMap((name) => [`link add name ${name} type bridge mcast_snooping 0`, `link set ${name} up`]),
    "link set machine master br0 up",
    `addr add ${four(lab, 0, 2)}/24 dev br0`,
    `route add unreachable ${four(lab, 0, 0)}/21`,
    ...(lab.ipv6 ? [`addr add ${six(lab, 0, 2)}/64 dev br0 nodad`, `route add unreachable ${six(lab, 0, 0)}/48`] : []),
  ];
}

/** The file `links` of a host, as enter.sh reads it. */
export const linksText = ({ links }: PlacedHost): string =>
  links
    .map(({ link, port, bridge, mac, address, address6 }) => {
      const six = address6 === undefined ? "-" : `${address6}/64`;
      return `${link} ${port} ${bridge} ${mac} ${address}/24 ${six}\n`;
    })
    .join("");

/** /etc/hosts of every host. */
export const hostsText = (hosts: readonly PlacedHost[]): string =>
  [
    "127.0.0.1 localhost",
    "::1 localhost ip6-localhost ip6-loopback",
    ...hosts.map(({ name, links: [{ address }] }) => `${address} ${name}`),
    "",
  ].join("\n");

/** Knobs of the machine's kernel that guides turn: hosts have plain files in their place. Below /proc/sys. */
export const KNOBS = [
  "fs/file-max",
  "fs/inotify/max_user_instances",
  "fs/inotify/max_user_watches",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/pid_max",
  "vm/max_map_count",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "vm/swappiness",
];
/** What else below /proc acts on the machine, where it is there. */
const DANGEROUS = ["bus", "fs", "irq", "kcore", "sysrq-trigger"];

/** Mounts of a host beside its disk, as fstab(5) has them. @param place of the host within the lab */
export function fstabText(place: string, exists: (path: string) => boolean): string {
  const at = (path: string) => `${place}/root/${path}`;
  const plain = (name: string, path: string) => `${place}/kernel/${name} ${at(path)} none bind`;
  return [
    `proc ${at("proc")} proc defaults`,
    `sysfs ${at("sys")} sysfs ro`,
    `dev ${at("dev")} tmpfs mode=755,size=1m`,
    `devpts ${at("dev/pts")} devpts newinstance,ptmxmode=0666,mode=620,gid=5,X-mount.mkdir`,
    `shm ${at("dev/shm")} tmpfs mode=1777,X-mount.mkdir`,
    `run ${at("run")} tmpfs mode=755`,
    `${at("proc/sys")} ${at("proc/sys")} none bind,ro`,
    // By whoever looks: the host's.
    `/proc/sys/net ${at("proc/sys/net")} none bind`,
    ...DANGEROUS.filter((name) => exists(`/proc/${name}`)).map(
      (name) => `${at(`proc/${name}`)} ${at(`proc/${name}`)} none bind,ro`,
    ),
    plain("boot_id", "proc/sys/kernel/random/boot_id"),
    plain("swaps", "proc/swaps"),
    ...KNOBS.filter((knob) => exists(`/proc/sys/${knob}`)).map((knob) => plain(knobFile(knob), `proc/sys/${knob}`)),
    "",
  ].join("\n");
}

/** The plain file of a knob, in the lab's folder `kernel`. */
export const knobFile = (knob: string): string => knob.replaceAll("/", ".");
