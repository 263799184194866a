import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

/*
 * Before the tests of the command line, once: half of what a `waymark` costs a processor is finding and opening some 600
 * modules, and tests start a thousand of them. So where they are and what is in them is kept in one file, from which
 * Node.js takes the very same modules in a third of the time. A module that is not in it is found as ever.
 */

const HERE = import.meta.dirname;
const BUILT = join(HERE, "../../dist");

declare module "vitest" {
  interface ProvidedContext {
    /** What to give to Node.js in front of a program of `dist`. */
    readonly nodeFlags: readonly string[];
    /** Where kill-at-event.ts is as JavaScript. */
    readonly killAtEvent: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "waymark-modules-"));
  /** As JavaScript: types would have to be stripped by each process. */
  const script = async (name: string): Promise<string> => {
    const path = join(folder, `${name}.mjs`);
    await writeFile(path, stripTypeScriptTypes(await readFile(join(HERE, `${name}.ts`), "utf8")));
    return pathToFileURL(path).href;
  };
  const player = await script("module-player");
  provide("killAtEvent", await script("kill-at-event"));
  // Each test says that there is no build, if there is none.
  if (existsSync(BUILT)) {
    const options = { env: { PATH: env["PATH"], HOME: folder }, timeout: 120_000 };
    await promisify(execFile)(execPath, [join(HERE, "module-recorder.ts"), BUILT, folder], options);
  }
  provide("nodeFlags", existsSync(BUILT) ? ["--import", player] : []);
  return () => rm(folder, { recursive: true, force: true });
}
