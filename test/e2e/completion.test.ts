import { execFile } from "node:child_process";
import { chmod, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { env, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Command } from "commander";
import { beforeEach, describe, expect, test } from "vitest";
import { program } from "../../src/cli/program.ts";
import { surroundings } from "../../src/cli/terminal.ts";
import { block, expectCode, usePlace } from "./waymark.ts";

/*
 * Tab, in the shells themselves. What comes is what the program says of itself, so nothing here lists commands.
 */

const BIN = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const GUIDE = `# Two steps\n\nSay hello:\n\n${block("bash {#hello on=local}", "echo hello")}\nSay goodbye:\n\n${block(
  "bash {#goodbye on=local}",
  "echo goodbye",
)}`;

const waymark = program(surroundings(), () => {});
const commandsOf = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(commandsOf)];
/** Of a command, the words that lead to it. */
const pathOf = (command: Command): readonly string[] =>
  command.parent === null ? [] : [...pathOf(command.parent), command.name()];

/** @returns its standard output; `undefined` if there is no such program */
async function ran(file: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
  try {
    return (await promisify(execFile)(file, [...args], { ...options, timeout: 150_000 })).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

const has = async (shell: string) => (await ran(shell, ["-c", "true"], { cwd: "/", env })) !== undefined;
const [hasBash, hasZsh, hasFish] = await Promise.all(["bash", "zsh", "fish"].map(has));

describe("completion", () => {
  const place = usePlace();
  /** Where `waymark` is a command. */
  let shell: { cwd: string; env: NodeJS.ProcessEnv };

  beforeEach(async () => {
    const { dir, home, state } = place();
    const program = await place().write("bin/waymark", `#!/bin/sh\nexec '${execPath}' '${BIN}' "$@"\n`);
    await chmod(program, 0o755);
    const path = `${dirname(program)}:/usr/local/bin:/usr/bin:/bin`;
    shell = {
      cwd: dir,
      env: { PATH: path, HOME: home, WAYMARK_STATE_DIR: state, LANG: "C.UTF-8", TERM: "dumb" },
    };
    await place().write("guide.md", GUIDE);
    await place().write("notes.txt", "");
    await place().write("hosts.yaml", "hosts: { pi-1: { groups: [master] }, pi-2: { groups: [worker] } }\n");
    await mkdir(join(dir, "my guides"));
    await place().write("my guides/an other.md", GUIDE);
  });

  /** What `__complete` says may follow. */
  const candidates = async (...words: readonly string[]) => {
    const { stdout, stderr } = expectCode(0, await place().waymark("__complete", ...words));
    expect(stderr).toBe("");
    const [files, ...lines] = stdout.trimEnd().split("\n");
    return { files, values: lines.map((line) => line.split("\t")[0]), lines };
  };

  test("has every command and every flag that help has", { timeout: 600_000 }, async () => {
    for (const command of commandsOf(waymark)) {
      const words = pathOf(command);
      if (command.commands.length > 0) {
        const names = command.commands.map((one) => one.name());
        expect((await candidates(...words, "")).values).toEqual(expect.arrayContaining(names));
      }
      const flags = command.options.map(({ long, short }) => long ?? short);
      expect((await candidates(...words, "-")).values).toEqual(expect.arrayContaining([...flags, "--help"]));
    }
  });

  test("does not offer a flag twice, unless it may be given twice", async () => {
    const { values } = await candidates("run", "--inventory", "a.yaml", "--input", "A=1", "-");
    expect(values).not.toContain("--inventory");
    expect(values).toContain("--input");
  });

  test("knows runs, their guides, steps and hosts", async () => {
    expectCode(0, await place().waymark("run", "guide.md"));
    const run = await place().lastRun();
    expect(await candidates("show", "")).toMatchObject({ files: "guides", lines: [`${run}\tpassed guide.md`] });
    expect(await candidates("show", "--step", "")).toEqual({
      files: "none",
      values: ["hello", "goodbye"],
      lines: ["hello\tSay hello", "goodbye\tSay goodbye"],
    });
    expect((await candidates("show", "guide.md", "--host", "")).values).toEqual(["local"]);
    expect((await candidates("show", run.slice(0, 13), "--step=")).values).toEqual(["--step=hello", "--step=goodbye"]);
    // That one is over.
    expect((await candidates("resume", "")).values).toEqual([]);
    expect((await candidates("show", "--state-dir", "elsewhere", "")).values).toEqual([]);
  });

  test("knows groups and hosts of the hosts file", async () => {
    expect((await candidates("hosts", "-l", "")).values).toEqual(["master", "worker", "pi-1", "pi-2"]);
    await place().write("other.yaml", "hosts: { nas: {} }\n");
    expect((await candidates("hosts", "-i", "other.yaml", "--limit", "")).values).toEqual(["nas"]);
  });

  test("has nothing to say, and no error either, where the line or a file is wrong", async () => {
    await place().write("guide.md", "---\nrunbook: [\n");
    const nothing = { files: "none", values: [], lines: [] };
    expect(await candidates("show", "--step", "")).toEqual(nothing);
    expect(await candidates("show", "no such run", "--host", "")).toEqual(nothing);
    expect(await candidates("hosts", "-i", "gone.yaml", "-l", "")).toEqual(nothing);
    expect(await candidates("rnu", "guide.md", "")).toEqual(nothing);
    expect((await candidates()).values).toContain("run");
  });

  test("is quick: it loads nothing that it does not need", async () => {
    const log = `import { registerHooks } from "node:module"; registerHooks({ load: (url, context, next) => {
      process.stderr.write(url + "\\n"); return next(url, context); } });`;
    const loaded = async (...words: readonly string[]) => {
      const hook = `data:text/javascript,${encodeURIComponent(log)}`;
      const args = ["--import", hook, BIN, "__complete", ...words];
      const { stderr } = await promisify(execFile)(execPath, args, shell);
      return new Set(stderr.match(/(?<=node_modules\/)(?:@[^/]+\/)?[^/]+/g));
    };
    expectCode(0, await place().waymark("run", "guide.md"));
    for (const words of [[""], ["run", "-"], ["show", ""], ["show", "--host", ""]]) {
      expect(await loaded(...words)).toEqual(new Set(["commander"]));
    }
    const forSteps = await loaded("show", "--step", "");
    expect(forSteps).toContain("remark-parse");
    for (const name of ["ssh2", "ink", "react"]) expect(forSteps).not.toContain(name);
  });

  test("other shells than these are refused: exit 2", async () => {
    const { stdout, stderr } = expectCode(2, await place().waymark("completion", "tcsh"));
    expect(stdout).toBe("");
    expect(stderr).toContain("bash, zsh, fish");
  });

  /** Lines as they are typed, and what Tab makes of the last word or offers for it. */
  const LINES: readonly (readonly [line: string, ...offered: string[]])[] = [
    ["waymark res", "resume"],
    ["waymark lab st", "status"],
    ["waymark run gu", "guide.md"],
    ["waymark run --inventory=hos", "hosts.yaml"],
    ["waymark run --inventory hos", "hosts.yaml"],
    ["waymark run -i hosts.yaml --acc", "--accept-new"],
    ["waymark hosts -l pi-", "pi-1", "pi-2"],
    ["waymark completion z", "zsh"],
    ["waymark run no"],
  ];

  test("in bash", async ({ skip }) => {
    skip(!hasBash, "there is no bash on this machine");
    // Words as readline splits them: at `=` too, which is a word then.
    const script = `
      source <(waymark completion bash)
      while IFS= read -r COMP_LINE; do
        COMP_POINT=\${#COMP_LINE} COMP_WORDS=() COMPREPLY=()
        for word in \${COMP_LINE//=/ = }; do COMP_WORDS+=("$word"); done
        [[ $COMP_LINE != *[\\ ] ]] || COMP_WORDS+=("")
        COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
        _waymark
        (IFS=,; printf '%s\\n' "\${COMPREPLY[*]}")
      done <<< "$1"`;
    const lines = [...LINES, ["waymark run --inventory=", "guide.md", "hosts.yaml", "notes.txt", "bin", "home"]];
    const typed = lines.map(([line]) => line).join("\n");
    const offered = (await ran("bash", ["--norc", "-c", script, "bash", typed], shell))?.trimEnd().split("\n") ?? [];
    for (const [index, [line, ...wanted]] of lines.entries()) {
      const said = offered[index]?.split(",").filter(Boolean) ?? [];
      if (line?.endsWith("=")) expect(said, line).toEqual(expect.arrayContaining(wanted));
      else expect(said, line).toEqual(wanted);
    }
  });

  test("in a bash where somebody types, with names that must be quoted", async ({ skip }) => {
    skip(!hasBash, "there is no bash on this machine");
    // script(1) gives it a terminal.
    const typed = (line: string) => `${line}\t\x01args \r`;
    const lines = ["waymark run my", "waymark run my\\ guides/an", "waymark run 'my guides/an", "waymark show --ste"];
    const setUp = 'args() { printf "<%s>" "$@"; echo; }; eval "$(waymark completion bash)"\r';
    const input = `${setUp}${lines.map(typed).join("")}exit\r`;
    const child = execFile("script", ["-qec", "bash --norc --noprofile -i", "/dev/null"], {
      ...shell,
      timeout: 150_000,
    });
    let out = "";
    const over = new Promise<boolean>((resolve) => {
      child.once("error", () => resolve(false));
      child.once("close", () => resolve(true));
      child.stdout?.on("data", (text: string) => (out += text));
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
    skip(!(await over), "there is no script(1) on this machine");
    const made = [...out.matchAll(/^<waymark>(?:<[^>\n]*>)+/gm)].map(([words]) => words);
    expect(made).toEqual([
      "<waymark><run><my guides/>",
      "<waymark><run><my guides/an other.md>",
      "<waymark><run><my guides/an other.md>",
      "<waymark><show><--step>",
    ]);
  });

  test("in zsh", async ({ skip }) => {
    skip(!hasZsh, "there is no zsh on this machine");
    // A zsh inside, where somebody types: ^X prints what the line has become.
    const script = `
      zmodload zsh/zpty || exit 0
      zpty -b z zsh -f -i
      zpty -w z 'PS1=; stty -echo; autoload -Uz compinit && compinit -u -D; source <(waymark completion zsh)
        show() { print -r -- "<$BUFFER>"; BUFFER= }; zle -N show; bindkey "^X" show; print -r -- re"ady"'
      zpty -r -m z junk '*ready*'
      for line; do
        zpty -w -n z "$line"$'\\t\\x18'
        zpty -r -m z out '*<*>*'
        print -r -- "\${\${out##*<}%%>*}"
      done
      zpty -d z`;
    const lines = LINES.filter(([, ...offered]) => offered.length === 1);
    const made = await ran("zsh", ["-f", "-c", script, "zsh", ...lines.map(([line]) => line)], shell);
    const wanted = lines.map(([line, offered]) => `${line.replace(/[^ =]*$/, "")}${offered}`);
    expect(made?.split("\n").map((line) => line.trimEnd())).toEqual([...wanted, ""]);
  });

  test("in fish", async ({ skip }) => {
    skip(!hasFish, "there is no fish on this machine");
    for (const [line, ...offered] of LINES) {
      const script = `waymark completion fish | source; complete -C '${line}'`;
      const said = (await ran("fish", ["--no-config", "-c", script], shell)) ?? "";
      const values = said.split("\n").flatMap((text) => text.split("\t")[0] || []);
      const [, before = ""] = /(--[^ =]*=)[^ ]*$/.exec(line) ?? [];
      expect(values, line).toEqual(offered.map((value) => before + value));
    }
  });
});
