import type { LendTerminal } from "../engine/ports.ts";
import type { ChannelClose, Connection } from "./connection.ts";

/**
 * Runs a command on the operator's terminal, on a pty of its own, until it ends.
 * @param over takes the terminal away from it
 * @param onFirst told when it has printed something
 * @throws {ConnectionLost}
 * @throws {NoTerminal}
 */
export async function runOnTerminal(
  connection: Connection,
  command: string,
  lend: LendTerminal,
  over: AbortSignal,
  onFirst: () => void = () => undefined,
): Promise<ChannelClose> {
  const closed = Promise.withResolvers<ChannelClose>();
  await lend(async (terminal) => {
    const pty = { type: terminal.type, ...terminal.size() };
    const channel = await connection.exec(command, pty);
    const show = (chunk: Uint8Array): void => {
      onFirst();
      terminal.write(chunk);
    };
    channel.onStdout(show);
    channel.onStderr(show);
    channel.onClose(closed.resolve);
    terminal.onInput((bytes) => channel.write(bytes));
    terminal.onResize((size) => channel.resize(size));
    const end = (): void => channel.destroy();
    over.addEventListener("abort", end);
    if (over.aborted) end();
    await closed.promise;
    over.removeEventListener("abort", end);
  });
  return closed.promise;
}
