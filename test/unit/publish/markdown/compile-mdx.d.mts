/** Reads MDX with the plugins that Docusaurus has, and runs it. @returns HTML; a box is an `<aside>` @throws what MDX cannot read */
export function renderMdx(text: string): Promise<string>;
/** Only reads it. @throws what MDX cannot read */
export function compileMdx(text: string): Promise<void>;
