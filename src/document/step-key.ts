import type { Located } from "../model/source.ts";
import type { Reading } from "./key-value.ts";
import {
  anyText,
  argumentList,
  captureName,
  count,
  duration,
  ensuring,
  failureLimit,
  fileMode,
  fileOwner,
  filePath,
  flag,
  pauseText,
  positiveCount,
  positiveDuration,
  rebootTime,
  stepId,
  stepReference,
  sudoUser,
} from "./key-value.ts";

/** What one attribute list, or several laid over each other, say. `false` switches off what an outer list switched on. */
export interface KeyValues {
  readonly id?: Located<string>;
  readonly on?: Located<string>;
  readonly at?: Located<string>;
  readonly optional?: boolean;
  readonly title?: string;
  readonly sudo?: string | false;
  readonly dir?: Located<string>;
  readonly shell?: readonly string[];
  readonly fresh?: boolean;
  readonly timeoutMs?: number;
  readonly retry?: number;
  readonly everyMs?: number;
  /** All must hold; the outermost first. */
  readonly when?: readonly Located<string>[];
  readonly unless?: Located<string>;
  readonly creates?: Located<string>;
  readonly capture?: Located<string>;
  readonly secret?: boolean;
  readonly verify?: boolean;
  readonly checkpoint?: string | false;
  readonly confirm?: Located<string>;
  readonly serial?: Located<number>;
  readonly maxFailures?: number | "all";
  readonly reboot?: "during" | "after" | false;
  readonly reconnect?: boolean;
  readonly interactive?: boolean;
  readonly background?: boolean;
  readonly file?: Located<string>;
  readonly ensure?: "lines" | "words";
  readonly mode?: string;
  readonly owner?: string;
  readonly backup?: boolean;
  readonly template?: boolean;
  readonly copy?: boolean;
  readonly manual?: boolean;
  readonly fix?: Located<string>;
  readonly undo?: Located<string>;
  readonly for?: Located<string>;
}

export interface StepKey {
  /** Sections and `defaults` may have it for the steps below them. */
  readonly inherited: boolean;
  /** It may stand alone. */
  readonly bare: boolean;
  /** Takes the value's text (`true` for a bare key) with its place. */
  readonly read: (text: Located<string>) => Reading<KeyValues>;
}

type KeyOptions = Partial<Pick<StepKey, "inherited" | "bare">>;

function stepKey<T>(read: (text: string) => Reading<T>, set: (value: Located<T>) => KeyValues, options?: KeyOptions) {
  const key: StepKey = {
    inherited: options?.inherited ?? false,
    bare: options?.bare ?? false,
    read: (text) => {
      const reading = read(text.value);
      return "value" in reading ? { value: set({ value: reading.value, span: text.span }) } : reading;
    },
  };
  return key;
}

const INHERITED = { inherited: true };
const BARE = { bare: true };
const BOTH = { inherited: true, bare: true };

/** FORMAT's table of keys. `#id` is not in it: it has no name. */
export const STEP_KEYS: ReadonlyMap<string, StepKey> = new Map([
  ["on", stepKey(anyText, (on) => ({ on }), INHERITED)],
  ["at", stepKey(anyText, (at) => ({ at }), INHERITED)],
  ["optional", stepKey(flag, ({ value }) => ({ optional: value }), BOTH)],
  ["title", stepKey(anyText, ({ value }) => ({ title: value }))],
  ["sudo", stepKey(sudoUser, ({ value }) => ({ sudo: value }), BOTH)],
  ["dir", stepKey(anyText, (dir) => ({ dir }), INHERITED)],
  ["shell", stepKey(argumentList, ({ value }) => ({ shell: value }), INHERITED)],
  ["fresh", stepKey(flag, ({ value }) => ({ fresh: value }), BOTH)],
  ["timeout", stepKey(positiveDuration, ({ value }) => ({ timeoutMs: value }), INHERITED)],
  ["retry", stepKey(count, ({ value }) => ({ retry: value }), INHERITED)],
  ["every", stepKey(duration, ({ value }) => ({ everyMs: value }), INHERITED)],
  ["when", stepKey(anyText, (when) => ({ when: [when] }), INHERITED)],
  ["unless", stepKey(anyText, (unless) => ({ unless }))],
  ["creates", stepKey(anyText, (creates) => ({ creates }))],
  ["capture", stepKey(captureName, (capture) => ({ capture }))],
  ["secret", stepKey(flag, ({ value }) => ({ secret: value }), BARE)],
  ["verify", stepKey(flag, ({ value }) => ({ verify: value }), BARE)],
  ["checkpoint", stepKey(pauseText, ({ value }) => ({ checkpoint: value }), BARE)],
  ["confirm", stepKey(anyText, (confirm) => ({ confirm }))],
  ["serial", stepKey(positiveCount, (serial) => ({ serial }), INHERITED)],
  ["max-failures", stepKey(failureLimit, ({ value }) => ({ maxFailures: value }), INHERITED)],
  ["reboot", stepKey(rebootTime, ({ value }) => ({ reboot: value }), BARE)],
  ["reconnect", stepKey(flag, ({ value }) => ({ reconnect: value }), BARE)],
  ["interactive", stepKey(flag, ({ value }) => ({ interactive: value }), BARE)],
  ["background", stepKey(flag, ({ value }) => ({ background: value }), BARE)],
  ["file", stepKey(filePath, (file) => ({ file }))],
  ["ensure", stepKey(ensuring, ({ value }) => ({ ensure: value }))],
  ["mode", stepKey(fileMode, ({ value }) => ({ mode: value }))],
  ["owner", stepKey(fileOwner, ({ value }) => ({ owner: value }))],
  ["backup", stepKey(flag, ({ value }) => ({ backup: value }), BARE)],
  ["template", stepKey(flag, ({ value }) => ({ template: value }), BARE)],
  ["copy", stepKey(flag, ({ value }) => ({ copy: value }), BARE)],
  ["manual", stepKey(flag, ({ value }) => ({ manual: value }), BARE)],
  ["fix", stepKey(stepReference, (fix) => ({ fix }))],
  ["undo", stepKey(stepReference, (undo) => ({ undo }))],
  ["for", stepKey(stepReference, (target) => ({ for: target }))],
]);

/** How `#id` is read. */
export const ID_KEY: StepKey = stepKey(stepId, (id) => ({ id }));
