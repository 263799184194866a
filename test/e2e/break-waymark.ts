import { existsSync, readFileSync, writeFileSync } from "node:fs";

/*
 * Loaded into the built command line before its own code (`node --import`): a bug that begins once the file
 * `WAYMARK_TEST_BUG` is there, where that says: in drawing, in what a key does, or where nobody awaits it. Once it has
 * begun, that file with `.there` is there as well.
 */

const file = process.env["WAYMARK_TEST_BUG"] ?? "";

const begin: Readonly<Record<string, () => void>> = {
  draw() {
    const floor = Math.floor;
    Math.floor = (value) => {
      failBelow("/ui/app.js");
      return floor(value);
    };
  },
  key() {
    const { prototype } = Array as unknown as { prototype: { find: (...args: unknown[]) => unknown } };
    const { find } = prototype;
    prototype.find = function (...args) {
      failBelow("/ui/screen/keys.js");
      return find.apply(this, args);
    };
  },
  anywhere() {
    throw new Error("boom");
  },
};

/** Only there: what stands beside it goes on. */
function failBelow(module: string): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const bug = new Error("boom");
  Error.stackTraceLimit = stackTraceLimit;
  if (bug.stack?.includes(module) === true) throw bug;
}

const waiting = setInterval(() => {
  const bug = existsSync(file) ? begin[readFileSync(file, "utf8").trim()] : undefined;
  if (bug === undefined) return;
  clearInterval(waiting);
  writeFileSync(`${file}.there`, "");
  bug();
}, 20);
waiting.unref();
