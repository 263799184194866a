import type { FileChange, FilesToWrite } from "../engine/ports.ts";
import { quote } from "./agent-protocol.ts";
import { nameList } from "./copy-request.ts";

/*
 * What the write program does at the end: lines with the length of a list of names and a command that gets it on
 * stdin. `$wm_t` is the folder in which everything is staged as `f`, `$wm_p` is where that goes.
 */

/** All of it: owners, modes and times of what is staged, then the moves, then what can only be done in place. */
export function placing({ path, changes }: FilesToWrite): Buffer {
  const [root] = changes;
  if (root?.name === "" && root.kind === "file") return Buffer.concat(placingFile(path, root));
  return Buffer.concat(placingFolder(changes));
}

function placingFile(path: string, file: FileChange): readonly Buffer[] {
  if (file.size === undefined) return attributes([file], ":", () => path.slice(path.lastIndexOf("/") + 1));
  const move = '[ ! -d "$wm_p" ] && mv -f -- "$wm_t/f" "$wm_p"';
  return [...attributes([file], 'cd -- "$wm_t"', () => "f"), command(move)];
}

function placingFolder(changes: readonly FileChange[]): readonly Buffer[] {
  const files = changes.filter(({ kind }) => kind === "file");
  const folders = changes.filter(({ kind }) => kind === "folder");
  const staged = files.filter(({ size }) => size !== undefined);
  const kept = files.filter(({ size }) => size === undefined);
  return [
    ...attributes(staged, 'cd -- "$wm_t/f"'),
    ...moves(changes),
    ...attributes(kept, 'cd -- "$wm_p/"'),
    // What stands in a folder before the folder itself, which may be closed then.
    ...[...Map.groupBy(folders, ({ name }) => (name === "" ? 0 : name.split("/").length))]
      .toSorted(([one], [other]) => other - one)
      .flatMap(([, level]) => attributes(level, 'cd -- "$wm_p/"')),
  ];
}

/** A new folder goes as one; files go to where they belong, those of one folder together. */
function moves(changes: readonly FileChange[]): readonly Buffer[] {
  const newFolders = new Set(changes.flatMap(({ name, kind, isNew }) => (kind === "folder" && isNew ? [name] : [])));
  if (newFolders.has("")) return [command('[ ! -e "$wm_p" ] && mv -- "$wm_t/f" "$wm_p"')];
  const moved = changes.filter(
    ({ name, kind, size }) =>
      !newFolders.has(parentOf(name)) && (kind === "folder" ? newFolders.has(name) : size !== undefined),
  );
  return [...Map.groupBy(moved, ({ name }) => parentOf(name))].map(([folder, those]) => {
    const script = quote('d=$1; shift; exec mv -f -- "$@" "$d"');
    const run = `cd -- "$wm_t/f" && xargs -0 sh -c ${script} sh "$wm_p"/${quote(folder)}`;
    return command(run, those);
  });
}

function attributes(
  changes: readonly FileChange[],
  where: string,
  call: (name: string) => string = (name) => name,
): readonly Buffer[] {
  const grouped = (key: (change: FileChange) => string | undefined, run: (key: string) => string): readonly Buffer[] =>
    [...Map.groupBy(changes, key)].flatMap(([value, those]) =>
      value === undefined ? [] : [command(`${where} && ${run(value)}`, those, call)],
    );
  const chown = (owner: string): string => `xargs -0 chown -- ${quote(owner)}`;
  return [
    ...grouped(
      ({ owner, ownerKept }) => (ownerKept === true ? owner : undefined),
      (owner) => `{ ${chown(owner)} 2>/dev/null || :; }`,
    ),
    ...grouped(({ owner, ownerKept }) => (ownerKept === true ? undefined : owner), chown),
    ...grouped(
      ({ mode }) => mode?.toString(8),
      (mode) => `xargs -0 chmod -- ${mode}`,
    ),
    ...grouped(
      ({ modified }) => modified?.toString(),
      (seconds) => `TZ=UTC0 xargs -0 touch -m -t ${touchTime(Number(seconds))} --`,
    ),
  ];
}

function command(run: string, changes: readonly FileChange[] = [], call?: (name: string) => string): Buffer {
  const list = nameList(
    changes.map(({ name }) => (call ?? ((same: string) => same))(name)),
    ".",
  );
  return Buffer.concat([Buffer.from(`${list.length} ${run}\n`, "latin1"), list]);
}

function parentOf(name: string): string {
  return name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : "";
}

/** `-t` of touch(1), POSIX. */
function touchTime(seconds: number): string {
  const [date = "", time = ""] = new Date(seconds * 1000).toISOString().split(/[T.]/);
  const [hours, minutes, rest] = time.split(":");
  return `${date.replaceAll("-", "")}${hours}${minutes}.${rest}`;
}
