const NAMED: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&" };

/** The characters that one has to write so in HTML. */
export function entitiesRead(text: string): string {
  return text.replaceAll(/&(?:lt|gt|quot|amp);/g, (entity) => NAMED[entity] ?? entity);
}
