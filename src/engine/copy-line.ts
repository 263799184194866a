import { createHash } from "node:crypto";
import { alike, type CopyRules, planCopy, sentNames, withDigests } from "./copy-plan.ts";
import { ConnectionLost, type FileAccess, type FileListing, FilesRefused, type FilesToRead } from "./ports.ts";

/** One side of an `scp` line. */
export interface CopySide {
  /** As people call it. */
  readonly host: string;
  readonly files: FileAccess;
  readonly path: string;
  /** Absent: the login user. */
  readonly user?: string;
  /** Files that the login user may look at are looked at as such: `user` is for the others. */
  readonly ownFirst?: boolean;
}

export interface CopyResult {
  /** That were sent. */
  readonly files: number;
  readonly bytes: number;
  /** Nothing had to be done. */
  readonly unchanged: boolean;
}

/** The connection to the source died. Nothing is wrong with the one to the target. */
export class SourceLost extends Error {
  override readonly name = "SourceLost";
  readonly lost: ConnectionLost;
  constructor(lost: ConnectionLost) {
    super(lost.message);
    this.lost = lost;
  }
}

/**
 * Copies what one line names to one host: looks at both sides, and sends what differs. May be repeated at any time.
 *
 * @param key lower-case hex, the same for each try
 * @throws {FilesRefused} naming host and path
 * @throws {SourceLost} {@link ConnectionLost} of the target
 */
export async function copyLine(
  source: CopySide,
  target: CopySide,
  rules: CopyRules,
  key: string,
  signal: AbortSignal,
): Promise<CopyResult> {
  const { from, user } = await lookAtSource(source, signal);
  const [root] = from.entries;
  if (root?.kind === "folder" && !rules.recursive) {
    throw refused(source, shown(from, ""), "a folder: copy it with scp -r");
  }
  const names = from.entries.map(({ name }) => name);
  const query = { path: target.path, into: lastName(source.path), ...userOf(target) };
  const to = await about(target, target.files.list({ ...query, names, digests: false }, signal));
  if (!to.inside && root?.kind === "file" && /(^|\/)\.?$/.test(target.path)) {
    throw refused(target, target.path, "No such directory");
  }
  const same = alike(from, to);
  const looks = async (side: CopySide, path: string, as: string | undefined): Promise<FileListing> => {
    const asking = { path: textOf(path), names: same, digests: true, ...(as !== undefined && { user: as }) };
    return about(side, side.files.list(asking, signal));
  };
  const [source_, target_] =
    same.length === 0
      ? [from, to]
      : await Promise.all([
          fromSource(looks(source, from.path, user)).then((looked) => withDigests(from, looked)),
          looks(target, to.path, target.user).then((looked) => withDigests(to, looked)),
        ]);
  const plan = planCopy(source_, target_, rules);
  if ("problem" in plan) {
    const [side, listing] = plan.side === "source" ? ([source, from] as const) : ([target, to] as const);
    throw refused(side, shown(listing, plan.name), plan.problem);
  }
  const { changes } = plan;
  if (changes.length === 0) return { files: 0, bytes: 0, unchanged: true };
  const sent = sentNames(changes);
  const reading = { path: from.path, names: sent, ...(user !== undefined && { user }) };
  const content = sent.length === 0 ? nothing() : contentOf(source, from, reading, signal);
  const writing = { path: to.path, key: hex(`${key} ${target.path}`), changes, ...userOf(target) };
  await about(target, target.files.write(writing, content, signal));
  return { files: sent.length, bytes: changes.reduce((sum, { size = 0 }) => sum + size, 0), unchanged: false };
}

async function lookAtSource(
  source: CopySide,
  signal: AbortSignal,
): Promise<{ readonly from: FileListing; readonly user?: string }> {
  const look = (as: Pick<CopySide, "user">): Promise<FileListing> =>
    fromSource(about(source, source.files.list({ path: source.path, digests: false, ...userOf(as) }, signal)));
  if (source.ownFirst !== true || source.user === undefined) return { from: await look(source), ...userOf(source) };
  try {
    return { from: await look({}) };
  } catch (error) {
    if (!(error instanceof FilesRefused)) throw error;
    return {
      from: await look(source).catch(() => {
        throw error;
      }),
      user: source.user,
    };
  }
}

/** The bytes of the files. What they are when all is read must be what they were. */
async function* contentOf(
  source: CopySide,
  listing: FileListing,
  files: FilesToRead,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* source.files.read(files, signal);
    const { names, user } = files;
    const asking = { path: textOf(files.path), names, digests: false, ...(user !== undefined && { user }) };
    const after = await source.files.list(asking, signal);
    const now = new Map(after.entries.map((entry) => [entry.name, entry]));
    const before = new Map(listing.entries.map((entry) => [entry.name, entry]));
    const changed = names.find(
      (name) =>
        now.get(name)?.size !== before.get(name)?.size || now.get(name)?.modified !== before.get(name)?.modified,
    );
    if (changed !== undefined) throw refused(source, shown(listing, changed), "changed while it was being copied");
  } catch (error) {
    if (error instanceof ConnectionLost) throw new SourceLost(error);
    throw error instanceof FilesRefused ? named(source, error) : error;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, void> {}

async function fromSource<T>(going: Promise<T>): Promise<T> {
  try {
    return await going;
  } catch (error) {
    throw error instanceof ConnectionLost ? new SourceLost(error) : error;
  }
}

/** What is refused says where. */
async function about<T>(side: CopySide, going: Promise<T>): Promise<T> {
  try {
    return await going;
  } catch (error) {
    throw error instanceof FilesRefused ? named(side, error) : error;
  }
}

/** Said by the other side, and that has been named already. */
class Named extends FilesRefused {}

function named({ host }: CopySide, error: FilesRefused): Named {
  return error instanceof Named ? error : new Named(`${host}:${error.message}`);
}

function refused(side: CopySide, path: string, problem: string): Named {
  return named(side, new FilesRefused(`${path}: ${problem}`));
}

function userOf({ user }: Pick<CopySide, "user">): { readonly user?: string } {
  return user === undefined ? {} : { user };
}

/** What scp(1) calls a copy in a folder. */
function lastName(path: string): string {
  const name = path.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return name === "" || name === "~" || name === ".." ? "." : name;
}

function shown({ path }: FileListing, name: string): string {
  return textOf(name === "" ? path : `${path}/${name}`);
}

function textOf(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString();
}

function hex(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
