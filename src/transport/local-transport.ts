import type { Transport } from "../engine/ports.ts";
import { openSession } from "./agent-session.ts";
import { LocalConnection } from "./local-connection.ts";

/** The machine Waymark runs on. Jobs get Waymark's own environment, as typed in the same terminal. */
export function localTransport(token: string): Transport {
  return {
    open: (host, signal) => openSession(new LocalConnection(host), { token, signal, login: false }),
    async close() {},
  };
}
