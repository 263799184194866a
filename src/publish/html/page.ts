import { createHash } from "node:crypto";
import type { Element, ElementContent } from "hast";
import { toHtml } from "hast-util-to-html";
import { h } from "hastscript";
import { withoutControls } from "./visible-text.ts";

/** A style sheet or script of a page: a file beside it, or its text within it. */
export type PagePart = { readonly file: string } | { readonly text: string };

export interface Page {
  readonly title: string;
  readonly description?: string;
  /** Children of `body`. Text in them is text: nothing is ever read as HTML. */
  readonly body: readonly ElementContent[];
  readonly styles: readonly PagePart[];
  /** Classic scripts, not modules, since browsers load no module from the file system. They run before the body is there. */
  readonly earlyScripts?: readonly PagePart[];
  /** Likewise; they run when the body is there. */
  readonly scripts?: readonly PagePart[];
}

/**
 * A whole HTML document. Its Content-Security-Policy (CSP level 3) lets it load only the files named here, pictures of
 * its own site, and nothing from elsewhere; run only the scripts named here; and hand no text to a sink that would read
 * it as HTML or script (Trusted Types). Control characters are pictures of themselves.
 *
 * @throws {Error} where a text would end the element that it is the content of
 */
export function htmlPage({ title, description, body, styles, earlyScripts = [], scripts = [] }: Page): string {
  const head = h("head", [
    h("meta", { charSet: "utf-8" }),
    h("meta", { httpEquiv: "Content-Security-Policy", content: policyOf(styles, [...earlyScripts, ...scripts]) }),
    h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    h("meta", { name: "color-scheme", content: "light dark" }),
    h("meta", { name: "referrer", content: "no-referrer" }),
    h("meta", { name: "generator", content: "Waymark" }),
    ...(description === undefined ? [] : [h("meta", { name: "description", content: description })]),
    h("title", title),
    // An empty picture: otherwise browsers ask the server for one.
    h("link", { rel: ["icon"], href: "data:," }),
    ...styles.map(styleElement),
    ...earlyScripts.map((part) => scriptElement(part)),
    ...scripts.filter((part) => "file" in part).map((part) => scriptElement(part, true)),
  ]);
  const last = scripts.filter((part) => "text" in part).map((part) => scriptElement(part));
  const document = h(null, [{ type: "doctype" }, h("html", { lang: "en" }, [head, h("body", [...body, ...last])])]);
  return `${withoutControls(toHtml(document))}\n`;
}

function styleElement(part: PagePart): Element {
  if ("file" in part) return h("link", { rel: ["stylesheet"], href: part.file });
  return h("style", contentOf("style", part.text));
}

function scriptElement(part: PagePart, late = false): Element {
  if ("file" in part) return h("script", { src: part.file, defer: late });
  return h("script", contentOf("script", part.text));
}

/** Nothing is escaped in the content of these elements (HTML, 13.1.2.6), so there must be nothing to escape. */
function contentOf(element: "style" | "script", text: string): string {
  if (/<!--|<\/?(?:style|script)/i.test(text)) throw new Error(`the text of a ${element} would end it early`);
  // A parser would make LF of them, and the hash would be of something else.
  return text.replaceAll(/\r\n?/g, "\n");
}

function policyOf(styles: readonly PagePart[], scripts: readonly PagePart[]): string {
  return [
    "default-src 'none'",
    `script-src ${sourcesOf("script", scripts)}`,
    `style-src ${sourcesOf("style", styles)}`,
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types waymark",
  ].join("; ");
}

function sourcesOf(element: "style" | "script", parts: readonly PagePart[]): string {
  const sources = new Set(
    parts.map((part) => {
      if ("file" in part) return "'self'";
      return `'sha256-${createHash("sha256").update(contentOf(element, part.text)).digest("base64")}'`;
    }),
  );
  return sources.size === 0 ? "'none'" : [...sources].join(" ");
}
