import { ConnectError } from "../engine/ports.ts";
import type { Host } from "../model/inventory.ts";
import type { AnswerFailed } from "./asker.ts";
import type { HostKeyDecision } from "./known-hosts.ts";
import { fingerprint, keyTypeOf, knownHostsName, recordOf } from "./known-hosts.ts";
import type { ForwardRefused } from "./ssh-forwarding.ts";

/*
 * Every way in which a host cannot be reached over SSH, with what to do about it: one list, so that no two say the same.
 * Codes WM5001–WM5099; permanent.
 */

/** Reasons not to open a channel, RFC 4254, 5.1. */
const FORBIDDEN = 1;
export const RESOURCE_SHORTAGE = 4;

/** `pi-1 (192.168.0.27:22)`, `pi-2 (10.0.0.2:22 through pi-1)`; just the address where there is nothing else to say. */
export function placeOf(host: Host): string {
  const address = host.address.includes(":") ? `[${host.address}]:${host.port}` : `${host.address}:${host.port}`;
  const way = host.jump.length === 0 ? "" : ` through ${host.jump.join(", ")}`;
  return way === "" && host.name === host.address ? address : `${host.name} (${address}${way})`;
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** The TCP connection failed. `code` is the system's, `ECONNREFUSED`. */
export function unreachable(host: Host, code: string, cause: unknown): ConnectError {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new ConnectError("WM5002", `${placeOf(host)}: the name ${host.address} cannot be resolved.`, {
      hint: "Check the host's address in the inventory, and the name service of this machine.",
      retryable: true,
      cause,
    });
  }
  const refused = code === "ECONNREFUSED";
  return new ConnectError("WM5001", `${placeOf(host)} cannot be reached: ${describeSocketError(code, cause)}.`, {
    hint: refused
      ? "Is an SSH server running there, on that port?"
      : "Is the host up, and is there a network route to it?",
    retryable: true,
    cause,
  });
}

const SOCKET_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "the network is unreachable",
  EHOSTDOWN: "the host is down",
  ETIMEDOUT: "no answer to the connection request",
  EPIPE: "connection closed",
};

const describeSocketError = (code: string, cause: unknown): string => SOCKET_ERRORS[code] ?? messageOf(cause);

/** How far a connection had come. */
export type ConnectStage = "connecting" | "greeting" | "authenticating";

const SILENCE: Readonly<Record<ConnectStage, string>> = {
  connecting: "does not answer",
  greeting: "accepts connections but does not speak SSH",
  authenticating: "did not finish logging in",
};

/** A deadline passed. */
export function timedOut(host: Host, stage: ConnectStage, deadlineMs: number): ConnectError {
  return new ConnectError("WM5003", `${placeOf(host)} ${SILENCE[stage]}: gave up after ${deadlineMs / 1000} s.`, {
    hint:
      stage === "connecting"
        ? "Is the host up, and does a firewall drop the connection?"
        : "The host may be hanging or overloaded; look at it from its console.",
    retryable: true,
  });
}

/** The host closed the connection before the login was complete. `detail`: what it said, if anything. */
export function closedEarly(host: Host, stage: ConnectStage, detail?: string): ConnectError {
  const when = stage === "authenticating" ? "during the login" : "before the login";
  const said = detail === undefined ? "" : `: ${detail}`;
  return new ConnectError("WM5004", `${placeOf(host)} closed the connection ${when}${said}.`, {
    hint: "It may limit connections (MaxStartups in sshd_config), be starting up, or not be an SSH server.",
    retryable: true,
  });
}

/** What ssh2 says of algorithms, and what the server would have to allow. */
function disagreement(message: string): string {
  const [, what] = /no matching (key exchange|host key|\S+ cipher|\S+ MAC)/.exec(message) ?? [];
  const [setting, algorithm] = {
    "key exchange": ["KexAlgorithms", "curve25519-sha256"],
    "host key": ["HostKeyAlgorithms", "ssh-ed25519, with such a key"],
    cipher: ["Ciphers", "aes128-gcm@openssh.com or aes256-ctr"],
    MAC: ["MACs", "hmac-sha2-256-etm@openssh.com"],
  }[what?.replace(/^\S+ (?=cipher|MAC)/, "") ?? ""] ?? [undefined, ""];
  if (setting === undefined) return "Something else than SSH seems to listen on that port.";
  return `The server has only what is too old to be safe, or newer than what Waymark has. Allow ${algorithm} in its sshd_config (${setting}).`;
}

/** The two sides could not agree, or what the other side sent is no SSH. */
export function handshakeFailed(host: Host, cause: unknown): ConnectError {
  return new ConnectError("WM5005", `No SSH connection with ${placeOf(host)}: ${messageOf(cause)}.`, {
    hint: disagreement(messageOf(cause)),
    retryable: false,
    cause,
  });
}

// WM5006 was for hosts with a `jump`, before they could be reached. It is not used again.

/** A host that others are reached through is in the way. */
class OnTheWay extends ConnectError {}

/** What keeps us from a host that others are reached through keeps us from those, too. */
export function onTheWay(error: ConnectError): ConnectError {
  if (error instanceof OnTheWay) return error;
  const { code, message, hint, retryable, final, cause } = error;
  return new OnTheWay(code, `On the way there: ${message}`, { hint, retryable, final, cause });
}

/** The host between did not connect. `reason` as in RFC 4254, 5.1; `said`: what it said. */
export function wayRefused(host: Host, between: Host, { reason, message: said }: ForwardRefused): ConnectError {
  if (reason === FORBIDDEN || reason === RESOURCE_SHORTAGE) {
    const isFull = reason === RESOURCE_SHORTAGE;
    const why = isFull ? "has no room for more connections" : "lets no connection through";
    return new ConnectError("WM5007", `${placeOf(host)} cannot be reached: ${between.name} ${why}.`, {
      hint: isFull
        ? `Fewer hosts at once, --parallel, may do.`
        : `Allow it there: AllowTcpForwarding and PermitOpen in sshd_config, \`restrict\` and \`permitopen\` in authorized_keys.`,
      retryable: isFull,
    });
  }
  // OpenSSH sends the words of its system.
  if (/name or service|name resolution|not known|no address/i.test(said)) {
    return new ConnectError("WM5002", `${placeOf(host)}: ${between.name} cannot resolve the name ${host.address}.`, {
      hint: `It is ${between.name} that looks the name up. Check it there, or give the host an IP address.`,
      retryable: true,
    });
  }
  const refused = /refused/i.test(said);
  return new ConnectError("WM5001", `${placeOf(host)} cannot be reached: ${said.trim().toLowerCase() || "refused"}.`, {
    hint: refused
      ? "Is an SSH server running there, on that port?"
      : `Is the host up, and is there a route to it from ${between.name}?`,
    retryable: true,
  });
}

/** The host between was lost before the login was complete. */
export function wayLost(host: Host, cause: Error): ConnectError {
  return new ConnectError("WM5008", `${placeOf(host)} cannot be reached: ${cause.message}.`, {
    hint: "The hosts behind it can be reached again once it is back.",
    retryable: true,
    cause,
  });
}

const KEY_NAMES: Readonly<Record<string, string>> = {
  "ssh-ed25519": "ED25519",
  "ssh-rsa": "RSA",
  "ecdsa-sha2-nistp256": "ECDSA",
  "ecdsa-sha2-nistp384": "ECDSA",
  "ecdsa-sha2-nistp521": "ECDSA",
};

/** A host key that nothing is known of: somebody may know it. */
export class KeyUnknown extends ConnectError {
  readonly host: Host;
  readonly key: Buffer;
  /** As known_hosts names the host. */
  readonly record: string;
  /** `ED25519` */
  readonly keyType: string;
  /** `SHA256:…` */
  readonly fingerprint: string;

  constructor(host: Host, key: Buffer) {
    const [keyType, shown] = [keyName(key), fingerprint(key)];
    super("WM5010", `The key of ${placeOf(host)} is not known: ${keyType} ${shown}.`, {
      hint: "Compare it with what `ssh-keygen -lf` prints for /etc/ssh/ssh_host_*_key.pub on the host's console; if it is the same, run again with --accept-new.",
      retryable: false,
    });
    const { address, port } = recordOf(host);
    this.host = host;
    this.key = key;
    this.record = knownHostsName(address, port);
    this.keyType = keyType;
    this.fingerprint = shown;
  }
}

const keyName = (key: Uint8Array): string => KEY_NAMES[keyTypeOf(key)] ?? keyTypeOf(key);

/** Why a host key is not accepted. Only for decisions other than `known`. */
export function hostKeyRefused(
  host: Host,
  key: Buffer,
  decision: Exclude<HostKeyDecision, { readonly type: "known" }>,
): ConnectError {
  const { address, port } = recordOf(host);
  const name = knownHostsName(address, port);
  const shown = `${keyName(key)} ${decision.fingerprint}`;
  const refuse = (code: string, message: string, hint: string) =>
    new ConnectError(code, message, { hint, retryable: false, final: true });
  switch (decision.type) {
    case "unknown": {
      return new KeyUnknown(host, key);
    }
    case "changed": {
      return refuse(
        "WM5011",
        `The key of ${placeOf(host)} has changed: it shows ${shown}, ${decision.file}:${decision.line} says ${decision.known}.`,
        `Somebody may be listening in, or the host was set up anew. Once you know which: ssh-keygen -R '${name}' -f '${decision.file}'.`,
      );
    }
    case "revoked": {
      return refuse(
        "WM5012",
        `The key of ${placeOf(host)} is revoked: it shows ${shown}, ${decision.file}:${decision.line} revokes ${decision.fingerprint}.`,
        "Whoever has that key must not be trusted. Give the host a new key.",
      );
    }
    case "authority": {
      return refuse(
        "WM5013",
        `The key of ${placeOf(host)} is not known: ${shown}. ${decision.file}:${decision.line} trusts a certificate authority for it, and host certificates cannot be checked yet.`,
        "Compare the key with what the host's console shows, and add it to known_hosts as a plain line.",
      );
    }
    default: {
      return decision satisfies never;
    }
  }
}

export function knownHostsUnreadable(path: string, cause: unknown): ConnectError {
  return new ConnectError("WM5014", `${path} cannot be read: ${messageOf(cause)}.`, {
    hint: "Without it no host key can be checked. Make it readable, or name another file as `known_hosts` in the inventory.",
    retryable: false,
    cause,
  });
}

export function knownHostsUnwritable(host: Host, path: string, cause: unknown): ConnectError {
  return new ConnectError(
    "WM5015",
    `The key of ${placeOf(host)} is new and cannot be written to ${path}: ${messageOf(cause)}.`,
    { hint: "Make the file writable, or name another one as `known_hosts` in the inventory.", retryable: false, cause },
  );
}

/** The host refused every way to log in. `tried`: what was offered, `~/.ssh/id_ed25519`; `unusable`: why others were not. */
export function loginRefused(
  host: Host,
  user: string,
  tried: readonly string[],
  unusable: readonly string[],
): ConnectError {
  const offered = tried.length > 0 ? `it refused ${tried.join(", ")}` : "there was no key to offer";
  const rest = unusable.length > 0 ? `; not usable: ${unusable.join(", ")}` : "";
  return new ConnectError("WM5020", `${notAllowed(host, user)}: ${offered}${rest}.`, {
    hint: `Put the right key into ~${user}/.ssh/authorized_keys there (ssh-copy-id), or name it as \`identity\` in the inventory.`,
    retryable: false,
  });
}

/** The host lets people in who know a password, or what else it asks for. `given`: some answer was, and was wrong. */
export function passwordNeeded(
  host: Host,
  user: string,
  tried: readonly string[],
  unusable: readonly string[],
  given: boolean,
): ConnectError {
  const refused = tried.length > 0 ? `it refused ${tried.join(", ")}, and ` : "";
  const rest = unusable.length > 0 ? `; not usable: ${unusable.join(", ")}` : "";
  const asks = given ? "the answer to what it asks for was wrong" : "it asks for a password, and none was given";
  return new ConnectError("WM5022", `${notAllowed(host, user)}: ${refused}${asks}${rest}.`, {
    hint: `${given ? "Give the right one" : "Give it"} with --password-from COMMAND, or at a terminal; or put a key into ~${user}/.ssh/authorized_keys there (ssh-copy-id).`,
    retryable: false,
  });
}

export function passwordExpired(host: Host, user: string): ConnectError {
  return new ConnectError("WM5023", `${notAllowed(host, user)}: its password has to be changed first.`, {
    hint: `Log in once with ssh, which asks for the new one.`,
    retryable: false,
  });
}

/** What was to give a password or passphrase did not. */
export function answerFailed(host: Host, { message, hint }: AnswerFailed): ConnectError {
  return new ConnectError("WM5024", `${placeOf(host)} was not logged in on: ${message}.`, {
    hint,
    retryable: false,
    final: true,
  });
}

/** Only a passphrase stands between us and the login. `wrong`: one was given. */
export function passphraseNeeded(
  host: Host,
  user: string,
  path: string,
  tried: readonly string[],
  wrong: boolean,
): ConnectError {
  const others = tried.filter((name) => name !== path);
  const offered = others.length > 0 ? ` and ${others.join(", ")} was refused` : "";
  const what = wrong ? "the passphrase given for it is wrong" : "none was given";
  return new ConnectError(
    "WM5021",
    `${notAllowed(host, user)}: ${path} is protected by a passphrase, ${what}${offered}.`,
    {
      hint: `Unlock it with \`ssh-add ${path}\`, for the SSH agent; or give the passphrase with --passphrase-from COMMAND, or at a terminal.`,
      retryable: false,
    },
  );
}

function notAllowed({ address, port }: Host, user: string): string {
  return `Not allowed to log in as ${user}@${knownHostsName(address, port)}`;
}
