import type { FileChange, FileEntry, FileListing } from "./ports.ts";

/** How things are to be copied, as a `copy` step says it. */
export interface CopyRules {
  readonly recursive: boolean;
  readonly preserve: boolean;
  /** POSIX octal. */
  readonly mode?: string;
  /** `user` or `user:group`. */
  readonly owner?: string;
}

/** What is to be done at the target; or why that cannot be, as said about one of the two sides. */
export type CopyPlan =
  | { readonly changes: readonly FileChange[] }
  | { readonly side: "source" | "target"; readonly name: string; readonly problem: string };

/** Names of files that may be the same on both sides: only their digests can tell. */
export function alike(source: FileListing, target: FileListing): readonly string[] {
  const there = byName(target);
  return source.entries.flatMap(({ name, kind, size }) => {
    const other = there.get(name);
    return kind === "file" && other?.kind === "file" && other.size === size ? [name] : [];
  });
}

/** The listing with the digests that another look at some of its files has brought. */
export function withDigests(listing: FileListing, looked: FileListing): FileListing {
  const known = byName(looked);
  const entries = listing.entries.map((entry) => {
    const digest = known.get(entry.name)?.digest;
    return digest === undefined ? entry : { ...entry, digest };
  });
  return { ...listing, entries };
}

/** What differs, as scp(1) would copy it: what is at the target and not in the source stays as it is. */
export function planCopy(source: FileListing, target: FileListing, rules: CopyRules): CopyPlan {
  const [root] = source.entries;
  if (root?.kind === "folder" && !rules.recursive) {
    return { side: "source", name: "", problem: "a folder: copy it with scp -r" };
  }
  const there = byName(target);
  const changes: FileChange[] = [];
  for (const entry of source.entries) {
    const { name, kind } = entry;
    if (kind === "other") return { side: "source", name, problem: "neither a file nor a folder" };
    const old = there.get(name);
    if (old !== undefined && old.kind !== kind) {
      return { side: "target", name, problem: `not a ${kind}, as it is in the source` };
    }
    if (old?.kind === "folder" && old.device !== target.entries[0]?.device) {
      return { side: "target", name, problem: "on another file system: copy into it with a line of its own" };
    }
    const change = { name, kind, isNew: old === undefined };
    if (kind === "folder") {
      // A folder that is there already is somebody's: what is copied into it changes nothing about it.
      if (old === undefined) changes.push({ ...change, ...attributes(entry, old, target, rules) });
      continue;
    }
    const same = old?.digest !== undefined && old.digest === entry.digest;
    if (same && fits(entry, old, target, rules)) continue;
    changes.push({ ...change, ...(!same && { size: entry.size }), ...attributes(entry, old, target, rules) });
  }
  return { changes };
}

/** Names of the files whose bytes are sent, in that order. */
export function sentNames(changes: readonly FileChange[]): readonly string[] {
  return changes.flatMap(({ name, size }) => (size === undefined ? [] : [name]));
}

/** What is to become of mode, owner and time. */
function attributes(
  entry: FileEntry,
  old: FileEntry | undefined,
  { umask, plain }: FileListing,
  rules: CopyRules,
): Pick<FileChange, "mode" | "owner" | "ownerKept" | "modified"> {
  const times = rules.preserve ? { modified: entry.modified } : {};
  if (plain) return times;
  const given = givenMode(entry, rules);
  const mode = given ?? old?.mode ?? entry.mode & 0o777 & ~umask;
  if (rules.owner !== undefined) return { ...times, mode, owner: rules.owner };
  return { ...times, mode, ...(old !== undefined && { owner: `${old.uid}:${old.gid}`, ownerKept: true }) };
}

/** What is asked for of mode, owner and time is so already. */
function fits(entry: FileEntry, old: FileEntry, { plain }: FileListing, rules: CopyRules): boolean {
  if (rules.preserve && old.modified !== entry.modified) return false;
  if (plain) return true;
  const mode = givenMode(entry, rules);
  return (mode === undefined || mode === old.mode) && (rules.owner === undefined || isOwner(rules.owner, old));
}

/** Who may read a folder may enter it. */
function givenMode({ kind, mode }: FileEntry, rules: CopyRules): number | undefined {
  if (rules.mode === undefined) return rules.preserve ? mode : undefined;
  const bits = Number.parseInt(rules.mode, 8);
  return kind === "folder" ? bits | ((bits & 0o444) >> 2) : bits;
}

function isOwner(owner: string, { uid, gid, user, group }: FileEntry): boolean {
  const [wantedUser = "", wantedGroup = ""] = owner.split(":");
  return [
    { wanted: wantedUser, is: [user, String(uid)] },
    { wanted: wantedGroup, is: [group, String(gid)] },
  ].every(({ wanted, is }) => wanted === "" || is.includes(wanted));
}

function byName({ entries }: FileListing): ReadonlyMap<string, FileEntry> {
  return new Map(entries.map((entry) => [entry.name, entry]));
}
