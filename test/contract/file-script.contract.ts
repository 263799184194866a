import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { restoreScript } from "../../src/engine/file-restore-script.ts";
import { fileDiffScript, fileScript } from "../../src/engine/file-script.ts";
import type { PlannedFile } from "../../src/model/plan.ts";
import { Place, type Ran, type ShellName, shellHere } from "./file-script-place.ts";

const TASK = "0123456789abcdef0123456789abcdef";
const RUN = "20260101-000000-abcd";
const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

/** What the scripts of `file` steps do on a host whose `sh` is that program. A file each, so that they run side by side. */
export function fileScriptContract(name: ShellName): void {
  const scratch = mkdtempSync(join(tmpdir(), "waymark-sh-"));
  // For everybody, as programs are.
  chmodSync(scratch, 0o755);
  afterAll(() => rmSync(scratch, { recursive: true, maxRetries: 5 }));
  const shell = shellHere(name, scratch) ?? { command: [], path: "" };

  describe.skipIf(shell.command.length === 0)(`a file, with ${name} for sh`, () => {
    let place: Place;
    beforeEach(() => {
      place = new Place();
    });
    afterEach(() => place.remove());

    interface Given extends Partial<Omit<PlannedFile, "kind">> {
      readonly env?: Readonly<Record<string, string>>;
      readonly task?: string;
      readonly as?: number;
    }

    const at = (name: string): string => join(place.files, name);
    const planned = ({ env: _env, task: _task, as: _as, ...given }: Given): PlannedFile => ({
      kind: "file",
      path: at("f"),
      content: "",
      backup: false,
      template: false,
      ...given,
    });
    const around = (given: Given): Readonly<Record<string, string>> => ({
      WAYMARK_PATH: given.path ?? at("f"),
      WAYMARK_DIFF: "1",
      ...given.env,
    });
    const write = (given: Given): Ran => {
      const uses = Object.keys(given.env ?? {});
      const code = fileScript(planned(given), { uses, run: RUN, task: given.task ?? TASK });
      return place.run(shell, code, around(given), given.as);
    };
    const look = (given: Given): Ran => {
      const code = fileDiffScript(planned(given), Object.keys(given.env ?? {}));
      return place.run(shell, code, around(given), given.as);
    };
    const restore = (task = TASK): Ran => place.run(shell, restoreScript(task));

    const put = (text: string, mode = 0o644): void => {
      writeFileSync(at("f"), text);
      chmodSync(at("f"), mode);
    };
    const got = (): string => readFileSync(at("f"), "utf8");
    const mode = (name = "f"): number => statSync(at(name)).mode & 0o7777;
    const said = ({ exit, stdout, stderr }: Ran): string => (exit === 0 ? stdout : `${exit}: ${stderr}`);

    describe("the whole file", () => {
      test("is written where there was none, and left alone from then on", () => {
        expect(said(write({ content: "a\nb\n" }))).toBe("created\n");
        expect(got()).toBe("a\nb\n");
        expect(mode()).toBe(0o666 & ~process.umask());
        const { ino, mtimeMs } = statSync(at("f"));
        expect(said(write({ content: "a\nb\n", task: "b".repeat(32) }))).toBe("unchanged\n");
        expect(statSync(at("f"))).toMatchObject({ ino, mtimeMs });
        expect(place.left()).toEqual(["f"]);
      });

      test("takes the place of another at once, with a diff", () => {
        put("a\nb\nc\n", 0o640);
        const { ino } = statSync(at("f"));
        const { stdout } = write({ content: "a\nB\nc\n" });
        expect(stdout).toBe(`changed\n--- ${at("f")}\n+++ ${at("f")}\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n`);
        expect(got()).toBe("a\nB\nc\n");
        expect(mode()).toBe(0o640);
        expect(statSync(at("f")).ino).not.toBe(ino);
        expect(place.left()).toEqual(["f"]);
      });

      test("shows no diff where it may hold secrets", () => {
        put("old secret\n");
        expect(said(write({ content: "new\n", env: { WAYMARK_DIFF: "" } }))).toBe("changed\n");
        expect(look({ content: "newer\n", env: { WAYMARK_DIFF: "" } }).stdout).toBe("changed\n");
      });

      test("shows no more of a diff than somebody reads", () => {
        put("x\n".repeat(5000));
        const { stdout } = write({ content: "y\n".repeat(5000) });
        expect(stdout.split("\n")).toHaveLength(203);
        expect(stdout).toMatch(/^changed\n---.*\n... and more\n$/s);
      });

      test.each([
        ["no final newline", "a"],
        ["CR LF", "a\r\n"],
        ["another case", "A\n"],
        ["a line more", "a\na\n"],
        ["nothing", ""],
        ["a NUL byte", "a\0\n"],
        ["a NUL byte behind it", "a\n\0"],
      ])("is another than one with %s", (_what, text) => {
        put(text);
        expect(write({ content: "a\n" }).stdout).toMatch(/^changed\n/);
        expect(got()).toBe("a\n");
      });

      test("may be empty", () => {
        expect(said(write({}))).toBe("created\n");
        expect(got()).toBe("");
        expect(said(write({ task: "b".repeat(32) }))).toBe("unchanged\n");
      });

      test("may hold whatever text can", () => {
        const bytes = Array.from({ length: 0x2ff }, (_unused, code) => String.fromCodePoint(code + 1)).join("");
        const content = `${bytes}😀 'it''s' "$HOME" \`id\` \\ \\\\ \\' $(id) %s %% -n\n\n`;
        expect(said(write({ content }))).toBe("created\n");
        expect(got()).toBe(content);
        expect(said(write({ content, task: "b".repeat(32) }))).toBe("unchanged\n");
      });

      test("may be larger than an argument", () => {
        const content = "0123456789abcde\n".repeat(40_000);
        expect(said(write({ content }))).toBe("created\n");
        expect(got() === content).toBe(true);
        expect(said(look({ content }))).toBe("unchanged\n");
      });

      test("has the values of its variables where it is a template, and no others", () => {
        const content = "a=$A b=${B}c $C \\$A '$A' $AB\n";
        const env = { A: 'it\'s "$B" `id` \\n', B: "two\nlines" };
        expect(said(write({ content, template: true, env }))).toBe("created\n");
        expect(got()).toBe(`a=${env.A} b=${env.B}c $C \\${env.A} '${env.A}' $AB\n`);
        write({ content, env });
        expect(got()).toBe(content);
      });
    });

    describe("lines", () => {
      test.each([
        ["those that are missing", "a\nb\n", "b\nc\na\nd\n", "a\nb\nc\nd\n"],
        ["none twice", "", "x\nx\n", "x\n"],
        ["none to one that has no end", "a\nb", "c\n", "a\nb\nc\n"],
        ["none that is there without an end", "a\nb", "b\na\n", undefined],
        ["whole lines only", "abc\n#b\nb \n", "b\n", "abc\n#b\nb \nb\n"],
        ["no blank ones", "a\n", "\n  \nb\n\n", "a\nb\n"],
        ["what looks like a pattern", "anything\n", "*\n[a]*\n?\\*\n", "anything\n*\n[a]*\n?\\*\n"],
        ["ends as the others have them", "a\r\nb\r\n", "b\nc\n", "a\r\nb\r\nc\r\n"],
        ["with what stands before and behind them", "", "\tx  \n", "\tx  \n"],
      ])("adds %s", (_what, before, content, after) => {
        put(before);
        expect(write({ ensure: "lines", content }).stdout.split("\n")[0]).toBe(after ? "changed" : "unchanged");
        expect(got()).toBe(after ?? before);
        expect(said(write({ ensure: "lines", content, task: "b".repeat(32) }))).toBe("unchanged\n");
      });

      test("makes the file where there is none", () => {
        expect(said(write({ ensure: "lines", content: "a\nb\n" }))).toBe("created\n");
        expect(got()).toBe("a\nb\n");
      });

      test("refuses what is no text", () => {
        put("a\0b\n");
        expect(said(write({ ensure: "lines", content: "x\n" }))).toBe(`1: ${at("f")}: not a text file\n`);
        expect(got()).toBe("a\0b\n");
      });
    });

    describe("words", () => {
      const line = "console=serial0,115200 root=PARTUUID=1-02 rootwait";
      test.each([
        [
          "those that are missing",
          `${line}\n`,
          "cgroup_memory=1 rootwait\ncgroup_enable=memory\n",
          `${line} cgroup_memory=1 cgroup_enable=memory\n`,
        ],
        ["none that are there", `${line}\n`, "rootwait\n", undefined],
        ["none that are there without an end", line, "rootwait\n", undefined],
        ["whole words only", "quiet=0\n", "quiet\n", "quiet=0 quiet\n"],
        ["the end that was missing", "a", "b\n", "a b\n"],
        ["to a line of DOS", "a b\r\n", "b c\n", "a b c\n"],
        ["to an empty file", "", "a b a\n", "a b\n"],
        ["between tabs too", "a\tb\tc\n", "b d\n", "a\tb\tc d\n"],
        ["what looks like a pattern", "x\n", "* [x]\n", "x * [x]\n"],
      ])("adds %s", (_what, before, content, after) => {
        put(before);
        expect(write({ ensure: "words", content }).stdout.split("\n")[0]).toBe(after ? "changed" : "unchanged");
        expect(got()).toBe(after ?? before);
        expect(said(write({ ensure: "words", content, task: "b".repeat(32) }))).toBe("unchanged\n");
      });

      test.each([
        ["with several lines", "a\nb\n", /it has several lines/],
        ["with a NUL byte", "a\0\n", /not a text file/],
      ])("refuses a file %s", (_what, text, why) => {
        put(text);
        expect(said(write({ ensure: "words", content: "x\n" }))).toMatch(why);
        expect(got()).toBe(text);
      });

      test("refuses to make one up", () => {
        expect(said(write({ ensure: "words", content: "x\n" }))).toMatch(/there is no such file/);
        expect(place.left()).toEqual([]);
      });
    });

    describe("the path", () => {
      test.each([
        ["in no folder", "no/such/f", /there is no directory .*\/no\/such, a step/],
        ["of a folder", ".", /a directory/],
        ["that is none", "../../dev/null", /not the whole path/],
      ])("%s is refused", (_what, name, why) => {
        const path = name.startsWith("..") ? "dev/null" : at(name);
        const ran = write({ path, content: "x\n" });
        expect(ran).toMatchObject({ exit: 1, stdout: "" });
        expect(ran.stderr).toMatch(why);
        expect(place.left()).toEqual([]);
      });

      test("of what is no file is refused", () => {
        spawnSync("mkfifo", [at("f")]);
        expect(said(write({ content: "x\n" }))).toBe(`1: ${at("f")}: not a regular file\n`);
      });

      test("may begin at home, and be called anything", () => {
        expect(said(write({ path: "~/-n 'it''s' *\n$x ", content: "x\n" }))).toBe("created\n");
        expect(place.left()).toEqual(["-n 'it''s' *\n$x "]);
      });

      test("that is a link is written through", () => {
        mkdirSync(at("real"));
        writeFileSync(at("real/file"), "a\n");
        symlinkSync("real/file", at("f"));
        expect(write({ content: "b\n", backup: true }).stdout).toMatch(/^changed\n/);
        expect(readlinkSync(at("f"))).toBe("real/file");
        expect(lstatSync(at("real/file")).isFile()).toBe(true);
        expect(got()).toBe("b\n");
        expect(readdirSync(at("real")).toSorted()).toEqual(["file", `file.waymark-${RUN}`]);
        expect(said(restore())).toBe("restored\n");
        expect(got()).toBe("a\n");
      });

      test("that is a link to what will be there is written through, one that leads nowhere is refused", () => {
        mkdirSync(at("d"));
        symlinkSync("d/link", at("f"));
        symlinkSync("../later", at("d/link"));
        expect(said(write({ content: "b\n" }))).toBe("created\n");
        expect(place.left()).toEqual(["d", "f", "later"]);
        symlinkSync("no/such", at("g"));
        expect(said(write({ path: at("g"), content: "b\n" }))).toMatch(/there is no directory .*\/no, a step/);
        symlinkSync("h", at("h"));
        expect(said(write({ path: at("h"), content: "b\n" }))).toBe(`1: ${at("h")}: a link that leads nowhere\n`);
      });

      test("that is one of several names of a file becomes a file of its own", () => {
        put("a\n");
        linkSync(at("f"), at("other"));
        write({ content: "b\n" });
        expect([got(), readFileSync(at("other"), "utf8")]).toEqual(["b\n", "a\n"]);
      });
    });

    describe("mode and owner", () => {
      test.each(["0600", "755", "1777", "4711", "2640", "0444", "6000"])("%s is set, and once only", (octal) => {
        put("a\n");
        expect(write({ content: "a\n", mode: octal }).stdout).toMatch(/^changed\nmode rw-r--r-- -> \S{9}\n$/);
        expect(mode()).toBe(Number.parseInt(octal, 8));
        expect(said(look({ content: "a\n", mode: octal }))).toBe("unchanged\n");
        expect(said(write({ content: "a\n", mode: octal, task: "b".repeat(32) }))).toBe("unchanged\n");
        expect(said(write({ path: at("new"), content: "a\n", mode: octal, task: "c".repeat(32) }))).toBe("created\n");
        expect(mode("new")).toBe(Number.parseInt(octal, 8));
      });

      test.each([".", "+", "@"])("are the same where ls(1) says that there is more (%s)", (mark) => {
        const tools = join(place.folder, "tools");
        mkdirSync(tools);
        const ls = `#!/bin/sh\nPATH='${shell.path}'\nls "$@" | sed 's/^\\(..........\\)/\\1${mark}/'\n`;
        writeFileSync(join(tools, "ls"), ls, { mode: 0o755 });
        put("a\n");
        const given = planned({ content: "a\n", mode: "0644" });
        const ran = place.run({ ...shell, path: `${tools}:${shell.path}` }, fileDiffScript(given, []), around({}));
        expect(said(ran)).toBe("unchanged\n");
      });

      test.skipIf(!isRoot)("of another are kept", () => {
        put("a\n", 0o604);
        chownSync(at("f"), 1234, 1235);
        write({ content: "b\n" });
        expect(statSync(at("f"))).toMatchObject({ uid: 1234, gid: 1235 });
        expect(mode()).toBe(0o604);
      });

      test.skipIf(!isRoot)("are those that are asked for", () => {
        put("a\n");
        expect(write({ content: "a\n", owner: "1234:1235" }).stdout).toBe("changed\nowner 0:0 -> 1234:1235\n");
        expect(said(write({ content: "a\n", owner: "1234:1235", task: "b".repeat(32) }))).toBe("unchanged\n");
        expect(said(look({ content: "a\n", owner: "1234:1235" }))).toBe("unchanged\n");
        expect(look({ content: "a\n", owner: "1234:1236" }).stdout).toBe("changed\nowner 1234:1235 -> 1234:1236\n");
        write({ content: "a\n", owner: "root", task: "c".repeat(32) });
        expect(statSync(at("f"))).toMatchObject({ uid: 0, gid: 1235 });
        expect(said(look({ content: "a\n", owner: "root" }))).toBe("unchanged\n");
        expect(said(write({ content: "a\n", owner: "no-such-user", task: "d".repeat(32) }))).toMatch(
          /^1: .*\/f: cannot be given to no-such-user: .*no-such-user/,
        );
      });

      test.skipIf(!isRoot)("that only root may set fail, and change nothing", () => {
        put("a\n", 0o666);
        for (const each of [place.folder, place.files, place.staged]) chmodSync(each, 0o777);
        expect(said(write({ content: "b\n", as: NOBODY }))).toBe(
          `1: ${at("f")}: only with sudo can it keep its owner, 0:0\n`,
        );
        expect(said(write({ path: at("g"), content: "b\n", owner: "root", as: NOBODY }))).toMatch(
          /^1: .*\/g: cannot be given to root: Operation not permitted\n$/,
        );
        expect(got()).toBe("a\n");
        expect(place.left()).toEqual(["f"]);
        expect(readdirSync(place.staged).filter((name) => name === "keep")).toEqual([]);
      });

      test.skipIf(!isRoot)("of a file that nobody may write to are kept by its owner", () => {
        put("a\n", 0o444);
        chownSync(at("f"), NOBODY, NOBODY);
        for (const each of [place.folder, place.files, place.staged]) chmodSync(each, 0o777);
        expect(write({ content: "b\n", as: NOBODY }).stdout).toMatch(/^changed\n/);
        expect([got(), mode()]).toEqual(["b\n", 0o444]);
      });
    });

    describe("where it cannot be written", () => {
      test.skipIf(!isRoot)("for lack of permission says so", () => {
        put("a\n");
        for (const each of [place.folder, place.staged]) chmodSync(each, 0o777);
        chmodSync(place.files, 0o755);
        const ran = write({ content: "b\n", as: NOBODY });
        expect(said(ran)).toBe(`1: ${at("f")}: Permission denied\n`);
        expect(said(write({ path: at("g"), content: "b\n", as: NOBODY }))).toBe(`1: ${at("g")}: Permission denied\n`);
        expect(said(write({ content: "a\n", as: NOBODY }))).toBe("unchanged\n");
        chmodSync(at("f"), 0o600);
        expect(said(write({ content: "b\n", as: NOBODY }))).toBe(`1: ${at("f")}: cannot be read\n`);
      });

      const mounted = (type: readonly string[], use: () => void): void => {
        const { status } = spawnSync("mount", [...type, place.files]);
        if (status !== 0) throw new Error("mount failed");
        try {
          use();
        } finally {
          spawnSync("umount", ["-l", place.files]);
        }
      };
      const canMount = isRoot && spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;

      test.skipIf(!canMount)("on a disk that is full, the original stays", () => {
        mounted(["-t", "tmpfs", "-o", "size=64k", "none"], () => {
          put("a\n");
          expect(said(write({ content: "0123456789abcde\n".repeat(8000) }))).toBe(
            `1: ${at("f")}: No space left on device\n`,
          );
          expect(got()).toBe("a\n");
          expect(place.left()).toEqual(["f"]);
          expect(restore().stdout).toBe("gone\n");
        });
      });

      test.skipIf(!canMount)("on a file system that is read-only, unless there is nothing to write", () => {
        mounted(["-t", "tmpfs", "none"], () => {
          put("a\n");
          spawnSync("mount", ["-o", "remount,ro", place.files]);
          expect(said(write({ content: "b\n" }))).toBe(`1: ${at("f")}: Read-only file system\n`);
          expect(said(write({ content: "a\n", mode: "0644" }))).toBe("unchanged\n");
        });
      });

      test.skipIf(!canMount)("because something is mounted on it, it stays, and nothing is kept", () => {
        put("a\n");
        writeFileSync(at("other"), "other\n");
        spawnSync("mount", ["--bind", at("other"), at("f")]);
        try {
          expect(said(write({ content: "b\n" }))).toMatch(/cannot be replaced: .*busy\n$/);
          expect(got()).toBe("other\n");
          expect(place.left()).toEqual(["f", "other"]);
          expect(restore().stdout).toBe("gone\n");
        } finally {
          spawnSync("umount", [at("f")]);
        }
      });
    });

    describe("a backup", () => {
      test("is the original, with its mode, and stays the first of its run", () => {
        put("a\n", 0o600);
        write({ content: "b\n", backup: true });
        write({ content: "c\n", backup: true, task: "b".repeat(32) });
        expect(place.left()).toEqual(["f", `f.waymark-${RUN}`]);
        expect(readFileSync(at(`f.waymark-${RUN}`), "utf8")).toBe("a\n");
        expect(mode(`f.waymark-${RUN}`)).toBe(0o600);
      });

      test("is not made of nothing, nor where nothing changes", () => {
        write({ content: "a\n", backup: true });
        write({ content: "a\n", backup: true, task: "b".repeat(32) });
        expect(place.left()).toEqual(["f"]);
      });
    });

    describe("another attempt", () => {
      test("that finds its work done by the one before it has changed the file all the same", () => {
        put("a\n");
        const { stdout } = write({ content: "b\n" });
        expect(write({ content: "b\n" }).stdout).toBe(stdout);
        expect(said(restore())).toBe("restored\n");
        expect(got()).toBe("a\n");
      });
    });

    test("that finds what somebody else has made of it puts back what was there at first", () => {
      put("a\n");
      write({ content: "b\n" });
      put("c\n");
      expect(write({ content: "b\n" }).stdout).toMatch(/^changed\n/);
      expect(readdirSync(join(place.staged, "keep", TASK)).toSorted()).toEqual(["left", "path", "was"]);
      expect(said(restore())).toBe("restored\n");
      expect(got()).toBe("a\n");
    });

    // Tasks of several hosts, all of which run at the same place.
    test("several at once lose nothing of each other", () => {
      put("127.0.0.1 localhost\n");
      const env = { WAYMARK_PATH: at("f"), PATH: shell.path };
      const jobs = Array.from({ length: 8 }, (_unused, index) => {
        const task = String(index).repeat(32);
        const script = join(place.staged, `${task}.s`);
        const file = planned({ ensure: "lines", content: `10.0.0.${index} worker\n` });
        writeFileSync(script, fileScript(file, { uses: [], run: RUN, task }));
        return `${shell.command.join(" ")} ${script} &`;
      });
      spawnSync("sh", ["-c", `${jobs.join("\n")}\nwait`], { env });
      expect(new Set(got().split("\n")).size).toBe(10);
    });

    test("what held the file when its host went down does not hold it for ever", () => {
      // The largest there is, and one more (proc(5), pid_max): nobody has that number.
      const gone = 2 ** 22;
      symlinkSync(`${gone}-${"b".repeat(32)}`, join(place.staged, "file.lock"));
      expect(said(write({ content: "a\n" }))).toBe("created\n");
      expect(readdirSync(place.staged)).not.toContain("file.lock");
    });

    describe("a look", () => {
      test("shows the diff and changes nothing", () => {
        put("a\n", 0o640);
        const { mtimeMs, ino } = statSync(at("f"));
        expect(said(look({ content: "b\n", mode: "0600" }))).toBe(
          `changed\nmode rw-r----- -> rw-------\n--- ${at("f")}\n+++ ${at("f")}\n@@ -1 +1 @@\n-a\n+b\n`,
        );
        expect(statSync(at("f"))).toMatchObject({ mtimeMs, ino });
        expect(look({ ensure: "lines", content: "b\n" }).stdout).toMatch(/^changed\n.*\n a\n\+b\n$/s);
        expect(said(look({ content: "a\n", mode: "0640" }))).toBe("unchanged\n");
        expect(place.left()).toEqual(["f"]);
        expect(readdirSync(place.staged)).not.toContain("keep");
      });

      test("shows all of what is not there yet", () => {
        expect(look({ content: "a\nb\n" }).stdout).toMatch(
          /^created\n--- .*\n\+\+\+ .*\n@@ -0,0 \+1,2 @@\n\+a\n\+b\n$/,
        );
        expect(place.left()).toEqual([]);
        expect(said(look({ path: at("no/such"), content: "" }))).toMatch(/^1: .*there is no directory/);
      });
    });

    describe("what it has changed is put back", () => {
      test("content, mode and owner, however often", () => {
        put("a\n", 0o640);
        if (isRoot) chownSync(at("f"), 1234, 1235);
        const { uid, gid } = statSync(at("f"));
        write({ content: "b\n", mode: "0600", ...(isRoot && { owner: "0:0" }) });
        expect(said(restore())).toBe("restored\n");
        expect([got(), mode()]).toEqual(["a\n", 0o640]);
        expect(statSync(at("f"))).toMatchObject({ uid, gid });
        expect(said(restore())).toBe("unchanged\n");
        expect(place.left()).toEqual(["f"]);
      });

      test("a mode alone", () => {
        put("a\n", 0o640);
        write({ content: "a\n", mode: "0600" });
        expect(said(restore())).toBe("restored\n");
        expect(mode()).toBe(0o640);
        expect(said(restore())).toBe("unchanged\n");
      });

      test("by removing what was not there", () => {
        write({ content: "b\n" });
        expect(said(restore())).toBe("removed\n");
        expect(place.left()).toEqual([]);
        expect(said(restore())).toBe("unchanged\n");
      });

      test("by two tasks, the newer first", () => {
        put("a\n");
        write({ content: "b\n" });
        write({ content: "c\n", task: "b".repeat(32) });
        expect(restore().stdout).toBe("edited\n");
        expect(said(restore("b".repeat(32)))).toBe("restored\n");
        expect(said(restore())).toBe("restored\n");
        expect(got()).toBe("a\n");
      });

      test.each([
        ["was edited since", "mine\n"],
        ["was removed since", undefined],
      ])("unless it %s", (_what, text) => {
        put("a\n");
        write({ content: "b\n" });
        if (text === undefined) rmSync(at("f"));
        else writeFileSync(at("f"), text);
        const ran = restore();
        expect(ran).toMatchObject({ exit: 1, stdout: "edited\n" });
        expect(ran.stderr).toMatch(/since this step wrote it, so it is left as it is\n$/);
        expect(place.left()).toEqual(text === undefined ? [] : ["f"]);
      });

      test("unless somebody has put something there since, where there was nothing", () => {
        write({ content: "b\n" });
        put("mine\n");
        expect(restore().stdout).toBe("edited\n");
        expect(got()).toBe("mine\n");
      });

      test("unless nothing is kept of it", () => {
        put("a\n");
        write({ content: "a\n" });
        expect(restore()).toMatchObject({ exit: 1, stdout: "gone\n" });
      });
    });

    // What FAT says, on any machine: chown(2) is not permitted, chmod(2) does nothing.
    test.skipIf(!isRoot)("where a file system has neither modes nor owners, none are missed", () => {
      const tools = join(place.folder, "tools");
      mkdirSync(tools);
      const tool = (name: string, code: string): void =>
        writeFileSync(join(tools, name), `#!/bin/sh\n${code}\n`, { mode: 0o755 });
      tool("chown", 'echo "chown: $2: Operation not permitted" >&2; exit 1');
      tool("chmod", "exit 0");
      const onFat = { ...shell, path: `${tools}:${shell.path}` };
      const given = { ensure: "words", content: "c\n", mode: "0600", owner: "1234:1235" } as const;
      const go = (code: string): Ran => place.run(onFat, code, around(given));
      const job = (task: string): string => fileScript(planned(given), { uses: [], run: RUN, task });
      put("a b\n");
      expect(said(go(job(TASK)))).toMatch(/^1: .* cannot be given to 1234:1235: Operation not permitted\n$/);
      tool("stat", "echo 4d44");
      expect(go(job(TASK)).stdout).toMatch(/^changed\n---/);
      expect([got(), mode()]).toEqual(["a b c\n", 0o644]);
      expect(said(go(job("b".repeat(32))))).toBe("unchanged\n");
      expect(said(go(fileDiffScript(planned(given), [])))).toBe("unchanged\n");
    });

    test("on a real FAT too", ({ skip }) => {
      const image = join(place.folder, "fat");
      writeFileSync(image, Buffer.alloc(4 * 1024 * 1024));
      const made = isRoot && spawnSync("mkfs.vfat", [image]).status === 0;
      if (!made || spawnSync("mount", ["-o", "loop", image, place.files]).status !== 0) {
        return skip("no FAT can be mounted here");
      }
      try {
        writeFileSync(at("cmdline.txt"), "a b\n");
        const path = at("cmdline.txt");
        const given = { path, ensure: "words", content: "c\n", mode: "0600", owner: "1234:1235" } as const;
        expect(write({ ...given, backup: true }).stdout).toMatch(/^changed\n/);
        expect(said(write({ ...given, task: "b".repeat(32) }))).toBe("unchanged\n");
        expect(said(look(given))).toBe("unchanged\n");
        expect(place.left()).toEqual(["cmdline.txt", `cmdline.txt.waymark-${RUN}`]);
        expect(said(restore())).toBe("restored\n");
        expect(readFileSync(path, "utf8")).toBe("a b\n");
      } finally {
        spawnSync("umount", [place.files]);
      }
    });
  });
}
