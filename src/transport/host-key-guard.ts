import type { ConnectError } from "../engine/ports.ts";
import type { Host } from "../model/inventory.ts";
import type { HostKeys } from "./host-key-store.ts";
import { keyTypeOf } from "./known-hosts.ts";
import { hostKeyRefused, knownHostsUnwritable } from "./ssh-errors.ts";

export interface CheckedHost {
  readonly host: Host;
  readonly hostKeys: HostKeys;
  /** Where {@link HostKeys.accept} writes to, for messages; absent: unknown keys are refused. */
  readonly acceptInto?: string;
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
    const { host, hostKeys, acceptInto } = this.#checked;
    if (this.#accepted !== undefined) return this.#accepted.equals(key);
    const decision = hostKeys.known.check(host.address, host.port, key);
    const isNew = decision.type === "unknown" && acceptInto !== undefined;
    if (decision.type === "known" || isNew) {
      this.#accepted = Buffer.from(key);
      return true;
    }
    this.refusal = hostKeyRefused(host, keyTypeOf(key), decision);
    return false;
  }

  /** Remembers an accepted key that is not on record. @throws when it cannot; the login has not begun then */
  record(): void {
    const { host, hostKeys, acceptInto } = this.#checked;
    if (this.#accepted === undefined || acceptInto === undefined) return;
    // It was on record all along, or another connection was faster.
    const decision = hostKeys.known.check(host.address, host.port, this.#accepted);
    if (decision.type === "known") return;
    if (decision.type !== "unknown") {
      this.refusal = hostKeyRefused(host, keyTypeOf(this.#accepted), decision);
      throw this.refusal;
    }
    try {
      hostKeys.accept(host.address, host.port, this.#accepted);
    } catch (error) {
      this.refusal = knownHostsUnwritable(host, acceptInto, error);
      throw this.refusal;
    }
  }
}
