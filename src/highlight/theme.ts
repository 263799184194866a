import type { ThemeRegistration } from "shiki/core";
import { type Role, ROLES } from "./token.ts";

/*
 * Grammars name what they find by scopes (TextMate's naming conventions, section 12.4 of its manual); themes turn scopes
 * into colours. The colours of this theme only stand for roles. Of several scopes that fit, the most exact one counts.
 */
const SCOPES: Partial<Record<Role, readonly string[]>> = {
  comment: ["comment", "punctuation.definition.comment"],
  keyword: ["keyword", "storage", "variable.language", "punctuation.definition.keyword"],
  string: ["string", "markup.inline.raw", "markup.raw"],
  number: ["constant.numeric"],
  constant: ["constant", "support.constant", "punctuation.definition.constant"],
  variable: ["variable", "punctuation.definition.variable", "string variable"],
  function: ["entity.name.function", "support.function", "entity.name.command", "meta.diff.range"],
  operator: ["keyword.operator", "punctuation.separator.pipe"],
  property: [
    "entity.other.attribute-name",
    "entity.name.tag.yaml",
    "meta.object-literal.key",
    "support.type.property-name",
    "keyword.other.definition.ini",
    "variable.other.property",
    "variable.other.key",
  ],
  tag: ["entity.name.tag", "punctuation.definition.tag"],
  type: ["entity.name.type", "entity.name.class", "support.type", "support.class"],
  heading: ["markup.heading", "entity.name.section", "meta.diff.header"],
  inserted: ["markup.inserted"],
  deleted: ["markup.deleted"],
};

/** Words that a grammar calls something although readers see nothing in particular in them: most of any shell command. */
const PLAIN = ["string.unquoted.argument.shell", "string.unquoted.heredoc", "meta.embedded", "punctuation.section"];

const colorOf = (role: Role): string => `#${(ROLES.indexOf(role) + 1).toString(16).padStart(6, "0").toUpperCase()}`;

const BY_COLOR = new Map(ROLES.map((role) => [colorOf(role), role]));

export const THEME = {
  name: "roles",
  type: "light",
  settings: [
    { settings: { foreground: "#000000", background: "#FFFFFF" } },
    { scope: PLAIN, settings: { foreground: "#000000" } },
    ...ROLES.map((role) => ({ scope: [...(SCOPES[role] ?? [])], settings: { foreground: colorOf(role) } })),
  ],
} as const satisfies ThemeRegistration;

/** The role that a colour of the theme stands for. */
export function roleOf(color: string | undefined): Role | undefined {
  return color === undefined ? undefined : BY_COLOR.get(color.toUpperCase());
}
