import type { Transport } from "../engine/ports.ts";
import { openSession } from "./agent-session.ts";
import { SshConnector } from "./ssh-connector.ts";
import type { SshOptions } from "./ssh-options.ts";

/** Hosts over SSH. `token`: the run's, see {@link JobKey}. */
export function sshTransport(options: { readonly token: string; readonly ssh: SshOptions }): Transport {
  const connector = new SshConnector(options.ssh);
  return {
    async open(host, signal) {
      const connection = await connector.connect(host, signal);
      return openSession(connection, { token: options.token, signal });
    },
    async close() {},
  };
}
