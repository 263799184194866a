import { join, resolve } from "node:path";
import type { Host, LoginSettings } from "../model/inventory.ts";
import { jumpOfProxyCommand } from "./proxy-command.ts";
import { splitWords } from "./ssh-directives.ts";
import type { SshDirectives } from "./ssh-directives.ts";

/** Whose ssh config it is. */
export interface SshConfigOwner {
  readonly home: string;
  readonly cwd: string;
  /** Login name. */
  readonly user: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Something that ssh config says and Waymark does not do. */
export interface Untaken {
  readonly severity: "error" | "warning";
  readonly setting: string;
  readonly consequence: string;
  readonly hint: string;
}

/** A host with everything that nothing was written about taken from ssh config. */
export function withSshConfig(
  { unsaid = [], ...host }: Host,
  directives: SshDirectives,
  owner: SshConfigOwner,
): { readonly host: Host; readonly untaken: readonly Untaken[] } {
  const first = (keyword: string): string | undefined => directives.get(keyword)?.[0];
  const port = unsaid.includes("port") ? Number(first("port") ?? host.port) : host.port;
  const address = first("hostname") ?? host.address;
  const user = host.user ?? first("user");
  const tokens: Tokens = {
    "%": "%",
    d: owner.home,
    h: address,
    n: host.address,
    p: String(port),
    r: user ?? owner.user,
    u: owner.user,
  };
  const file = (name: string): string => fileName(name, tokens, owner);
  const reached = unsaid.includes("jump");
  const login = { ...loginSettings(directives, file, owner.env), ...host.login };
  return {
    host: {
      ...host,
      address,
      port,
      ...(user === undefined ? {} : { user }),
      identity: host.identity.length > 0 ? host.identity : identityFiles(directives).map(file),
      knownHosts: host.knownHosts.length > 0 ? host.knownHosts : knownHostsFiles(directives).map(file),
      jump: reached ? jumps(first("proxyjump"), first("proxycommand")) : host.jump,
      ...(Object.keys(login).length > 0 && { login }),
    },
    untaken: untakenSettings(directives, reached),
  };
}

/** ssh lists its own defaults where no file was configured: half a dozen of them, whether they exist or not. */
function identityFiles(directives: SshDirectives): readonly string[] {
  const files = (directives.get("identityfile") ?? []).filter((file) => file !== "none");
  const isDefault = files.length >= 3 && files.every((file) => /^~\/\.ssh\/(?:id_\w+|identity)$/.test(file));
  return isDefault ? [] : files;
}

/** The user's files and the system's, unless both are where they always are. */
function knownHostsFiles(directives: SshDirectives): readonly string[] {
  const named = (keyword: string): readonly string[] | undefined =>
    directives.get(keyword)?.flatMap((value) => splitWords(value));
  const [own, system] = [named("userknownhostsfile"), named("globalknownhostsfile")];
  const isDefault =
    (own === undefined || /^(\S*)\/known_hosts \1\/known_hosts2$/.test(own.join(" "))) &&
    (system === undefined || /^(\S*)\/ssh_known_hosts \1\/ssh_known_hosts2$/.test(system.join(" ")));
  if (isDefault) return [];
  const files = [
    ...(own ?? ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"]),
    ...(system ?? ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]),
  ].filter((file) => file !== "none");
  // No file at all must not fall back to the usual ones: then no key is known.
  return files.length > 0 ? files : ["/dev/null"];
}

function loginSettings(
  directives: SshDirectives,
  file: (name: string) => string,
  env: SshConfigOwner["env"],
): LoginSettings {
  const said = (keyword: string): string | undefined => directives.get(keyword)?.[0];
  /** Of the environment where that is what is written. */
  const socket = (written: string): string | undefined => {
    const [, variable] = /^\$\{?(\w+)\}?$/.exec(written) ?? [];
    return variable === undefined ? file(written) : env[variable];
  };
  const alias = said("hostkeyalias");
  const newKeys = NEW_KEYS[said("stricthostkeychecking") ?? ""];
  const agent = said("identityagent") ?? "SSH_AUTH_SOCK";
  const forward = said("forwardagent") ?? "no";
  const forwardAgent = forward === "yes" ? true : forward === "no" ? undefined : socket(forward);
  const connectMs = milliseconds(said("connecttimeout"));
  const keepaliveMs = milliseconds(said("serveraliveinterval"));
  const keepaliveCount = Number(said("serveralivecountmax") ?? 0);
  return {
    ...(alias !== undefined && alias !== "none" && { hostKeyAlias: alias }),
    ...(newKeys !== undefined && { newKeys }),
    ...(agent !== "SSH_AUTH_SOCK" && { agent: agent === "none" ? "none" : (socket(agent) ?? "none") }),
    ...(said("identitiesonly") === "yes" && { onlyIdentity: true }),
    ...(forwardAgent !== undefined && { forwardAgent }),
    ...(connectMs !== undefined && { connectMs }),
    ...(keepaliveMs !== undefined && { keepaliveMs, ...(keepaliveCount > 0 && { keepaliveCount }) }),
  };
}

/** As written, and as `ssh -G` writes it. */
const NEW_KEYS: Readonly<Record<string, LoginSettings["newKeys"]>> = {
  yes: "refuse",
  true: "refuse",
  "accept-new": "accept",
};

/** A time of sshd_config(5), `90`, `2m` or `1h30m`; none where it is 0, or no time. */
function milliseconds(time: string | undefined): number | undefined {
  if (time === undefined || !/^(?:\d+[smhdw]?)+$/i.test(time)) return undefined;
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  const parts = [...time.toLowerCase().matchAll(/(\d+)([smhdw]?)/g)];
  const sum = parts.reduce((all, [, count, unit]) => all + Number(count) * seconds[(unit || "s") as "s"], 0);
  return sum > 0 ? sum * 1000 : undefined;
}

/** Nearest first, like `ssh -J`; each may be written as a URI. */
function jumps(value: string | undefined, command: string | undefined): readonly string[] {
  const jump = command === undefined || value !== undefined ? undefined : jumpOfProxyCommand(command);
  if (jump !== undefined) return [jump];
  if (value === undefined || value === "none") return [];
  return value.split(",").map((jump) => jump.trim().replace(/^ssh:\/\/([^/]*)\/?$/, "$1"));
}

function untakenSettings(directives: SshDirectives, reached: boolean): readonly Untaken[] {
  const found: Untaken[] = [];
  const each = (written: string, rest: Omit<Untaken, "setting">, when = (value: string) => value !== "none"): void => {
    for (const value of directives.get(written.toLowerCase()) ?? []) {
      if (when(value)) found.push({ setting: `${written} ${value}`, ...rest });
    }
  };
  const proxied = (value: string): boolean => value !== "none" && jumpOfProxyCommand(value) === undefined;
  if (reached) {
    const hint = "Say in the hosts file how it is reached: `jump`, or an `address`.";
    each("ProxyCommand", { severity: "error", consequence: "Waymark runs no proxy commands", hint }, proxied);
  }
  each(
    "KexAlgorithms",
    {
      severity: "error",
      consequence: "Waymark has no key exchange of that kind",
      hint: "Allow curve25519-sha256 as well, there and in its sshd_config.",
    },
    (value) => value.split(",").every((algorithm) => /^(?:sntrup|mlkem)\d/.test(algorithm)),
  );
  const severity = "warning";
  each(
    "PreferredAuthentications",
    {
      severity,
      consequence: "Waymark logs in with keys and passwords",
      hint: "The host must accept one of these.",
    },
    (value) => !/publickey|password|keyboard-interactive/.test(value),
  );
  each("CertificateFile", {
    severity,
    consequence: "Waymark logs in with keys alone",
    hint: "The host must accept the key without its certificate.",
  });
  each("PKCS11Provider", {
    severity,
    consequence: "Waymark loads no such libraries",
    hint: "Add the key to the SSH agent: `ssh-add -s`.",
  });
  const strict = directives.get("stricthostkeychecking")?.[0] ?? "";
  if (/^(?:no|off|false)$/.test(strict)) {
    const hint = "Write `accept-new` instead, or say --accept-new, for hosts that are not known yet.";
    found.push({
      setting: "StrictHostKeyChecking no",
      severity,
      consequence: "Waymark checks host keys all the same",
      hint,
    });
  }
  each("RevokedHostKeys", {
    severity,
    consequence: "Waymark does not read it",
    hint: "Write these keys into known_hosts, as `@revoked` lines.",
  });
  each("KnownHostsCommand", {
    severity,
    consequence: "Waymark runs no such commands",
    hint: "known_hosts must have the key of the host.",
  });
  return found;
}

type Tokens = Readonly<Record<string, string>>;

/** `~`, `${VARIABLE}` and the tokens of ssh_config(5) that need no digest; any other token is left as it is. */
function fileName(written: string, tokens: Tokens, { home, cwd, env }: SshConfigOwner): string {
  const name = written
    .replaceAll(/%(.)/g, (whole, token: string) => tokens[token] ?? whole)
    .replaceAll(/\$\{(\w+)\}/g, (whole, variable: string) => env[variable] ?? whole);
  if (name === "~" || name.startsWith("~/")) return join(home, name.slice(1));
  return resolve(cwd, name);
}
