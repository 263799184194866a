import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { useEffect, useRef, useState } from "react";
import { loadHighlighter } from "../../highlight/load-highlighter.ts";
import type { TokenLines } from "../../highlight/token.ts";
import type { Prose, ProseBlock, ProseCode } from "../../model/prose.ts";
import type { CodeTokens } from "../screen/layout-code.ts";

/** Until the screen is there, and the first hosts are called. */
const BEFORE_MS = 150;
/** Between two looks at what else there is to do: keys, for one. */
const AT_ONCE_MS = 20;

/**
 * What the guide's code consists of: nothing at first, all of it once it has been read. What an edited guide has kept is
 * not read again.
 * @param wanted whether there are colours to show it in
 */
export function useCodeTokens(prose: Prose, wanted: boolean): CodeTokens | undefined {
  const known = useRef(new Map<string, TokenLines>());
  const [tokens, setTokens] = useState<CodeTokens>();
  useEffect(() => {
    if (!wanted) return undefined;
    const left = new AbortController();
    readAll(codeOf(prose.blocks), known.current, left.signal).then(
      () => setTokens(() => (code: string, language: string) => known.current.get(keyOf(code, language))),
      // Code without colours is code all the same.
      () => undefined,
    );
    return () => left.abort();
  }, [prose, wanted]);
  return tokens;
}

async function readAll(
  blocks: readonly ProseCode[],
  known: Map<string, TokenLines>,
  signal: AbortSignal,
): Promise<void> {
  const unread = blocks.filter(({ code, language }) => !known.has(keyOf(code, language)));
  if (unread.length === 0) return;
  await sleep(BEFORE_MS, undefined, { signal });
  const highlight = await loadHighlighter(unread.map(({ language }) => language));
  let begun = performance.now();
  for (const { code, language } of unread) {
    if (performance.now() - begun > AT_ONCE_MS) {
      await setImmediate();
      begun = performance.now();
    }
    signal.throwIfAborted();
    known.set(keyOf(code, language), highlight(code, language));
  }
}

function codeOf(blocks: readonly ProseBlock[]): readonly ProseCode[] {
  return blocks.flatMap((block): readonly ProseCode[] => {
    switch (block.kind) {
      case "code":
        return [block];
      case "quote":
        return codeOf(block.blocks);
      case "list":
        return block.items.flatMap((item) => codeOf(item.blocks));
      default:
        return [];
    }
  });
}

function keyOf(code: string, language: string): string {
  return `${language}\n${code}`;
}
