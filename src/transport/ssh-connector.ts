import type { Host } from "../model/inventory.ts";
import type { Connection } from "./connection.ts";
import { HostKeyStore } from "./host-key-store.ts";
import { Login } from "./ssh-authentication.ts";
import { Bastion } from "./ssh-bastion.ts";
import { SshConnection } from "./ssh-connection.ts";
import { shakeHands } from "./ssh-handshake.ts";
import { KeyRing } from "./ssh-keys.ts";
import type { Line } from "./ssh-line.ts";
import type { SshOptions } from "./ssh-options.ts";
import { identityFiles, knownHostsFiles, sshLimits } from "./ssh-options.ts";
import { wayTo } from "./ssh-way.ts";

/** Makes connections; owns what they share: parsed keys, known_hosts, and connections to hosts that others are behind. */
export class SshConnector {
  readonly #options: SshOptions;
  readonly #keys = new KeyRing();
  readonly #hostKeys = new HostKeyStore();
  readonly #hosts: ReadonlyMap<string, Host>;
  /** Names of the hosts that others are reached through. */
  readonly #between: ReadonlySet<string>;
  readonly #bastions = new Map<string, Bastion>();

  /** @param hosts all that the `jump` of some host names */
  constructor(options: SshOptions, hosts: readonly Host[] = []) {
    this.#options = options;
    this.#hosts = new Map(hosts.map((host) => [host.name, host]));
    this.#between = new Set(hosts.flatMap(({ jump }) => jump));
  }

  /**
   * Connects to a host, checks its key, logs in; first on those that it is reached through.
   * @throws {ConnectError} when that fails, or the signal's reason
   */
  async connect(host: Host, signal: AbortSignal): Promise<Connection> {
    return this.#between.has(host.name) ? this.#bastion(host).session(signal) : this.#reach(host, signal);
  }

  /** Closes what hosts were reached through. */
  async close(): Promise<void> {
    await Promise.all([...this.#bastions.values()].map((bastion) => bastion.close()));
  }

  async #reach(host: Host, signal: AbortSignal): Promise<SshConnection> {
    const between = wayTo(host, (name) => this.#hosts.get(name)).at(-1);
    if (between === undefined) return this.#logIn(host, signal);
    const { connectMs } = sshLimits(host, this.#options);
    return this.#bastion(between).through({ host, connectMs }, signal, (line) => this.#logIn(host, signal, line));
  }

  /** One for each way to it. */
  #bastion(host: Host): Bastion {
    const key = [...host.jump, host.name].join("\n");
    const known = this.#bastions.get(key);
    if (known !== undefined) return known;
    const bastion = new Bastion(host, (signal) => this.#reach(host, signal));
    this.#bastions.set(key, bastion);
    return bastion;
  }

  async #logIn(host: Host, signal: AbortSignal, line?: Line): Promise<SshConnection> {
    const { agent, acceptNew } = this.#options;
    const limits = sshLimits(host, this.#options);
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
        limits,
        ...(line === undefined ? {} : { line }),
        ...(acceptInto === undefined ? {} : { acceptInto }),
      },
      signal,
    );
    return new SshConnection(host, loggedIn, limits);
  }
}
