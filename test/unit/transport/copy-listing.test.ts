import { describe, expect, test } from "vitest";
import { parseListing } from "../../../src/transport/copy-listing.ts";

const DIGEST = "0123456789abcdef".repeat(4);
const FILE = "81a4 1000 1000 3 1700000000 42 pi users\n";
const FOLDER = "41ed 0 0 4096 1700000000 42 root root\n";

function listing(names: readonly string[], stats: string, digests = ""): Buffer {
  const list = [...names, ""].map((name) => `${name}\0`).join("");
  return Buffer.from(`0022 0 1\n/srv/x\0${list}${stats}${digests}`, "latin1");
}

describe("a listing", () => {
  test("is read, in batches and with digests, whatever the names are", () => {
    const first = listing([".", "./two\nlines", "./back\\slash"], FOLDER + FILE + FILE, `\\${DIGEST}  ./two\\nlines\n`);
    const bytes = Buffer.concat([first, Buffer.from(`\\${DIGEST}  ./back\\\\slash\n./c\0\0${FILE}${DIGEST}  ./c\n`)]);
    const { path, umask, plain, inside, entries } = parseListing(bytes);
    expect({ path, umask, plain, inside }).toEqual({ path: "/srv/x", umask: 0o22, plain: false, inside: true });
    expect(entries.map(({ name, kind, mode, size, digest }) => [name, kind, mode, size, digest])).toEqual([
      ["", "folder", 0o755, 4096, undefined],
      ["two\nlines", "file", 0o644, 3, DIGEST],
      ["back\\slash", "file", 0o644, 3, DIGEST],
      ["c", "file", 0o644, 3, DIGEST],
    ]);
  });

  test("of nothing has no entries", () => {
    expect(parseListing(Buffer.from("0022 0 0\n/srv/x\0")).entries).toEqual([]);
  });

  test.each(["./../../etc/passwd", "./a/../../b", "/etc/passwd", "./a/./b"])(
    "that names %s is refused: a host says nothing about what is written elsewhere on another",
    (name) => {
      expect(() => parseListing(listing([".", name], FOLDER + FILE))).toThrow("is no name of a file in a folder");
    },
  );
});
