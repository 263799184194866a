/** A start tag of a page. Attribute values are those of the page with its character references read. */
export interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * The start tags of a page as hast-util-to-html writes them. What a browser would see besides is found by
 * `test/e2e/publish.test.ts`.
 * @throws {Error} where there is a `<` that begins neither a tag nor the doctype
 */
export function tagsOf(html: string): readonly Tag[] {
  const tags: Tag[] = [];
  const tag = /<(?:!doctype html|\/([a-z][a-z0-9-]*)|([a-z][a-z0-9-]*)((?: [a-zA-Z-]+(?:="[^"]*")?)*))>/y;
  for (let at = html.indexOf("<"); at !== -1; at = html.indexOf("<", tag.lastIndex)) {
    tag.lastIndex = at;
    const match = tag.exec(html);
    if (match === null) throw new Error(`no tag: ${html.slice(at, at + 80)}`);
    const [, , name, attributes = ""] = match;
    if (name === undefined) continue;
    const found = [...attributes.matchAll(/ ([a-zA-Z-]+)(?:="([^"]*)")?/g)].map(([, key = "", value = ""]) => {
      return [key.toLowerCase(), unescaped(value)] as const;
    });
    tags.push({ name, attributes: new Map(found) });
  }
  return tags;
}

function unescaped(value: string): string {
  return value.replaceAll(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
}
