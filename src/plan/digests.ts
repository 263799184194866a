import { createHash } from "node:crypto";
import type { Expectation, Step } from "../model/runbook.ts";

/**
 * What a step does to a host: code, interpreter, user, directory and the keys of files; not prose, title, targets,
 * timeouts or batches. SHA-256, hex. It decides whether a finished task is still the same, so the JSON below is a
 * format: what is added must not change the digest of steps that do not have it.
 */
export function effectDigest({ action, options }: Step): string {
  const common = { user: options.sudo, dir: options.dir?.value };
  switch (action.kind) {
    case "command":
      return sha256({ code: action.code, interpreter: action.interpreter, ...common });
    case "file": {
      const { path, content, ensure, mode, owner, backup, template } = action;
      return sha256({ file: path.value, content, ensure, mode, owner, backup, template, ...common });
    }
    case "copy": {
      const { lines, mode, owner } = action;
      return sha256({ copy: lines.map(({ value }) => value), mode, owner, ...common });
    }
    case "manual":
      return sha256({ manual: action.text, items: action.items.map(({ value }) => value) });
  }
}

/** SHA-256, hex, over what the expectations demand, wherever they stand. */
export function expectDigest(expectations: readonly Expectation[]): string {
  return sha256(expectations.map((one) => (one.kind === "cel" ? { cel: one.source } : { output: one.lines })));
}

/** The keys of the literals above always come in the same order, and JSON leaves out what is undefined. */
function sha256(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
