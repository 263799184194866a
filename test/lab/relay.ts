import { once } from "node:events";
import { createServer, connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** Which way bytes go through a relay. */
export type Direction = "to the host" | "from the host";

/**
 * A TCP relay on loopback between Waymark and a host: what a network does to connections, done at the very moment that
 * a test wants.
 */
export interface Relay {
  readonly port: number;
  /** How many connections have come, those that were turned away included. */
  readonly accepted: () => number;
  /** From now on bytes that go this way wait here, on the connections that there are. */
  hold(direction: Direction): void;
  /** How many wait. */
  held(direction: Direction): number;
  /** Ends Waymark's ends of the connections that there are. The host's ends stay, and are told nothing. */
  cut(): void;
  /** What was held goes on, also where the other end has been cut. */
  release(): void;
  /** How many bytes hosts have sent since to ends that were cut. */
  strays(): number;
  /** Ends the host's ends of connections that were cut. */
  close(): void;
  /** Whether new connections are turned away. */
  refuse(refused: boolean): void;
  stop(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly held: Map<Direction, Buffer[]>;
  isCut: boolean;
}

/** Starts one in front of a host. */
export async function startRelay(target: { readonly address: string; readonly port: number }): Promise<Relay> {
  const pairs: Pair[] = [];
  let accepted = 0;
  let refused = false;
  let strays = 0;
  const listener = createServer({ noDelay: true }, (client) => {
    accepted++;
    client.on("error", () => {});
    if (refused) {
      client.destroy();
      return;
    }
    const server = connect({ host: target.address, port: target.port, noDelay: true });
    server.on("error", () => {});
    const pair: Pair = { client, server, held: new Map(), isCut: false };
    pairs.push(pair);
    const pass = (direction: Direction, to: Socket) => (chunk: Buffer) => {
      const waiting = pair.held.get(direction);
      if (direction === "from the host" && pair.isCut) strays += chunk.length;
      else if (waiting !== undefined) waiting.push(chunk);
      else to.write(chunk);
    };
    client.on("data", pass("to the host", server));
    server.on("data", pass("from the host", client));
    server.on("close", () => client.destroy());
    client.on("close", () => {
      if (!pair.isCut) server.destroy();
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const cut = (): readonly Pair[] => pairs.filter(({ isCut }) => isCut);
  return {
    port: (listener.address() as AddressInfo).port,
    accepted: () => accepted,
    hold(direction) {
      for (const { held } of pairs) held.set(direction, held.get(direction) ?? []);
    },
    held: (direction) =>
      pairs.flatMap(({ held }) => held.get(direction) ?? []).reduce((sum, { length }) => sum + length, 0),
    cut() {
      for (const pair of pairs) {
        pair.isCut = true;
        pair.client.destroy();
      }
    },
    release() {
      for (const { client, server, held } of pairs) {
        for (const chunk of held.get("to the host") ?? []) server.write(chunk);
        for (const chunk of held.get("from the host") ?? []) client.write(chunk);
        held.clear();
      }
    },
    strays: () => strays,
    close() {
      for (const { server } of cut()) server.destroy();
    },
    refuse(value) {
      refused = value;
    },
    async stop() {
      for (const { client, server } of pairs) for (const socket of [client, server]) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}
