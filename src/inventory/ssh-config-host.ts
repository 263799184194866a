import { join, resolve } from "node:path";
import type { Host } from "../model/inventory.ts";
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
  return {
    host: {
      ...host,
      address,
      port,
      ...(user === undefined ? {} : { user }),
      identity: host.identity.length > 0 ? host.identity : identityFiles(directives).map(file),
      knownHosts: host.knownHosts.length > 0 ? host.knownHosts : knownHostsFiles(directives).map(file),
      jump: reached ? jumps(first("proxyjump")) : host.jump,
    },
    untaken: untakenSettings(directives, { reached, agent: owner.env["SSH_AUTH_SOCK"] }),
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

/** Nearest first, like `ssh -J`; each may be written as a URI. */
function jumps(value: string | undefined): readonly string[] {
  if (value === undefined || value === "none") return [];
  return value.split(",").map((jump) => jump.trim().replace(/^ssh:\/\/([^/]*)\/?$/, "$1"));
}

function untakenSettings(
  directives: SshDirectives,
  { reached, agent }: { readonly reached: boolean; readonly agent: string | undefined },
): readonly Untaken[] {
  const found: Untaken[] = [];
  const each = (keyword: string, written: string, rest: Omit<Untaken, "setting">): void => {
    for (const value of directives.get(keyword) ?? []) {
      if (value !== "none") found.push({ setting: `${written} ${value}`, ...rest });
    }
  };
  if (reached) {
    each("proxycommand", "ProxyCommand", {
      severity: "error",
      consequence: "Waymark runs no proxy commands",
      hint: "Say in the hosts file how it is reached: `jump`, or an `address`.",
    });
  }
  const severity = "warning";
  each("certificatefile", "CertificateFile", {
    severity,
    consequence: "Waymark logs in with keys alone",
    hint: "The host must accept the key without its certificate.",
  });
  each("pkcs11provider", "PKCS11Provider", {
    severity,
    consequence: "Waymark loads no such libraries",
    hint: "Add the key to the SSH agent: `ssh-add -s`.",
  });
  each("hostkeyalias", "HostKeyAlias", {
    severity,
    consequence: "Waymark looks host keys up by address",
    hint: "known_hosts must have its key under its address, too.",
  });
  if (directives.get("identityagent")?.[0] !== agent) {
    each("identityagent", "IdentityAgent", {
      severity,
      consequence: "Waymark asks the agent of `SSH_AUTH_SOCK`",
      hint: "Set `SSH_AUTH_SOCK` to that socket.",
    });
  }
  return found.filter(({ setting }) => setting !== "IdentityAgent SSH_AUTH_SOCK");
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
