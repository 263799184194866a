import { connect } from "node:net";
import { nextTick } from "node:process";
import type { Duplex } from "node:stream";
import type ssh2 from "ssh2";
import type { Host } from "../model/inventory.ts";

/**
 * Bytes to a host's SSH server and back: a TCP connection, or a channel through another host. What is written during
 * one turn of the event loop is sent at once: ssh2 without its native binding writes every packet in three pieces, which
 * would be three segments and three system calls.
 */
export type Line = Duplex;

/** Begins to connect. */
export function directLine({ address, port }: Host): Line {
  return gatherWrites(connect({ host: address, port, noDelay: true }));
}

export function forwardedLine(channel: ssh2.ClientChannel): Line {
  type Pieces = readonly { readonly chunk: Uint8Array }[];
  // ssh2 would make a packet of each piece.
  const writev = (pieces: Pieces, done: (error?: Error | null) => void): void => {
    channel._write(Buffer.concat(pieces.map(({ chunk }) => chunk)), "utf8", done);
  };
  // As a TCP connection does: nothing is half open.
  channel.once("end", () => channel.destroy());
  return gatherWrites(Object.assign(channel, { _writev: writev }));
}

function gatherWrites(line: Line): Line {
  const write = line.write.bind(line);
  line.write = (chunk: Uint8Array | string): boolean => {
    if (line.writableCorked === 0) {
      line.cork();
      nextTick(() => line.uncork());
    }
    return write(chunk);
  };
  return line;
}
