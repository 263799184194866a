/** Sites that Markdown is written for. */
export const FORMS = ["github", "hugo", "mkdocs", "docusaurus"] as const;
export type Form = (typeof FORMS)[number];
