import { createServer } from "node:net";

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Below what systems hand out by themselves (Linux from 32768, macOS from 49152). */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
const ATTEMPTS = 20;

/**
 * Free loopback addresses: 127.0.77.1, 127.0.77.2, … on one port where the system has them (Linux), else ports of
 * 127.0.0.1.
 * @param addressOf the address of the host with this index, from 0
 * @throws {Error} when nothing is free
 */
export async function freeEndpoints(
  count: number,
  addressOf: (index: number) => string = loopbackAddress,
): Promise<readonly Endpoint[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const addresses = Array.from({ length: count }, (_, index) => ({ address: addressOf(index), port }));
    const found = await allFree(addresses);
    if (found === "free") return addresses;
    if (found === "no such address") {
      const ports = Array.from({ length: count }, (_, index) => ({ address: "127.0.0.1", port: port + index }));
      if ((await allFree(ports)) === "free") return ports;
    }
  }
  throw new Error(`no free ports for ${count} hosts on the loopback interface`);
}

/** 127.0.77.1 to .254, then 127.0.78.1, … */
export const loopbackAddress = (index: number): string => `127.0.${77 + Math.floor(index / 254)}.${1 + (index % 254)}`;

type Probe = "free" | "taken" | "no such address";

async function allFree(endpoints: readonly Endpoint[]): Promise<Probe> {
  const probes = await Promise.all(endpoints.map(probe));
  return probes.find((found) => found !== "free") ?? "free";
}

function probe({ address, port }: Endpoint): Promise<Probe> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => {
      resolve("code" in error && error.code === "EADDRNOTAVAIL" ? "no such address" : "taken");
    });
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve("free")));
  });
}
