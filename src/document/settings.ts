import type { Node } from "yaml";
import { isMap } from "yaml";
import type { InputDeclaration, Requirement, Settings } from "../model/runbook.ts";
import type { Located } from "../model/source.ts";
import type { Attribute } from "./attribute-list.ts";
import type { FrontMatter } from "./front-matter.ts";
import { readInput } from "./input.ts";
import { NO_KEYS, readKeys } from "./key-list.ts";
import type { KeyList } from "./key-list.ts";
import { didYouMean } from "../model/nearest.ts";
import { CODE } from "./problem-code.ts";
import type { Problems } from "./problems.ts";
import type { SourceText } from "./source-text.ts";
import type { YamlEntry } from "./yaml-place.ts";
import { entriesOf, kindOf, placeOf, textOf } from "./yaml-place.ts";

export interface GuideSettings {
  readonly settings: Settings;
  /** `runbook.defaults`: the outermost layer of step keys. */
  readonly defaults: KeyList;
}

const NOTHING_SET: GuideSettings = { settings: { inputs: [], requires: [] }, defaults: NO_KEYS };

const SETTINGS = ["inputs", "defaults", "requires", "hosts"];

/** Reads the `runbook` key of the front matter. */
export function readSettings(
  frontMatter: FrontMatter | undefined,
  source: SourceText,
  problems: Problems,
): GuideSettings {
  const runbook = frontMatter?.runbook;
  if (frontMatter === undefined || runbook === undefined || runbook.value === null) return NOTHING_SET;
  const { base } = frontMatter;
  const entries = mapping("runbook", runbook.value, base, problems);
  let inputs: readonly InputDeclaration[] = [];
  let requires: readonly Requirement[] = [];
  let defaults: KeyList = NO_KEYS;
  let hosts: Located<unknown> | undefined;
  for (const entry of entries) {
    switch (entry.key) {
      case "inputs":
        inputs = mapping("inputs", entry.value, base, problems).flatMap((input) =>
          readInput(input, base, source, problems),
        );
        break;
      case "requires":
        requires = mapping("requires", entry.value, base, problems).flatMap((group) =>
          readRequirement(group, source, problems),
        );
        break;
      case "defaults":
        defaults = readDefaults(mapping("defaults", entry.value, base, problems), source, problems);
        break;
      case "hosts":
        hosts = readHosts(entry, frontMatter, source, problems);
        break;
      default: {
        const hint = didYouMean(entry.key, SETTINGS, `\`runbook\` has ${SETTINGS.join(", ")}.`);
        problems.error(CODE.unknownSetting, entry.keyRange, `There is no setting \`${entry.key}\``, hint);
      }
    }
  }
  return { settings: { inputs, requires, ...(hosts && { hosts }) }, defaults };
}

function mapping(name: string, node: Node | undefined, base: number, problems: Problems): readonly YamlEntry[] {
  if (node === undefined || textOf(node) === "") return [];
  if (isMap(node)) return entriesOf(node, base);
  const message = `\`${name}\` must be a mapping, not ${kindOf(node)}`;
  problems.error(
    CODE.badSetting,
    placeOf(node, base),
    message,
    "Write `key: value` lines below it, or { key: value }.",
  );
  return [];
}

/** `1` (exactly), `1..` (or more), `2..4`. */
function readRequirement(entry: YamlEntry, source: SourceText, problems: Problems): readonly Requirement[] {
  const text = textOf(entry.value) ?? "";
  const match = /^(\d{1,9})(?:(\.\.)(\d{1,9})?)?$/.exec(text);
  const min = Number(match?.[1]);
  const max = match?.[2] === undefined ? min : match[3] === undefined ? undefined : Number(match[3]);
  if (match === null || (max !== undefined && max < min)) {
    const message = `\`${entry.key}\` must say how many hosts there are to be`;
    problems.error(
      CODE.badSetting,
      entry.range,
      message,
      "Write a number (`1`), a least number (`1..`) or a range (`2..4`).",
    );
    return [];
  }
  const span = source.span({ start: entry.keyRange.start, end: entry.range.end });
  return [{ group: entry.key, min, ...(max !== undefined && { max }), span }];
}

/** Step keys written as YAML: the same keys, the same values, the same mistakes. */
function readDefaults(entries: readonly YamlEntry[], source: SourceText, problems: Problems): KeyList {
  const attributes = entries.flatMap((entry): readonly Attribute[] => {
    const { key, keyRange, range } = entry;
    const text = textOf(entry.value);
    if (entry.value !== undefined && text === undefined) {
      const message = `\`${key}\` must be a single value, not ${kindOf(entry.value)}`;
      problems.error(CODE.badSetting, range, message, "Write it as on a step.");
      return [];
    }
    return [{ kind: "key", key, keyRange, ...(text !== undefined && { value: { text, range } }) }];
  });
  return readKeys(attributes, "defaults", source, problems);
}

function readHosts(
  entry: YamlEntry,
  frontMatter: FrontMatter,
  source: SourceText,
  problems: Problems,
): Located<unknown> | undefined {
  if (entry.value === undefined) return undefined;
  try {
    return source.located(entry.value.toJS(frontMatter.document, { maxAliasCount: 100 }) as unknown, entry.range);
  } catch (error) {
    // The yaml package throws on aliases that do not resolve, or that multiply beyond reason.
    if (!(error instanceof Error)) throw error;
    const message = `\`hosts\` cannot be read: ${error.message}`;
    problems.error(CODE.badSetting, entry.range, message, "Write the hosts out instead of using aliases.");
    return undefined;
  }
}
