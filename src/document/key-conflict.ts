import type { KeyList } from "./key-list.ts";
import { CODE } from "./problem-code.ts";
import type { Problems } from "./problems.ts";
import type { KeyValues } from "./step-key.ts";

/** Keys that make no sense together on one step, and why. Inherited keys that do not apply are simply not used. */
const CONFLICTS: readonly { readonly key: string; readonly others: readonly string[]; readonly because: string }[] = [
  {
    key: "manual",
    others:
      "file copy sudo dir shell fresh timeout retry every unless creates capture secret verify interactive background reboot reconnect".split(
        " ",
      ),
    because: "A person does a manual step: nothing is run.",
  },
  {
    key: "file",
    others: "copy dir shell fresh capture verify interactive background".split(" "),
    because: "The block is the file's content: it is written, not run.",
  },
  {
    key: "copy",
    others: "at dir shell fresh capture verify interactive background ensure backup template".split(" "),
    because: "Waymark copies the files itself, from one host to another: nothing is run.",
  },
  {
    key: "interactive",
    others: ["capture", "secret", "background"],
    because: "What happens on the operator's terminal is not kept.",
  },
  {
    key: "background",
    others: ["capture", "retry", "reboot", "reconnect", "verify"],
    because: "A background step is still running when the next one starts.",
  },
  { key: "verify", others: ["reboot", "reconnect", "fix", "undo"], because: "A verify step only looks." },
  { key: "fix", others: ["undo"], because: "A fix is for a step that failed, undo for one that passed." },
];

const NEEDS: readonly { readonly key: string; readonly one: readonly string[] }[] = [
  { key: "ensure", one: ["file"] },
  { key: "backup", one: ["file"] },
  { key: "template", one: ["file"] },
  { key: "mode", one: ["file", "copy"] },
  { key: "owner", one: ["file", "copy"] },
];

/**
 * Reports keys of a step that contradict each other or need another.
 *
 * @param own what is written on the step itself
 * @param all the same with what it inherits
 */
export function checkKeys(own: KeyList, all: KeyValues, problems: Problems): void {
  for (const { key, others, because } of CONFLICTS) {
    if (!own.given.has(key)) continue;
    for (const other of others) {
      const at = own.given.get(other);
      if (at === undefined) continue;
      problems.error(CODE.keyConflict, at, `\`${other}\` and \`${key}\` do not go together`, `${because} Remove one.`);
    }
  }
  for (const { key, one } of NEEDS) {
    const at = own.given.get(key);
    if (at === undefined || one.some((other) => own.given.has(other))) continue;
    const wanted = one.map((other) => `\`${other}\``).join(" or ");
    problems.error(CODE.keyNeedsAnother, at, `\`${key}\` is only for ${wanted} steps`, `Add ${wanted}, or remove it.`);
  }
  checkRetry(own, all, problems);
  checkReboot(own, problems);
}

function checkRetry(own: KeyList, all: KeyValues, problems: Problems): void {
  const at = own.given.get("every");
  if (at === undefined || (all.retry ?? 0) > 0) return;
  problems.error(CODE.keyNeedsAnother, at, "`every` without `retry` does nothing", "Add retry=N.");
}

function checkReboot(own: KeyList, problems: Problems): void {
  const at = own.given.get("reboot");
  const kind = ["file", "copy"].find((key) => own.given.has(key));
  if (at === undefined || kind === undefined || own.values.reboot !== "during") return;
  const message = `A \`${kind}\` step cannot reboot its host itself`;
  problems.error(CODE.keyConflict, at, message, "Write reboot=after: Waymark reboots the host afterwards.");
}
