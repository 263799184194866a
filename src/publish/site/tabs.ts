import type { InputDeclaration } from "../../model/runbook.ts";

/** A section by itself, or several of which the reader follows one. */
export type Alternatives<Section> =
  | { readonly input?: undefined; readonly section: Section }
  | { readonly input: string; readonly choices: readonly { readonly section: Section; readonly choice: string }[] };

/**
 * Finds neighbours that are alternatives (FORMAT, section 6): each is for one choice of the same input.
 * @param conditions those of the section itself
 */
export function alternatives<Section>(
  sections: readonly Section[],
  conditions: (section: Section) => readonly string[],
  inputs: readonly InputDeclaration[],
): readonly Alternatives<Section>[] {
  const found: Alternatives<Section>[] = [];
  for (const section of sections) {
    const [name, choice] = choiceOf(conditions(section), inputs) ?? [];
    const last = found.at(-1);
    if (name === undefined || choice === undefined) found.push({ section });
    else if (last?.input === name && last.choices.every((one) => one.choice !== choice)) {
      found[found.length - 1] = { input: name, choices: [...last.choices, { section, choice }] };
    } else found.push({ input: name, choices: [{ section, choice }] });
  }
  // One alone is no alternative.
  return found.map((group) => {
    const [only, another] = group.input === undefined ? [] : group.choices;
    return only === undefined || another !== undefined ? group : { section: only.section };
  });
}

function choiceOf(conditions: readonly string[], inputs: readonly InputDeclaration[]): readonly string[] | undefined {
  if (conditions.length !== 1) return undefined;
  const [, name, single, double] = /^\s*vars\.(\w+) == (?:'([^']*)'|"([^"]*)")\s*$/.exec(conditions[0] ?? "") ?? [];
  const choice = single ?? double;
  if (name === undefined || choice === undefined) return undefined;
  return inputs.find((input) => input.name === name)?.choices?.includes(choice) === true ? [name, choice] : undefined;
}
