import type { Diagnostic, Span } from "../../model/source.ts";
import { isPicture } from "../site/pictures.ts";

/** A guide, as the user named it. */
interface Named {
  readonly file: string;
}

/** A link to what is not published. @param line where it stands in the guide, from 1 */
export function linkLeftOut({ file }: Named, line: number, href: string): Diagnostic {
  return {
    code: "WM8051",
    severity: "warning",
    message: `\`${href}\` is not published: its page has the words without the link`,
    hint: "Publish the folder that both are in, or link to where it is on the web.",
    file,
    span: lineSpan(line),
  };
}

/** A picture that is not there, or none that pages show. @param line where it stands in the guide, from 1 */
export function pictureLeftOut({ file }: Named, line: number, src: string): Diagnostic {
  return {
    code: "WM8052",
    severity: "warning",
    message: `${src === "" ? "A picture" : `The picture \`${src}\``} is not shown: its page has the words that stand for it`,
    hint: isPicture(src)
      ? "Put it into the folder that is published."
      : "Use a PNG, JPEG, GIF, WebP, AVIF or SVG in the folder that is published.",
    file,
    span: lineSpan(line),
  };
}

function lineSpan(line: number): Span {
  const point = { line, column: 1, offset: 0 };
  return { start: point, end: point };
}
