import { z } from "zod";

/* What `waymark report --to json` prints: src/publish/report/report.ts says what its parts mean. */

const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .describe("ISO 8601, UTC.");
const ms = z.number().min(0).describe("Milliseconds.");
const count = z.int().min(0);
const names = z.array(z.string());
const texts = z.array(z.string());
const stretch = { from: time, to: time };

const expectation = z.strictObject({
  source: z.string(),
  line: count,
  passed: z.boolean(),
  explanation: z.string().optional(),
});

const setting = { name: z.string(), value: z.string().optional().describe("Absent: it is secret.") };

const excerpt = z.strictObject({
  head: z.string(),
  cut: z.strictObject({ bytes: count, tail: z.string() }).optional(),
});
const file = z.strictObject({ became: z.enum(["created", "changed", "unchanged"]), difference: texts });
const printed = { output: excerpt.optional(), file: file.optional() };
const line = z.strictObject({ sign: z.enum(["-", "+", " "]), text: z.string() });

const attempt = z.strictObject({
  number: z.int().min(1),
  revision: count.describe("Index in `revisions`."),
  from: time,
  to: time.optional(),
  end: z.enum(["exited", "timeout", "cancelled", "refused", "rebooted"]).optional(),
  exit: z.int().optional(),
  ...printed,
  verdicts: z.array(z.strictObject({ revision: count, passed: z.boolean(), broken: z.array(expectation) })),
});

const task = z.strictObject({
  host: z.string(),
  status: z.enum(["ok", "unchanged", "skipped", "failed", "unreachable", "running", "unknown"]),
  statement: z.string(),
  from: time,
  to: time.optional(),
  durationMs: ms.optional(),
  exit: z.int().optional(),
  attempts: z.array(attempt),
  waits: z.array(z.strictObject({ for: z.enum(["retry", "reboot", "others"]), ...stretch })),
  expectations: z.array(expectation),
  ...printed,
  undone: z.literal(true).optional(),
});

const step = z.strictObject({
  id: z.string(),
  number: z.int().min(1).optional(),
  title: z.string(),
  sections: texts,
  line: count.optional(),
  role: z.enum(["run", "fix", "undo"]),
  of: z.string().optional(),
  removed: z.literal(true).optional(),
  status: z.enum(["running", "ok", "failed", "skipped", "pending"]),
  changedAt: time.optional(),
  rejudgedAt: time.optional(),
  kind: z.enum(["command", "file", "copy", "manual", "restore"]),
  code: z.strictObject({ language: z.string(), text: z.string() }).optional(),
  file: z.string().optional(),
  facts: texts,
  secret: z.boolean(),
  verify: z.boolean(),
  tasks: z.array(task),
  open: names.describe("Hosts that it is for, and was not begun on."),
  skip: z.string().optional(),
  checks: z.array(
    z.strictObject({
      host: z.string(),
      at: time,
      status: z.enum(["ok", "drifted", "unverifiable"]),
      reason: z.string().optional(),
      expectations: z.array(expectation),
    }),
  ),
});

const edits = z.strictObject({
  added: names,
  removed: names,
  changed: names,
  rejudged: names,
  moved: names,
  lines: z.array(line).optional(),
});

export const reportShape = z.strictObject({
  v: z.literal(1),
  run: z.string(),
  verify: z.literal(true).optional(),
  made: time,
  waymark: texts,
  guide: z.strictObject({ path: z.string(), title: z.string().optional() }),
  status: z.enum(["passed", "partial", "failed", "cancelled", "abandoned", "running", "paused", "crashed"]),
  pause: z
    .strictObject({
      reason: z.enum([
        "asked",
        "held",
        "unknown",
        "interrupted",
        "checkpoint",
        "confirm",
        "manual",
        "interactive",
        "input",
      ]),
      step: z.string().optional(),
      detail: z.string(),
    })
    .optional(),
  undone: z.literal(true).optional(),
  started: time,
  updated: time,
  workedMs: ms,
  askedMs: ms,
  stretches: z.array(z.strictObject(stretch)),
  asked: z.array(
    z.strictObject({
      about: z.enum(["checkpoint", "confirm", "manual", "fix", "input"]).optional(),
      step: z.string().optional(),
      ...stretch,
    }),
  ),
  inputs: z.array(z.strictObject(setting)),
  hosts: z.array(
    z.strictObject({
      name: z.string(),
      os: z.string().optional(),
      arch: z.string().optional(),
      kernel: z.string().optional(),
      setAside: z.strictObject({ step: z.string(), reason: z.string() }).optional(),
    }),
  ),
  revisions: z.array(
    z.strictObject({ digest: z.string(), at: time, text: z.string().optional(), edits: edits.optional() }),
  ),
  steps: z.array(step),
  captures: z.array(z.strictObject({ ...setting, step: z.string(), host: z.string() })),
  moments: z.array(
    z.strictObject({ at: time, kind: z.string(), text: z.string(), hosts: names, step: z.string().optional() }),
  ),
  logs: z.string(),
});
