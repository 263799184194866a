import type ssh2 from "ssh2";

/** SHA-1 is in none of these. curve25519 goes first: it is the cheapest for both sides. */
const KEX = [
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
  "ecdh-sha2-nistp256",
  "ecdh-sha2-nistp384",
  "ecdh-sha2-nistp521",
  "diffie-hellman-group16-sha512",
  "diffie-hellman-group18-sha512",
  "diffie-hellman-group14-sha256",
  "diffie-hellman-group-exchange-sha256",
] as const satisfies readonly ssh2.KexAlgorithm[];

/** Signature algorithms for each type of host key (RFC 8332 for RSA), the best type first. */
const SIGNATURES = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
} as const satisfies Readonly<Record<string, readonly ssh2.ServerHostKeyAlgorithm[]>>;

const KEY_TYPES = Object.keys(SIGNATURES) as (keyof typeof SIGNATURES)[];

/**
 * What is offered to a host. Key types that are on record for it go first: else it would show another of its keys, and
 * that one would count as changed.
 */
export function algorithms(knownKeyTypes: readonly string[]) {
  const known = KEY_TYPES.filter((type) => knownKeyTypes.includes(type));
  const rest = KEY_TYPES.filter((type) => !knownKeyTypes.includes(type));
  return {
    kex: [...KEX],
    serverHostKey: [...known, ...rest].flatMap((type) => [...SIGNATURES[type]]),
    hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
    compress: ["none"],
  } satisfies ssh2.Algorithms;
}
