import type { Inventory } from "../model/inventory.ts";
import type { Diagnostic, Span } from "../model/source.ts";
import { buildHosts } from "./hosts-from-file.ts";
import type { Origin } from "./hosts-from-file.ts";
import { hostsFileSchema, knownKeys } from "./hosts-file-shape.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Surroundings } from "./surroundings.ts";
import { keySpan, parseYaml, valueSpan } from "./yaml-text.ts";

export interface InventoryReading {
  /** Absent when there is an error. */
  readonly inventory?: Inventory;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads `hosts.yaml` (FORMAT.md, section 3). */
export function readHostsFile(path: string, text: string, around: Surroundings): InventoryReading {
  return read(path, text, around, () => false);
}

/**
 * Reads `runbook.hosts` in a guide's front matter: either what a hosts file holds (`defaults`, `hosts`) or just the
 * map of hosts. File names are relative to the guide.
 *
 * @param text the whole guide
 * @param span where the value of `hosts` stands in it, so that problems are pointed at in the guide
 */
export function readInlineHosts(path: string, text: string, span: Span, around: Surroundings): InventoryReading {
  return read(path, onlyWithin(text, span), around, (value) => {
    const isWholeFile = Object.hasOwn(value, "hosts") || Object.hasOwn(value, "defaults");
    return !isWholeFile;
  });
}

/** `text` with all but `span` blanked, so that offsets, lines and columns stay what they are. */
function onlyWithin(text: string, span: Span): string {
  const blank = (part: string): string => part.replaceAll(/[^\r\n]/g, " ");
  const [start, end] = [span.start.offset, span.end.offset];
  return blank(text.slice(0, start)) + text.slice(start, end) + blank(text.slice(end));
}

function read(
  path: string,
  text: string,
  around: Surroundings,
  isBareMap: (value: object) => boolean,
): InventoryReading {
  const parsed = parseYaml(path, text, "WM2001");
  if (parsed.diagnostics.length > 0) return { diagnostics: parsed.diagnostics };
  const bare = typeof parsed.value === "object" && parsed.value !== null && isBareMap(parsed.value);
  const checked = hostsFileSchema.safeParse(bare ? { hosts: parsed.value } : parsed.value);
  const origin: Origin = { yaml: parsed.yaml, locate: (at) => (bare ? at.slice(1) : at), ...around };
  if (!checked.success) {
    return { diagnostics: checked.error.issues.flatMap((issue) => shapeProblems(issue, origin)) };
  }
  const { hosts, diagnostics } = buildHosts(checked.data, origin);
  const failed = diagnostics.some(({ severity }) => severity === "error");
  return failed ? { diagnostics } : { inventory: { path, hosts }, diagnostics };
}

type Issue = NonNullable<ReturnType<typeof hostsFileSchema.safeParse>["error"]>["issues"][number];

function shapeProblems(issue: Issue, { yaml, locate }: Origin): readonly Diagnostic[] {
  const { path } = issue;
  const at = { severity: "error", file: yaml.path } as const;
  if (issue.code === "unrecognized_keys") {
    const known = path.length === 0 ? knownKeys.file : path.length === 1 ? knownKeys.defaults : knownKeys.host;
    return issue.keys.map((key) => ({
      ...at,
      code: "WM2002",
      message: `${owner(path)} has no key \`${key}\``,
      hint: didYouMean(key, known, `The keys are ${known.join(", ")}.`),
      span: keySpan(yaml, locate([...path, key])),
    }));
  }
  if (issue.code === "invalid_key") {
    return [
      {
        ...at,
        code: "WM2009",
        message: `\`${String(path.at(-1))}\` cannot be the name of a variable`,
        hint: "Use letters, digits and `_`, and do not start with a digit.",
        span: keySpan(yaml, locate(path)),
      },
    ];
  }
  const isPort = path.at(-1) === "port";
  return [
    {
      ...at,
      code: isPort ? "WM2004" : "WM2003",
      message: `${subject(path)} ${issue.message}`,
      hint: isPort ? "Correct the port, or leave it out for 22." : exampleOf(path),
      span: valueSpan(yaml, locate(path)),
    },
  ];
}

/** What a key belongs to: `pi-1`, the defaults, the file. */
function owner(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "A hosts file";
  return path[0] === "defaults" ? "`defaults`" : `\`${String(path[1])}\``;
}

function subject(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "A hosts file";
  const depth = path[0] === "defaults" ? 1 : 2;
  const keys = path.slice(depth).filter((key) => typeof key === "string");
  if (keys.length === 0) return path.length === 1 ? `\`${String(path[0])}\`` : owner(path);
  return `\`${keys.join(".")}\` of ${owner(path)}`;
}

function exampleOf(path: readonly PropertyKey[]): string {
  if (path.length <= 1) return "Write `hosts: { pi-1: { address: 192.168.0.27, groups: [master] } }`.";
  if (path.length === 2) return "Write `pi-1: { address: 192.168.0.27 }`, or `pi-1:` alone.";
  return "Correct the value.";
}
