import type { Attribute } from "./attribute-list.ts";
import { readAttributes } from "./attribute-list.ts";
import type { Excerpt } from "./excerpt.ts";
import { looksOurs } from "./key-list.ts";
import type { Range } from "./source-text.ts";

/** What stands behind an opening code fence. */
export interface InfoString {
  /** The first word; empty where there is none. */
  readonly language: string;
  /** Ours: the content of the braces that hold a key of ours, or of `{}`. Absent where no braces are ours. */
  readonly attributes?: readonly Attribute[];
  /** An opening brace of ours without its closing one. */
  readonly unclosed?: Range;
  /** `on=…` outside braces, where it means nothing. */
  readonly loose?: Range;
}

/**
 * Takes an info string apart. Braces without a key of ours belong to other tools: Hugo's `{linenos=table}`, Docusaurus'
 * `{1,3-5}`. Read from the source: the parser's own reading has character references and backslashes replaced.
 */
export function readInfoString(info: Excerpt): InfoString {
  const { text } = info;
  const language = /^[^\s{]*/.exec(text)?.[0] ?? "";
  const ours: Attribute[] = [];
  let found = false;
  let unclosed: Range | undefined;
  let loose: Range | undefined;
  for (let at = language.length; at < text.length; at++) {
    const character = text[at];
    if (character === "{") {
      const list = readAttributes(info, at + 1, true);
      if (list.attributes.some(looksOurs) || (list.closed && list.attributes.length === 0)) {
        found = true;
        ours.push(...list.attributes);
        if (!list.closed && !list.attributes.some(isBroken)) unclosed ??= info.range(at, at + 1);
      }
      at = list.end - 1;
    } else if (text.startsWith("on=", at) && /\s/.test(text[at - 1] ?? "")) {
      loose ??= info.range(at, at + 3);
    }
  }
  return {
    language,
    ...(found && { attributes: ours }),
    ...(unclosed && { unclosed }),
    ...(loose && { loose }),
  };
}

/** A quote that never ends swallows the brace: one mistake, one report. */
function isBroken(attribute: Attribute): boolean {
  return attribute.kind === "broken";
}
