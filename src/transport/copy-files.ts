import { setTimeout as sleep } from "node:timers/promises";
import {
  type FileAccess,
  type FileListing,
  type FileQuery,
  FilesRefused,
  type FilesToRead,
  type FilesToWrite,
} from "../engine/ports.ts";
import type { AgentPool } from "./agent-pool.ts";
import { SudoRefused } from "./sudo-refused.ts";
import { CopyContent } from "./copy-content.ts";
import { CopyConversation, orAborted } from "./copy-conversation.ts";
import { parseListing, parseStaged } from "./copy-listing.ts";
import { placing } from "./copy-placing.ts";
import { LIST_PROGRAM, READ_PROGRAM, WRITE_PROGRAM } from "./copy-programs.ts";
import { bytesOf, nameList, textOf } from "./copy-request.ts";

/** For a host that is to hear no more to remove what it has so far, and to say so. */
const PROOF_MS = 15_000;

type Variables = Readonly<Record<string, string>> & { readonly wm_p: string };
interface Call {
  readonly user?: string | undefined;
  readonly program: string;
  readonly variables: Variables;
}

/** Looks at files, reads and writes them, each with an agent of its own for as long as it takes. */
export class CopyFiles implements FileAccess {
  readonly #pool: AgentPool;

  constructor(pool: AgentPool) {
    this.#pool = pool;
  }

  async list({ path, user, into = "", names, digests }: FileQuery, signal: AbortSignal): Promise<FileListing> {
    if (path.includes("\0")) throw new FilesRefused("the name of a file holds a NUL byte");
    // A name that the program makes longer: the list is of no use for what is no folder.
    const list = names === undefined ? undefined : nameList(names, ".");
    const variables = {
      wm_p: bytesOf(path),
      wm_into: bytesOf(into),
      wm_names: list === undefined ? "" : String(list.length),
      wm_sums: digests ? "1" : "",
    };
    return this.#with({ user, program: LIST_PROGRAM, variables }, signal, async (conversation) => {
      await conversation.untilItWaits(signal);
      if (list !== undefined) await conversation.send([list], signal);
      return parseListing(await conversation.rest(signal));
    });
  }

  async *read({ path, user, names }: FilesToRead, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const list = nameList(names, path);
    const variables = { wm_p: path, wm_names: String(list.length) };
    const begun = Promise.withResolvers<CopyConversation>();
    const enough = Promise.withResolvers<void>();
    const lent = this.#with({ user, program: READ_PROGRAM, variables }, signal, async (conversation) => {
      begun.resolve(conversation);
      await enough.promise;
    });
    lent.catch(begun.reject);
    try {
      const conversation = await begun.promise;
      await conversation.untilItWaits(signal);
      await conversation.send([list], signal);
      for (let chunk; (chunk = await conversation.next(signal)) !== undefined;) yield chunk;
    } finally {
      enough.resolve();
      await lent.catch(() => undefined);
    }
  }

  async write(files: FilesToWrite, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const { path, user, key, changes } = files;
    const passing = new CopyContent(changes, content);
    const sends =
      changes.some(({ size }) => size !== undefined) || changes.some(({ kind, isNew }) => kind === "folder" && isNew);
    const variables = {
      wm_p: path,
      wm_key: key,
      wm_sends: sends ? passing.kind : "",
      wm_times: changes.some(({ modified }) => modified !== undefined) ? "1" : "",
    };
    await this.#with({ user, program: WRITE_PROGRAM, variables }, signal, async (conversation, end) => {
      try {
        await conversation.untilItWaits(signal);
        if (sends) await sendAll(conversation, passing.chunks(), signal);
        const staged = parseStaged(await conversation.untilItWaits(signal));
        for (const [name, digest] of passing.digests) {
          if (staged.get(name) === digest) continue;
          throw new FilesRefused(`${textOf(path)}: it did not arrive as it was sent`);
        }
        const todo = placing(files);
        await conversation.send([Buffer.from(`${todo.length}\n`), todo], signal);
      } catch (error) {
        // It hears no more, so it removes what there is; its end is the proof.
        end();
        const late = sleep(PROOF_MS, "late", { ref: false });
        if (signal.aborted && (await Promise.race([conversation.over, late])) === "late") {
          throw new FilesRefused(
            `${textOf(path)}: it was stopped, and the host gave no proof that nothing is left of it`,
          );
        }
        throw error;
      }
      await conversation.rest(NEVER);
    });
  }

  /** @param use what is done with the program; `end` gives it no more input */
  async #with<T>(
    { user, program, variables }: Call,
    signal: AbortSignal,
    use: (conversation: CopyConversation, end: () => void) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const lent = this.#pool.with(user, async (loop) => {
      signal.throwIfAborted();
      const conversation = new CopyConversation(loop, program, variables);
      try {
        return await use(conversation, () => loop.end());
      } finally {
        if (!conversation.isOver) loop.destroy();
      }
    });
    try {
      return await lent;
    } catch (error) {
      throw error instanceof SudoRefused ? new FilesRefused(error.message) : error;
    }
  }
}

/** Whatever becomes of the content, an abort is heard, and so is a program that has failed. */
async function sendAll(
  conversation: CopyConversation,
  chunks: AsyncGenerator<readonly Uint8Array[], void, void>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      const next = await orAborted(orAborted(chunks.next(), conversation.ended), signal);
      if (next.done === true) return;
      await conversation.send(next.value, signal);
    }
  } finally {
    // Not waited for: it may be waiting itself.
    chunks.return().catch(() => undefined);
  }
}

const NEVER = new AbortController().signal;
