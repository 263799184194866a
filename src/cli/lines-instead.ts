import type { RunReporter } from "./reporter.ts";
import { createReporter } from "./reporter.ts";
import type { Surroundings } from "./terminal.ts";

/** A run in lines that nobody reads, until there is no screen to read it on. */
export interface LinesInstead extends RunReporter {
  /** They are read from now on. Nothing of what was told before is said, and all of it is known. */
  begin(): void;
  readonly begun: boolean;
}

/** @param run as for {@link createReporter} */
export function linesInstead(around: Surroundings, run: Parameters<typeof createReporter>[2]): LinesInstead {
  let begun = false;
  const { stdout } = around;
  const whenBegun = Object.create(stdout, {
    write: { value: (text: string) => (begun ? stdout.write(text) : true) },
  }) as NodeJS.WriteStream;
  return {
    ...createReporter({ ...around, stdout: whenBegun }, {}, run),
    begin() {
      begun = true;
    },
    get begun() {
      return begun;
    },
  };
}
