import { createInterface } from "node:readline";
import type { Channel, ChannelClose, Connection } from "../../src/transport/connection.ts";

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly close: ChannelClose;
}

/** Runs a program to its end. */
export async function run(connection: Connection, command: string, stdin = ""): Promise<Ran> {
  const channel = await connection.exec(command);
  const ran = collect(channel);
  if (stdin !== "") channel.write(stdin);
  channel.end();
  return ran;
}

/** What a channel prints until it closes. */
export function collect(channel: Channel): Promise<Ran> {
  return new Promise((resolve) => {
    const stdout: Uint8Array[] = [];
    const stderr: Uint8Array[] = [];
    channel.onStdout((chunk) => stdout.push(chunk));
    channel.onStderr((chunk) => stderr.push(chunk));
    channel.onClose((close) =>
      resolve({ stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), close }),
    );
  });
}

/** The next thing that a channel prints on stdout. */
export const firstOutput = (channel: Channel): Promise<string> =>
  new Promise((resolve) => {
    channel.onStdout((chunk) => resolve(Buffer.from(chunk).toString()));
  });

/** The first line of a stream. */
export async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(stream)) return line;
  throw new Error("no line");
}
