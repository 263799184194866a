import type { Transport } from "../engine/ports.ts";
import { openSession } from "./agent-session.ts";
import type { Asker } from "./asker.ts";
import { LocalConnection } from "./local-connection.ts";
import { SudoPasswords } from "./sudo-passwords.ts";

/** The machine Waymark runs on. Jobs get Waymark's own environment, as typed in the same terminal. */
export function localTransport(token: string, asker?: Asker): Transport {
  const sudo = new SudoPasswords(asker);
  return {
    open: (host, signal) =>
      openSession(new LocalConnection(host), { token, signal, passwords: sudo.of(host), login: false }),
    async close() {},
  };
}
