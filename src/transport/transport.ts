import type { Transport } from "../engine/ports.ts";
import { localTransport } from "./local-transport.ts";
import type { TransportOptions } from "./ssh-transport.ts";

/** Reaches every host in the way the inventory says. ssh2 is loaded when the first host needs it. */
export function createTransport(options: TransportOptions): Transport {
  const local = localTransport(options.token, options.ssh.asker);
  let ssh: Promise<Transport> | undefined;
  return {
    async open(host, signal) {
      if (host.transport === "local") return local.open(host, signal);
      ssh ??= import("./ssh-transport.ts").then(({ sshTransport }) => sshTransport(options));
      return (await ssh).open(host, signal);
    },
    async close() {
      await Promise.all([local.close(), ssh?.then((transport) => transport.close())]);
    },
  };
}
