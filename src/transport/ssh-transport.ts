import type { Transport } from "../engine/ports.ts";
import type { Host } from "../model/inventory.ts";
import { openSession } from "./agent-session.ts";
import { SshConnector } from "./ssh-connector.ts";
import type { LeaseWish } from "./lease.ts";
import type { SshOptions } from "./ssh-options.ts";
import { SudoPasswords } from "./sudo-passwords.ts";

export interface TransportOptions {
  /** The run's, see {@link JobKey}. */
  readonly token: string;
  readonly ssh: SshOptions;
  /** Completed for connecting; those among them that are only gone through. */
  readonly hosts: readonly Host[];
  /** For a run that changes something: its hosts are leased. */
  readonly lease?: LeaseWish;
}

/** Hosts over SSH. */
export function sshTransport({ token, ssh, hosts, lease }: TransportOptions): Transport {
  const connector = new SshConnector(ssh, hosts);
  const sudo = new SudoPasswords(ssh.asker);
  return {
    async open(host, signal) {
      const connection = await connector.connect(host, signal);
      return openSession(connection, {
        token,
        signal,
        passwords: sudo.of(host),
        ...(lease !== undefined && { lease }),
      });
    },
    close: () => connector.close(),
  };
}
