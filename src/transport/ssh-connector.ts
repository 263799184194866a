import type { Host } from "../model/inventory.ts";
import type { Connection } from "./connection.ts";
import { HostKeyStore } from "./host-key-store.ts";
import { Login } from "./ssh-authentication.ts";
import type { Credentials } from "./ssh-authentication.ts";
import { NewHostKeys } from "./new-host-keys.ts";
import { Bastion } from "./ssh-bastion.ts";
import { SshConnection } from "./ssh-connection.ts";
import { KeyUnknown } from "./ssh-errors.ts";
import { shakeHands } from "./ssh-handshake.ts";
import { KeyRing } from "./ssh-keys.ts";
import type { Line } from "./ssh-line.ts";
import { UnlockedKeys } from "./ssh-locked-key.ts";
import type { SshOptions } from "./ssh-options.ts";
import { agentsOf, identityFiles, knownHostsFiles, sshLimits } from "./ssh-options.ts";
import { wayTo } from "./ssh-way.ts";

interface Attempt {
  readonly host: Host;
  readonly spare: number;
  /** Absent: directly. */
  readonly line?: Line;
  /** The key that the operator has accepted; known_hosts does not have it yet. */
  readonly accepted?: Uint8Array;
}

/** Makes connections; owns what they share: parsed keys, known_hosts, and connections to hosts that others are behind. */
export class SshConnector {
  readonly #options: SshOptions;
  readonly #keys = new KeyRing();
  readonly #unlocked: UnlockedKeys;
  readonly #hostKeys = new HostKeyStore();
  readonly #newKeys: NewHostKeys;
  readonly #hosts: ReadonlyMap<string, Host>;
  /** Names of the hosts that others are reached through. */
  readonly #between: ReadonlySet<string>;
  readonly #bastions = new Map<string, Bastion>();

  /** @param hosts all that the `jump` of some host names */
  constructor(options: SshOptions, hosts: readonly Host[] = []) {
    this.#options = options;
    this.#unlocked = new UnlockedKeys(options.asker);
    this.#newKeys = new NewHostKeys(options.asker);
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

  /** @param spare how many more may be made beside it, should the host open few channels on each */
  async #reach(
    host: Host,
    signal: AbortSignal,
    spare = sshLimits(host, this.#options).channels - 1,
  ): Promise<SshConnection> {
    const between = wayTo(host, (name) => this.#hosts.get(name)).at(-1);
    const { connectMs } = sshLimits(host, this.#options);
    const logIn = (accepted?: Uint8Array): Promise<SshConnection> =>
      between === undefined
        ? this.#logIn({ host, spare, ...(accepted === undefined ? {} : { accepted }) }, signal)
        : this.#bastion(between).through({ host, connectMs }, signal, (line) =>
            this.#logIn({ host, spare, line, ...(accepted === undefined ? {} : { accepted }) }, signal),
          );
    try {
      return await logIn();
    } catch (error) {
      const [file] = this.#knownHosts(host);
      if (!(error instanceof KeyUnknown) || file === undefined) throw error;
      // A connection cannot wait for an answer: this one is over, and the next knows which key is meant.
      if (!(await this.#newKeys.isTrusted(error, file, signal))) throw error;
      return logIn(error.key);
    }
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

  #knownHosts({ knownHosts }: Host): readonly string[] {
    return knownHostsFiles(knownHosts, this.#options);
  }

  async #logIn({ host, spare, line, accepted }: Attempt, signal: AbortSignal): Promise<SshConnection> {
    const { acceptNew, asker } = this.#options;
    const { agent, forwarded } = agentsOf(host, this.#options);
    const limits = sshLimits(host, this.#options);
    const files = this.#knownHosts(host);
    const user = host.user ?? this.#options.user;
    const [hostKeys, keys] = await Promise.all([
      this.#hostKeys.load(files),
      Promise.all(identityFiles(host.identity, this.#options).map((path) => this.#keys.load(path))),
    ]);
    const credentials: Credentials = {
      host,
      user,
      keys,
      keysNamed: host.identity.length > 0,
      unlocked: this.#unlocked,
      signal,
      ...(agent === undefined ? {} : { agent }),
      ...(asker === undefined ? {} : { asker }),
    };
    const isNewFine = acceptNew === true || accepted !== undefined || host.login?.newKeys === "accept";
    const [acceptInto] = isNewFine ? files : [];
    const loggedIn = await shakeHands(
      {
        host,
        user,
        login: new Login(credentials),
        hostKeys,
        limits,
        ...(forwarded === undefined ? {} : { forwardedAgent: forwarded }),
        ...(line === undefined ? {} : { line }),
        ...(acceptInto === undefined ? {} : { acceptInto }),
        ...(accepted === undefined ? {} : { accepted }),
      },
      signal,
    );
    const again = spare > 0 ? (other: AbortSignal) => this.#reach(host, other, spare - 1) : undefined;
    return new SshConnection(host, loggedIn, limits, again);
  }
}
