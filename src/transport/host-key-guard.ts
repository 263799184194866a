import type { ConnectError } from "../engine/ports.ts";
import type { Host } from "../model/inventory.ts";
import type { HostKeys } from "./host-key-store.ts";
import { recordOf } from "./known-hosts.ts";
import { hostKeyRefused, knownHostsUnwritable } from "./ssh-errors.ts";

export interface CheckedHost {
  readonly host: Host;
  readonly hostKeys: HostKeys;
  /** Where {@link HostKeys.accept} writes to, for messages; absent: unknown keys are refused. */
  readonly acceptInto?: string;
  /** Of those only this one, which the operator has accepted. Absent: any. */
  readonly accepted?: Uint8Array;
}

/** Decides on the keys that a host shows during one connection. */
export class HostKeyGuard {
  /** Why the key was refused. */
  refusal: ConnectError | undefined;
  readonly #checked: CheckedHost;
  #accepted: Buffer | undefined;

  constructor(checked: CheckedHost) {
    this.#checked = checked;
  }

  /** Never throws, never waits; `true` is the only way in. */
  verify(key: Buffer): boolean {
    const { host, hostKeys, acceptInto, accepted } = this.#checked;
    if (this.#accepted !== undefined) return this.#accepted.equals(key);
    const { address, port } = recordOf(host);
    const decision = hostKeys.known.check(address, port, key);
    const isWanted = acceptInto !== undefined && (accepted === undefined || key.equals(accepted));
    const isNew = decision.type === "unknown" && isWanted;
    if (decision.type === "known" || isNew) {
      this.#accepted = Buffer.from(key);
      return true;
    }
    this.refusal = hostKeyRefused(host, Buffer.from(key), decision);
    return false;
  }

  /** Remembers an accepted key that is not on record. @throws when it cannot; the login has not begun then */
  record(): void {
    const { host, hostKeys, acceptInto } = this.#checked;
    if (this.#accepted === undefined || acceptInto === undefined) return;
    const { address, port } = recordOf(host);
    let decision = hostKeys.known.check(address, port, this.#accepted);
    try {
      // It may be on record already: all along, or another connection was faster.
      if (decision.type === "unknown") decision = hostKeys.accept(address, port, this.#accepted);
    } catch (error) {
      this.refusal = knownHostsUnwritable(host, acceptInto, error);
      throw this.refusal;
    }
    if (decision.type === "known") return;
    this.refusal = hostKeyRefused(host, this.#accepted, decision);
    throw this.refusal;
  }
}
