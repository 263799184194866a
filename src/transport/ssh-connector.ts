import type { Host } from "../model/inventory.ts";
import type { Connection } from "./connection.ts";
import { HostKeyStore } from "./host-key-store.ts";
import { Login } from "./ssh-authentication.ts";
import { SshConnection } from "./ssh-connection.ts";
import { jumpUnsupported } from "./ssh-errors.ts";
import { shakeHands } from "./ssh-handshake.ts";
import { KeyRing } from "./ssh-keys.ts";
import type { SshLimits, SshOptions } from "./ssh-options.ts";
import { SSH_LIMITS, identityFiles, knownHostsFiles } from "./ssh-options.ts";

/** Makes connections; owns what they share: parsed keys and known_hosts. */
export class SshConnector {
  readonly #options: SshOptions;
  readonly #limits: SshLimits;
  readonly #keys = new KeyRing();
  readonly #hostKeys = new HostKeyStore();

  constructor(options: SshOptions) {
    this.#options = options;
    this.#limits = { ...SSH_LIMITS, ...options.limits };
  }

  /**
   * Connects to a host, checks its key, logs in.
   * @throws {ConnectError} when that fails, or the signal's reason
   */
  async connect(host: Host, signal: AbortSignal): Promise<Connection> {
    if (host.jump.length > 0) throw jumpUnsupported(host);
    const { agent, acceptNew } = this.#options;
    const files = knownHostsFiles(host.knownHosts, this.#options);
    const user = host.user ?? this.#options.user;
    const [hostKeys, keys] = await Promise.all([
      this.#hostKeys.load(files),
      Promise.all(identityFiles(host.identity, this.#options).map((path) => this.#keys.load(path))),
    ]);
    const credentials = { user, keys, keysNamed: host.identity.length > 0, ...(agent === undefined ? {} : { agent }) };
    const [acceptInto] = acceptNew === true ? files : [];
    const loggedIn = await shakeHands(
      {
        host,
        user,
        login: new Login(credentials),
        hostKeys,
        limits: this.#limits,
        ...(acceptInto === undefined ? {} : { acceptInto }),
      },
      signal,
    );
    return new SshConnection(host, loggedIn, this.#limits);
  }
}
