import { existsSync } from "node:fs";
import type { RunFolder } from "../journal/run-folder.ts";

/** What there is to say of a run that is shown, and whose folder somebody has deleted. @returns lines; none: it is there */
export function goneRun(folder: RunFolder | undefined): readonly string[] {
  if (folder === undefined || existsSync(folder.path)) return [];
  return [
    `the folder of run ${folder.id} has been deleted: ${folder.path}`,
    "there is nothing left to go on with; `waymark run GUIDE --new` starts anew",
  ];
}
