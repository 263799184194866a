import { createHighlighterCoreSync, type GrammarState, type HighlighterCore } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";
import { type BundledLanguage, bundledLanguages } from "shiki/langs";
import { grammarOf, isSession } from "./grammars.ts";
import { sessionTokens } from "./session.ts";
import { roleOf, THEME } from "./theme.ts";
import { plainTokens, type Token, type TokenLines } from "./token.ts";

/** Characters of one block, and of one line: what is longer is data rather than something to be read, and stays plain. */
const LONGEST_CODE = 64 * 1024;
const LONGEST_LINE = 500;
/**
 * For one block. Nothing that people write takes a tenth of it, even where a grammar is new; brackets in brackets in
 * brackets may take minutes.
 */
const MOST_MS = 5000;

/** The code, line by line, in tokens. Of an unknown language, and of what nobody would read, each line is one token. */
export type Highlighter = (code: string, language: string) => TokenLines;

/**
 * Makes what colours code. Loads the grammars of these languages and no others: code of any other language comes back plain.
 * @param languages first words of info strings; unknown ones are left alone
 */
export async function makeHighlighter(languages: Iterable<string>): Promise<Highlighter> {
  const wanted = new Set([...languages].flatMap((language) => grammarOf(language) ?? []));
  const langs = await Promise.all([...wanted].map(async (grammar) => (await bundledLanguages[grammar]()).default));
  const core = createHighlighterCoreSync({ themes: [THEME], langs, engine: createJavaScriptRegexEngine() });
  return (code, language) => {
    const grammar = grammarOf(language);
    if (grammar === undefined || !wanted.has(grammar) || code.length > LONGEST_CODE) return plainTokens(code);
    const read = (text: string): TokenLines => {
      const lines = tokenize(core, text, grammar);
      // Whoever writes one such block may have written a thousand.
      if (lines === undefined) wanted.delete(grammar);
      return lines ?? plainTokens(text);
    };
    return isSession(language) ? sessionTokens(code, read) : read(code);
  };
}

/** @returns undefined where that takes too long */
function tokenize(core: HighlighterCore, code: string, lang: BundledLanguage): TokenLines | undefined {
  const end = performance.now() + MOST_MS;
  let state: GrammarState | undefined;
  const lines: (readonly Token[])[] = [];
  for (const line of code.split("\n")) {
    const left = end - performance.now();
    if (left <= 0) return undefined;
    // A carriage return would end a line as well, there.
    if (line === "" || line.length > LONGEST_LINE || line.includes("\r")) {
      lines.push(...plainTokens(line));
      continue;
    }
    const found = core.codeToTokensBase(line, {
      lang,
      theme: THEME.name,
      tokenizeTimeLimit: left,
      ...(state !== undefined && { grammarState: state }),
    });
    state = core.getLastGrammarState(found);
    lines.push(joinAlike(found[0] ?? []));
  }
  return lines;
}

function joinAlike(found: readonly { readonly content: string; readonly color?: string }[]): readonly Token[] {
  const tokens: Token[] = [];
  for (const { content: text, color } of found) {
    const role = roleOf(color);
    const last = tokens.at(-1);
    if (last !== undefined && last.role === role) tokens[tokens.length - 1] = { ...last, text: last.text + text };
    else tokens.push(role === undefined ? { text } : { text, role });
  }
  return tokens;
}
