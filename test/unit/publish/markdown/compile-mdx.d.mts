/** Reads MDX with the plugins that Docusaurus has. @throws what MDX cannot read */
export function compileMdx(text: string): Promise<void>;
