import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** A port of loopback that nobody listens on: tcpmux (RFC 1078) is long gone. One that was free a moment ago may be taken. */
export const NOBODYS_PORT = 1;

/** A TCP server on loopback that is no good SSH server. */
export interface TrapServer {
  readonly port: number;
  /** How many connections it has accepted. */
  readonly accepted: () => number;
  stop(): Promise<void>;
}

/** Accepts, and never says a word. */
export const silentServer = (): Promise<TrapServer> => trapServer(() => {});

/** Says what SSH servers say first, and closes. */
export const hangUpServer = (): Promise<TrapServer> => trapServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));

/** Closes without a word, as sshd does beyond `MaxStartups`. */
export const slammingServer = (): Promise<TrapServer> => trapServer((socket) => socket.end());

/** Speaks something else, and does not stop. */
export const otherServer = (): Promise<TrapServer> => trapServer((socket) => socket.write("x".repeat(20_000)));

async function trapServer(treat: (socket: Socket) => void): Promise<TrapServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    treat(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => sockets.length,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
