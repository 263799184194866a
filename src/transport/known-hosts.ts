import { createHash, createHmac } from "node:crypto";
import type { Host } from "../model/inventory.ts";

/** One file in known_hosts format. */
export interface KnownHostsText {
  readonly path: string;
  readonly text: string;
}

/** Where a line stands: what the user is sent to. */
export interface KnownHostsLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** What the files say about the key that a host showed. `fingerprint` is that key's. */
export type HostKeyDecision =
  | ({ readonly type: "known"; readonly fingerprint: string } & KnownHostsLine)
  | { readonly type: "unknown"; readonly fingerprint: string }
  /** Other keys are known for this host, this one is not; `known` is the fingerprint on that line. */
  | ({ readonly type: "changed"; readonly fingerprint: string; readonly known: string } & KnownHostsLine)
  | ({ readonly type: "revoked"; readonly fingerprint: string } & KnownHostsLine)
  /** Nothing but a certificate authority vouches for this host, and certificates cannot be checked. */
  | ({ readonly type: "authority"; readonly fingerprint: string } & KnownHostsLine);

type Marker = "none" | "revoked" | "authority";

interface Entry extends KnownHostsLine {
  readonly marker: Marker;
  readonly keyType: string;
  readonly key: Buffer;
}

interface Patterned {
  readonly matches: (name: string) => boolean;
  readonly entry: Entry;
}

const DEFAULT_PORT = 22;

/** The key's fingerprint as OpenSSH prints it: `SHA256:` and unpadded base64 (`ssh-keygen -l`). */
export function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The algorithm name that a public key in wire format starts with (RFC 4253, 6.6); `""` if it is none. */
export function keyTypeOf(key: Uint8Array): string {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  if (bytes.length < 4) return "";
  const length = bytes.readUInt32BE(0);
  return length <= bytes.length - 4 ? bytes.toString("latin1", 4, 4 + length) : "";
}

/** Under which address and port a host is looked up: an alias takes the place of both (ssh_config(5), HostKeyAlias). */
export function recordOf({ address, port, login }: Host): { readonly address: string; readonly port: number } {
  return login?.hostKeyAlias === undefined ? { address, port } : { address: login.hostKeyAlias, port: DEFAULT_PORT };
}

/** How known_hosts names a host: `host`, or `[host]:port` off port 22; lower case. */
export function knownHostsName(address: string, port: number): string {
  const name = address.toLowerCase();
  return port === DEFAULT_PORT ? name : `[${name}]:${port}`;
}

/**
 * The entries of one or several known_hosts files, as sshd(8) describes them under SSH_KNOWN_HOSTS FILE FORMAT.
 * Owns an index by name, so that thousands of hosts with thousands of lines stay cheap; only wildcards and hashed
 * names are searched. Lines that cannot be read are skipped, as OpenSSH does.
 */
export class KnownHosts {
  readonly #byName = new Map<string, Entry[]>();
  readonly #patterned: Patterned[] = [];

  constructor(files: readonly KnownHostsText[]) {
    for (const file of files) {
      for (const [index, text] of file.text.split("\n").entries()) {
        this.add(text, { file: file.path, line: index + 1 });
      }
    }
  }

  /** Adds one line, for instance one that was just written to its file. */
  add(text: string, at: KnownHostsLine): void {
    const parsed = parseLine(text, at);
    if (parsed === undefined) return;
    const { names, entry } = parsed;
    if (names.every(isLiteral)) {
      for (const name of names) {
        const entries = this.#byName.get(name.toLowerCase());
        if (entries === undefined) this.#byName.set(name.toLowerCase(), [entry]);
        else entries.push(entry);
      }
      return;
    }
    this.#patterned.push({ matches: nameMatcher(names), entry });
  }

  /**
   * Judges the key a host showed. Any other key on record for the host makes a new one `changed`, of whatever type,
   * as in OpenSSH; a host off port 22 that is not on record may be known by its bare name.
   * @param key the public key in wire format (RFC 4253, 6.6)
   */
  check(address: string, port: number, key: Uint8Array): HostKeyDecision {
    const decision = this.#judge(knownHostsName(address, port), key);
    if (decision.type !== "unknown" || port === DEFAULT_PORT) return decision;
    const bare = this.#judge(knownHostsName(address, DEFAULT_PORT), key);
    return bare.type === "known" || bare.type === "revoked" ? bare : decision;
  }

  /** The types of the keys on record for a host, in order: what to ask it for first. */
  keyTypes(address: string, port: number): readonly string[] {
    const typesFor = (name: string) => this.#entries(name).filter(({ marker }) => marker === "none");
    const named = typesFor(knownHostsName(address, port));
    const entries = named.length > 0 ? named : typesFor(knownHostsName(address, DEFAULT_PORT));
    return [...new Set(entries.map(({ keyType }) => keyType))];
  }

  #judge(name: string, key: Uint8Array): HostKeyDecision {
    const entries = this.#entries(name);
    const shown = fingerprint(key);
    const is = (marker: Marker) => (entry: Entry) => entry.marker === marker && entry.key.equals(key);
    const revoked = entries.find(is("revoked"));
    if (revoked !== undefined) return { type: "revoked", fingerprint: shown, ...lineOf(revoked) };
    const known = entries.find(is("none"));
    if (known !== undefined) return { type: "known", fingerprint: shown, ...lineOf(known) };
    const keyType = keyTypeOf(key);
    const others = entries.filter(({ marker }) => marker === "none");
    const other = others.find((entry) => entry.keyType === keyType) ?? others[0];
    if (other !== undefined) {
      return { type: "changed", fingerprint: shown, known: fingerprint(other.key), ...lineOf(other) };
    }
    const authority = entries.find(({ marker }) => marker === "authority");
    if (authority !== undefined) return { type: "authority", fingerprint: shown, ...lineOf(authority) };
    return { type: "unknown", fingerprint: shown };
  }

  #entries(name: string): readonly Entry[] {
    const patterned = this.#patterned.filter(({ matches }) => matches(name)).map(({ entry }) => entry);
    return [...(this.#byName.get(name) ?? []), ...patterned];
  }
}

const lineOf = ({ file, line }: Entry): KnownHostsLine => ({ file, line });

const isLiteral = (name: string): boolean => !/^[!|]|[*?]/.test(name);

const MARKERS: Readonly<Record<string, Marker>> = { "@revoked": "revoked", "@cert-authority": "authority" };

function parseLine(text: string, at: KnownHostsLine): { names: readonly string[]; entry: Entry } | undefined {
  const fields = text.trim().split(/[ \t]+/);
  if (fields[0] === undefined || fields[0] === "" || fields[0].startsWith("#")) return undefined;
  const marked = fields[0].startsWith("@");
  const marker = marked ? MARKERS[fields[0]] : "none";
  const [names, keyType, base64] = marked ? fields.slice(1) : fields;
  if (marker === undefined || names === undefined || keyType === undefined || base64 === undefined) return undefined;
  const key = Buffer.from(base64, "base64");
  if (keyTypeOf(key) !== keyType) return undefined;
  return { names: names.split(",").filter((name) => name !== ""), entry: { ...at, marker, keyType, key } };
}

/** A name matches a list when some pattern matches it and no negated one does. */
function nameMatcher(names: readonly string[]): (name: string) => boolean {
  const patterns = names.map((name) => {
    const negated = name.startsWith("!");
    return { negated, matches: patternMatcher(negated ? name.slice(1) : name) };
  });
  return (name) => {
    const matching = patterns.filter(({ matches }) => matches(name));
    return matching.length > 0 && matching.every(({ negated }) => !negated);
  };
}

function patternMatcher(pattern: string): (name: string) => boolean {
  if (pattern.startsWith("|")) return hashMatcher(pattern);
  const source = pattern
    .toLowerCase()
    .replaceAll(/[\\^$.+()[\]{}|]/g, String.raw`\$&`)
    .replaceAll(/\*+/g, ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, "s");
  return (name) => expression.test(name);
}

/** `|1|salt|hash`: HMAC-SHA1 of the name under the salt, both in base64 (`HashKnownHosts` in ssh_config(5)). */
function hashMatcher(pattern: string): (name: string) => boolean {
  const [, version, salt, hash] = pattern.split("|");
  if (version !== "1" || salt === undefined || hash === undefined) return () => false;
  const key = Buffer.from(salt, "base64");
  const expected = Buffer.from(hash, "base64");
  return (name) => createHmac("sha1", key).update(name).digest().equals(expected);
}
