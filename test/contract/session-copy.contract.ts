import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type CopyResult, copyLine } from "../../src/engine/copy-line.ts";
import type { CopyRules } from "../../src/engine/copy-plan.ts";
import { ConnectionLost } from "../../src/engine/ports.ts";
import { PATIENCE_MS, eventually } from "./session-processes.ts";
import { SessionWorld, within } from "./session-world.ts";
import type { HostUnderTest } from "./session-world.ts";

/* Copying files from and to a host. It is this machine: what is there is looked at from outside. */

const MEGABYTE = 1024 * 1024;
const isRoot = process.getuid?.() === 0;
const canMount = isRoot && spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
const KEY = "0123456789abcdef";

interface Place {
  readonly w: SessionWorld;
  readonly dir: string;
  readonly copy: (from: string, to: string, more?: Partial<CopyRules> & CopyMore) => Promise<CopyResult>;
}

interface CopyMore {
  readonly user?: string;
  readonly signal?: AbortSignal;
}

export function copyContract(name: string, host: HostUnderTest): void {
  const it = test.extend<{ p: Place }>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads the names of the fixtures that this one needs
    p: async ({}, use) => {
      const w = new SessionWorld(host);
      await w.open();
      const dir = await mkdtemp(join(tmpdir(), "waymark-copy-"));
      await use({
        w,
        dir,
        copy: (from, to, { user, signal = within(PATIENCE_MS), ...rules } = {}) => {
          const side = { host: "pi", files: w.session.files, ...(user !== undefined && { user }) };
          const at = (path: string): string => (/^[/~]/.test(path) ? path : `${dir}/${path}`);
          return copyLine(
            { ...side, path: at(from) },
            { ...side, path: at(to) },
            { recursive: false, preserve: false, ...rules },
            KEY,
            signal,
          );
        },
      });
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
      await w.end();
    },
  });

  /** Everything below a folder: a file with its bytes, a folder with a slash. */
  const tree = async (folder: string): Promise<Record<string, string>> => {
    const found: Record<string, string> = {};
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const below = path.slice(folder.length + 1);
      if (entry.isDirectory()) found[`${below}/`] = "";
      else found[below] = await readFile(path, "latin1");
    }
    return found;
  };
  const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;

  describe.concurrent(`${name} copies files`, { timeout: 2 * PATIENCE_MS }, () => {
    it("byte for byte, and has nothing to do the second time", async ({ p: { dir, copy } }) => {
      const bytes = Buffer.concat([
        Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
        Buffer.alloc(9 * MEGABYTE, "x\ny"),
      ]);
      await writeFile(join(dir, "a"), bytes);
      expect(await copy("a", "b")).toEqual({ files: 1, bytes: bytes.length, unchanged: false });
      expect((await readFile(join(dir, "b"))).equals(bytes)).toBe(true);
      expect(await copy("a", "b")).toEqual({ files: 0, bytes: 0, unchanged: true });
      expect((await readdir(dir)).toSorted()).toEqual(["a", "b"]);
    });

    it("that are empty", async ({ p: { dir, copy } }) => {
      await writeFile(join(dir, "a"), "");
      await copy("a", "b");
      expect(await readFile(join(dir, "b"), "utf8")).toBe("");
    });

    it("into a folder under their own name, and into none that is not there", async ({ p: { dir, copy } }) => {
      await writeFile(join(dir, "a"), "one");
      await mkdir(join(dir, "in"));
      await copy("a", "in");
      await writeFile(join(dir, "a"), "two");
      await copy("a", "in/");
      expect(await tree(join(dir, "in"))).toEqual({ a: "two" });
      await expect(copy("a", "out/")).rejects.toThrow(`pi:${dir}/out/: No such directory`);
      await expect(copy("a", "out/b")).rejects.toThrow(`pi:${dir}/out: No such file or directory`);
      await expect(copy("a", "a/b")).rejects.toThrow(`Not a directory`);
    });

    it("whose names are anything", async ({ p: { dir, copy } }) => {
      const names = [
        "-rf",
        " a  b ",
        'it\'s "q" $HOME `id`',
        "two\nlines",
        "back\\slash",
        "Größe €",
        "*",
        "#",
        "~",
        "x".repeat(200),
      ];
      await mkdir(join(dir, "from"));
      for (const file of names) {
        await writeFile(join(dir, "from", file), file);
        await copy(`from/${file}`, `to ${file.slice(0, 40)}`);
        expect(await readFile(join(dir, `to ${file.slice(0, 40)}`), "utf8")).toBe(file);
      }
      const all = Object.fromEntries(names.map((file) => [file, Buffer.from(file).toString("latin1")]));
      expect(await copy("from", "to", { recursive: true })).toMatchObject({ files: names.length });
      expect(await tree(join(dir, "to"))).toEqual(all);
      expect(await copy("from/.", "to", { recursive: true })).toMatchObject({ unchanged: true });
    });

    it("with the mode of the source less the umask, and with that of what was there", async ({ p: { dir, copy } }) => {
      await writeFile(join(dir, "a"), "one");
      await chmod(join(dir, "a"), 0o777);
      await copy("a", "b");
      expect(await modeOf(join(dir, "b"))).toBe(0o777 & ~process.umask());
      await chmod(join(dir, "b"), 0o640);
      await writeFile(join(dir, "a"), "two");
      await copy("a", "b");
      expect(await modeOf(join(dir, "b"))).toBe(0o640);
      expect(await copy("a", "b", { mode: "0400" })).toEqual({ files: 0, bytes: 0, unchanged: false });
      expect(await modeOf(join(dir, "b"))).toBe(0o400);
      expect(await copy("a", "b", { mode: "0400" })).toMatchObject({ unchanged: true });
    });

    it("with the mode and the time of the source where that is asked for", async ({ p: { dir, copy } }) => {
      await mkdir(join(dir, "from/in"), { recursive: true });
      for (const path of ["from/a", "from/in/b"]) {
        await writeFile(join(dir, path), path);
        await chmod(join(dir, path), 0o751);
        await utimes(join(dir, path), 1e9, 1e9);
      }
      await chmod(join(dir, "from/in"), 0o500);
      await copy("from/a", "a", { preserve: true });
      await copy("from", "to", { preserve: true, recursive: true });
      for (const path of ["a", "to/a", "to/in/b"]) {
        const { mode, mtimeMs } = await stat(join(dir, path));
        expect([path, mode & 0o7777, mtimeMs]).toEqual([path, 0o751, 1e12]);
      }
      expect(await modeOf(join(dir, "to/in"))).toBe(0o500);
      expect(await copy("from/a", "a", { preserve: true })).toMatchObject({ unchanged: true });
      for (const folder of ["from/in", "to/in"]) await chmod(join(dir, folder), 0o700);
    });

    it.skipIf(!isRoot)("with the owner that is asked for, or the one there was", async ({ p: { dir, copy } }) => {
      await writeFile(join(dir, "a"), "one");
      await copy("a", "b", { owner: "nobody:nogroup" });
      const ids = async () => [(await stat(join(dir, "b"))).uid, (await stat(join(dir, "b"))).gid];
      const nobody = await ids();
      expect(nobody).not.toContain(0);
      expect(await copy("a", "b", { owner: "nobody" })).toMatchObject({ unchanged: true });
      await writeFile(join(dir, "a"), "two");
      await copy("a", "b");
      expect(await ids()).toEqual(nobody);
      expect(await copy("a", "b", { owner: "root" })).toEqual({ files: 0, bytes: 0, unchanged: false });
      await expect(copy("a", "c", { owner: "waymark-no-such-user" })).rejects.toThrow("waymark-no-such-user");
      expect((await readdir(dir)).toSorted()).toEqual(["a", "b"]);
    });

    it("in folders: links are followed, what was there stays", async ({ p: { dir, copy } }) => {
      await mkdir(join(dir, "from/sub/empty"), { recursive: true });
      await writeFile(join(dir, "from/a"), "a");
      await writeFile(join(dir, "from/sub/b"), "b");
      await symlink("../a", join(dir, "from/sub/link"));
      const deep = `${"deep-folder-name/".repeat(9)}file`;
      await mkdir(join(dir, "from", deep, ".."), { recursive: true });
      await writeFile(join(dir, "from", deep), "deep");
      const from = await tree(join(dir, "from"));
      expect(await copy("from", "to", { recursive: true })).toMatchObject({ files: 4 });
      expect(await tree(join(dir, "to"))).toEqual(from);
      expect((await lstat(join(dir, "to/sub/link"))).isFile()).toBe(true);
      expect((await stat(join(dir, "to/sub/link"))).nlink).toBe(1);
      await writeFile(join(dir, "to/other"), "stays");
      await rm(join(dir, "to/sub/empty"), { recursive: true });
      await writeFile(join(dir, "from/sub/b"), "B");
      await mkdir(join(dir, "from/sub/new"));
      await writeFile(join(dir, "from/sub/new/c"), "c");
      expect(await copy("from/.", "to", { recursive: true })).toMatchObject({ files: 2 });
      expect(await tree(join(dir, "to"))).toEqual({ ...(await tree(join(dir, "from"))), other: "stays" });
      expect(await copy("from/.", "to/", { recursive: true })).toMatchObject({ unchanged: true });
      await mkdir(join(dir, "in"));
      await copy("from/", "in", { recursive: true });
      expect(await tree(join(dir, "in/from"))).toEqual(await tree(join(dir, "from")));
      expect((await readdir(dir)).toSorted()).toEqual(["from", "in", "to"]);
    });

    it("through a link to the file that it stands for", async ({ p: { dir, copy } }) => {
      await writeFile(join(dir, "a"), "new");
      await mkdir(join(dir, "real"));
      await writeFile(join(dir, "real/b"), "old");
      await symlink("real/b", join(dir, "b"));
      await copy("a", "b");
      expect((await lstat(join(dir, "b"))).isSymbolicLink()).toBe(true);
      expect(await readFile(join(dir, "real/b"), "utf8")).toBe("new");
    });

    it("or says in one line why not, and changes nothing", async ({ p: { dir, copy } }) => {
      await mkdir(join(dir, "from/sub"), { recursive: true });
      await writeFile(join(dir, "from/a"), "a");
      await mkdir(join(dir, "to/a"), { recursive: true });
      const refused = async (from: string, to: string, message: string, recursive = false): Promise<void> =>
        expect(copy(from, to, { recursive })).rejects.toMatchObject({
          name: "FilesRefused",
          message: `pi:${dir}/${message}`,
        });
      await refused("none", "x", "none: No such file or directory");
      await refused("from", "x", "from: a folder: copy it with scp -r");
      await refused("from/a", "to", "to/a: not a file, as it is in the source");
      await refused("from/.", "to", "to/a: not a file, as it is in the source", true);
      await refused("from", "from/a", "from/a: not a folder, as it is in the source", true);
      await symlink("nowhere", join(dir, "from/link"));
      await refused("from", "x", "from/link: No such file or directory", true);
      await rm(join(dir, "from/link"));
      spawnSync("mkfifo", [join(dir, "from/pipe")]);
      await refused("from", "x", "from/pipe: neither a file nor a folder", true);
      expect((await readdir(dir)).toSorted()).toEqual(["from", "to"]);
      expect(await readdir(join(dir, "to"))).toEqual(["a"]);
    });

    /** Content that comes until the test says otherwise. */
    const endless = (first: number) => {
      const asked = Promise.withResolvers<void>();
      const more = Promise.withResolvers<Uint8Array>();
      more.promise.catch(() => undefined);
      async function* content(): AsyncGenerator<Uint8Array> {
        yield Buffer.alloc(first, "x");
        asked.resolve();
        yield await more.promise;
      }
      return { content: content(), asked: asked.promise, more };
    };
    const target = (dir: string, size: number) =>
      ({
        path: join(dir, "old"),
        key: KEY,
        changes: [{ name: "", kind: "file", isNew: false, size, mode: 0o600 }],
      }) as const;

    it("or leaves all as it was when the content breaks off", async ({ p: { w, dir } }) => {
      await writeFile(join(dir, "old"), "old");
      const { content, asked, more } = endless(9 * MEGABYTE);
      const writing = w.session.files.write(target(dir, 20 * MEGABYTE), content, within(PATIENCE_MS));
      await asked;
      more.reject(new Error("enough"));
      await expect(writing).rejects.toThrow("enough");
      await eventually("nothing is left", async () => (await readdir(dir)).length === 1);
      expect(await readFile(join(dir, "old"), "utf8")).toBe("old");
      expect((await w.run("echo fine")).stdout).toBe("fine\n");
    });

    it("or proves that nothing is left of it when it is stopped", async ({ p: { w, dir } }) => {
      await writeFile(join(dir, "old"), "old");
      const stop = new AbortController();
      const { content, asked } = endless(9 * MEGABYTE);
      const writing = w.session.files.write(target(dir, 20 * MEGABYTE), content, stop.signal);
      await asked;
      expect((await readdir(dir)).length).toBe(2);
      stop.abort(new Error("enough"));
      await expect(writing).rejects.toThrow("enough");
      expect(await readdir(dir)).toEqual(["old"]);
      expect(await readFile(join(dir, "old"), "utf8")).toBe("old");
    });

    it("or leaves all as it was when the connection is cut", async ({ p: { w, dir, copy } }) => {
      await writeFile(join(dir, "old"), "old");
      const { content, asked } = endless(9 * MEGABYTE);
      const writing = w.session.files.write(target(dir, 20 * MEGABYTE), content, within(PATIENCE_MS));
      const lost = expect(writing).rejects.toThrow(ConnectionLost);
      await asked;
      await host.cut(w.connection);
      await lost;
      await eventually("nothing is left", async () => (await readdir(dir)).length === 1);
      expect(await readFile(join(dir, "old"), "utf8")).toBe("old");
      await w.open();
      await writeFile(join(dir, "new"), "new");
      await copy("new", "old");
      expect(await readFile(join(dir, "old"), "utf8")).toBe("new");
    });

    it("removes what an earlier try could not", async ({ p: { w, dir } }) => {
      await mkdir(join(dir, `.waymark-${KEY}.1`));
      await writeFile(join(dir, `.waymark-${KEY}.1`, "f"), "half");
      async function* content(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("new");
      }
      await w.session.files.write(target(dir, 3), content(), within(PATIENCE_MS));
      expect(await readdir(dir)).toEqual(["old"]);
    });

    it.skipIf(!canMount)(
      "or says that the disk is full, and takes no content for commands",
      async ({ p: { w, dir, copy } }) => {
        await mkdir(join(dir, "small"));
        spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "none", join(dir, "small")]);
        try {
          await writeFile(join(dir, "small/a"), "old");
          await mkdir(join(dir, "from"));
          await writeFile(join(dir, "from/a"), `touch ${dir}/oops\n`.repeat(200_000));
          const full = `pi:${dir}/small/a: No space left on device`;
          await expect(copy("from/a", "small")).rejects.toThrow(full);
          await expect(copy("from/.", "small", { recursive: true })).rejects.toThrow("No space left on device");
          expect(await readdir(join(dir, "small"))).toEqual(["a"]);
          expect(await readFile(join(dir, "small/a"), "utf8").then((text) => text === "old")).toBe(true);
          expect((await w.run("echo fine")).stdout).toBe("fine\n");
          expect((await readdir(dir)).toSorted()).toEqual(["from", "small"]);
        } finally {
          spawnSync("umount", [join(dir, "small")]);
        }
      },
    );

    it("slowly where they are read slowly", async ({ p: { w, dir } }) => {
      const size = 64 * MEGABYTE;
      await writeFile(join(dir, "a"), Buffer.alloc(size, "x"));
      const files = { path: join(dir, "a"), names: [""] };
      const chunks = w.session.files.read(files, within(PATIENCE_MS))[Symbol.asyncIterator]();
      await chunks.next();
      // What was asked for is read here and there up to some buffers, and not to its end.
      const read = async () =>
        Number(/^rchar: (\d+)/.exec(await readFile(`/proc/${await readerOf(join(dir, "a"))}/io`, "utf8"))?.[1]);
      let before = -1;
      const after = await eventually("it waits", async () => {
        const now = await read();
        const same = now === before;
        before = now;
        return same && now;
      });
      expect(after).toBeLessThan(size / 2);
      const hash = createHash("sha256");
      let rest = 0;
      for (let next; (next = await chunks.next()).done !== true;) {
        rest += next.value.byteLength;
        hash.update(next.value);
      }
      expect(rest).toBeGreaterThan(size / 2);
    });

    it.skipIf(host.other === undefined)("as another user", async ({ p: { dir, copy } }) => {
      await chmod(dir, 0o777);
      await writeFile(join(dir, "a"), "one");
      await copy("a", "b", { user: host.other ?? "" });
      const { uid } = await stat(join(dir, "b"));
      expect(uid).not.toBe(process.getuid?.());
      await chmod(join(dir, "a"), 0o600);
      await expect(copy("a", "c", { user: host.other ?? "" })).rejects.toThrow(`pi:${dir}/a: Permission denied`);
      await chmod(dir, 0o755);
      await expect(copy("b", "c", { user: host.other ?? "" })).rejects.toThrow("Permission denied");
      await expect(copy("a", "c", { user: "waymark-no-such-user" })).rejects.toThrow("waymark-no-such-user");
    });
  });
}

/** The process that reads a file for somebody. */
function readerOf(path: string): Promise<string> {
  return eventually("somebody reads", async () => {
    for (const pid of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
      const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
      if (words.includes("cat") && !words.includes("xargs") && words.includes(path)) return pid;
    }
    return undefined;
  });
}
