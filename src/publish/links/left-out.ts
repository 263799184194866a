import type { Html, Nodes } from "mdast";
import type { Diagnostic } from "../../model/source.ts";
import { plural } from "../../story/plural.ts";
import { isPicture } from "../site/pictures.ts";

/** Where a node of a guide stands: of what pages are made of, each still knows. */
export type Place = Nodes["position"];

/** A guide, as the user named it. */
interface Named {
  readonly file: string;
}

/** A link to what is not published. @param place where it stands in the guide */
export function linkLeftOut({ file }: Named, place: Place, href: string): Diagnostic {
  return {
    code: "WM8051",
    severity: "warning",
    message: `\`${href}\` is not published: its page has the words without the link`,
    hint: "Publish the folder that both are in, or link to where it is on the web.",
    file,
    ...spanOf(place),
  };
}

/** A picture that is not there, or none that pages show. @param place where it stands in the guide */
export function pictureLeftOut({ file }: Named, place: Place, src: string): Diagnostic {
  return {
    code: "WM8052",
    severity: "warning",
    message: `${src === "" ? "A picture" : `The picture \`${src}\``} is not shown: its page has the words that stand for it`,
    hint: isPicture(src)
      ? "Put it into the folder that is published."
      : "Use a PNG, JPEG, GIF, WebP, AVIF or SVG in the folder that is published.",
    file,
    ...spanOf(place),
  };
}

/**
 * HTML that pages do not have as such: once, however much of it there is.
 * @param html in the order in which it stands there
 * @param about what becomes of it, and what to do
 */
export function htmlLeftOut(
  { file }: Named,
  html: readonly Html[],
  { code, message, hint }: Pick<Diagnostic, "code" | "message" | "hint">,
): readonly Diagnostic[] {
  const opening = html.filter(({ value }) => !value.trim().startsWith("</"));
  const [first = html[0], ...others] = opening;
  if (first === undefined) return [];
  const more = others.length === 0 ? "" : `, here and in ${plural(others.length, "other place")}`;
  return [{ code, severity: "warning", message: message + more, hint, file, ...spanOf(first.position) }];
}

/** @returns nothing for what stands nowhere */
export function spanOf(place: Place): Pick<Diagnostic, "span"> {
  if (place === undefined) return {};
  const { start, end } = place;
  return { span: { start: { ...start, offset: start.offset ?? 0 }, end: { ...end, offset: end.offset ?? 0 } } };
}
