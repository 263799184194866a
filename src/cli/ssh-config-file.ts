import { readdir, readFile } from "node:fs/promises";
import { dirname, join, basename, resolve } from "node:path";
import { compileGlob } from "../inventory/glob.ts";
import { splitWords } from "../inventory/ssh-directives.ts";

/** As in OpenSSH (readconf.c). */
const DEEPEST = 16;

export interface ConfigPlace {
  readonly home: string;
  /** What the names in `Include` are relative to. */
  readonly base: string;
}

/**
 * Reads an ssh config with its `Include`s filled in; empty where there is no such file. After each of them the `Host` or
 * `Match` that it stands under goes on.
 */
export async function readSshConfigFile(path: string, place: ConfigPlace, depth = 0): Promise<string> {
  const text = depth > DEEPEST ? "" : await readFile(path, "utf8").catch(() => "");
  const lines: string[] = [];
  let block = "Host *";
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:host|match)[\s=]/i.test(line)) block = line;
    const included = /^\s*include[\s=]+(.*)$/i.exec(line)?.[1];
    if (included === undefined) {
      lines.push(line);
      continue;
    }
    for (const file of (await Promise.all(splitWords(included).map((name) => expand(name, place)))).flat()) {
      lines.push(await readSshConfigFile(file, place, depth + 1), block);
    }
  }
  return lines.join("\n");
}

/** Patterns as in glob(7), in the last part of the name. */
async function expand(name: string, { home, base }: ConfigPlace): Promise<readonly string[]> {
  const path = name.startsWith("~/") ? join(home, name.slice(2)) : resolve(base, name);
  if (!/[*?[]/.test(path)) return [path];
  const glob = compileGlob(basename(path));
  const names = await readdir(dirname(path)).catch(() => []);
  const shown = names.filter(
    (one) => glob?.test(one) === true && (!one.startsWith(".") || basename(path).startsWith(".")),
  );
  return shown.sort().map((one) => join(dirname(path), one));
}
