import { lstat, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { EXIT, type ExitCode, WaymarkError } from "../model/errors.ts";
import { STARTER } from "./starter.ts";
import type { Surroundings } from "./terminal.ts";

/** `waymark init`: a guide and its hosts to begin with. Overwrites nothing: where one of them is, none is written. */
export async function init(around: Surroundings, folder: string): Promise<ExitCode> {
  const files = Object.entries(STARTER).map(([name, text]) => ({ shown: join(folder, name), text }));
  const there: string[] = [];
  for (const { shown } of files) if (await isThere(resolve(around.cwd, shown))) there.push(shown);
  if (there.length > 0) {
    throw new WaymarkError("WM8022", `${there.join(" and ")} ${there.length > 1 ? "are" : "is"} there already`, {
      hint: "nothing was written; name another folder: waymark init my-guide",
    });
  }
  try {
    await mkdir(resolve(around.cwd, folder), { recursive: true });
    for (const { shown, text } of files) await writeFile(resolve(around.cwd, shown), text, { flag: "wx" });
  } catch (error) {
    throw new WaymarkError("WM8023", `a guide cannot be written there: ${(error as Error).message}`, {
      hint: "check the path and its permissions",
      cause: error,
    });
  }
  around.stdout.write(next(folder));
  return EXIT.ok;
}

/** Also a link that leads nowhere is something that somebody has put there. */
async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function next(folder: string): string {
  const inside =
    folder === "." ? "" : `\n  cd ${/^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`}`;
  return `${join(folder, "guide.md")} and ${join(folder, "hosts.yaml")} are there. Put your hosts into hosts.yaml, then:
${inside}
  waymark hosts           # are they ready?
  waymark plan guide.md   # what would run where
  waymark run guide.md

Without hosts at hand: waymark lab up 3, and -i with the file that it prints.
`;
}
