import { createSecretKey } from "node:crypto";
import type ssh2 from "ssh2";

type Part = Record<string, unknown>;

/** Where ssh2's ciphers keep their keys (lib/protocol/crypto.js); its native binding keeps them to itself. */
const KEYS = ["_encKey", "_decipherKey", "_macKey"];

/**
 * Makes the keys of a connection key objects. ssh2 without its native binding makes a cipher for every packet, of a key
 * in plain bytes; that these are no key object is something Node finds out by an exception, which takes longer than
 * all the rest (38 µs a packet instead of 8). Where ssh2 looks different one day, nothing is changed; nor are the keys
 * of a later key exchange.
 */
export function useKeyObjects(client: ssh2.Client): void {
  const { _protocol: protocol } = client as unknown as { readonly _protocol?: Readonly<Record<string, Part>> };
  for (const part of [protocol?.["_cipher"], protocol?.["_decipher"]]) {
    for (const name of KEYS) {
      const key = part?.[name];
      if (part !== undefined && Buffer.isBuffer(key)) part[name] = createSecretKey(key);
    }
  }
}
