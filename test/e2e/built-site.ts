import { Slugger } from "../../src/document/slug.ts";

/** A site as it was built by somebody else's program: its pages and all of its files, by their paths. */
export interface BuiltSite {
  readonly pages: ReadonlyMap<string, string>;
  readonly files: ReadonlySet<string>;
}

/** Text and code of a page, in their order: text, code, text, …, text. */
export function contentOf(html: string): readonly string[] {
  return mainOf(html)
    .split(/<pre\b[^>]*>([\s\S]*?)<\/pre>/)
    .map((part, index) => {
      const text = decoded(part.replaceAll(/<!--[\s\S]*?-->|<[^>]*>/g, ""));
      return index % 2 === 1 ? text.replace(/\n$/, "") : text.replaceAll(/\s+/g, " ");
    });
}

/** What a page says besides code, as {@link letters}. */
export interface Prose {
  readonly text: string;
  /** Items of lists, with whatever stands behind them. */
  readonly items: readonly string[];
  /** What alternatives are called, which stand together above them. */
  readonly tabs: ReadonlySet<string>;
}

export function proseIn(html: string): Prose {
  const prose = mainOf(html)
    .replaceAll(/<pre\b[^>]*>[\s\S]*?<\/pre>|<!--[\s\S]*?-->/g, "")
    // Numbers of notes.
    .replaceAll(/<sup\b[^>]*>\s*<a\b[\s\S]*?<\/sup>/g, "")
    .replaceAll(/<img\b[^>]*?\salt="([^"]*)"[^>]*>/g, "$1");
  const [, ...items] = prose.split(/<li\b[^>]*>/);
  const lettersOf = (part: string): string => letters(decoded(part.replaceAll(/<[^>]*>/g, "")));
  const labels = prose.matchAll(/<label[^>]*>([\s\S]*?)<\/label>|data-tab="[^"]*" title="([^"]*)"/g);
  const tabs = new Set([...labels].map(([, label, title]) => lettersOf(label ?? title ?? "")));
  return { text: lettersOf(prose), items: items.map(lettersOf), tabs };
}

/** Signs are a site's own: quotes, dashes, boxes. */
export function letters(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, "");
}

/** What a link shows and leads to: the title of its page, and whether its anchor is there. */
export interface Followed {
  readonly text: string;
  readonly to: string;
}

/** Follows the links on a page that stay on its site. */
export function followed(site: BuiltSite, path: string): readonly Followed[] {
  return [...mainOf(site.pages.get(path) ?? "").matchAll(/<a\b[^>]*?\shref="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g)].flatMap(
    ([, href = "", inner = ""]) => {
      const target = addressIn(path, decoded(href));
      if (target === undefined) return [];
      const html = site.pages.get(target.path);
      const title =
        html === undefined ? `nothing: ${href}` : textOf(/<h1\b[^>]*>([\s\S]*?)<\/h1>/.exec(html)?.[1] ?? "");
      const isThere = target.anchor === "" || anchorsOf(html ?? "").has(target.anchor);
      return [{ text: textOf(inner), to: isThere ? title : `${title}, but no #${target.anchor}` }];
    },
  );
}

/** Pictures on a page that are no file of its site. */
export function missingPictures(site: BuiltSite, path: string): readonly string[] {
  return picturesOn(site, path).filter((src) => {
    const address = addressIn(path, src);
    return address !== undefined && !site.files.has(address.path);
  });
}

export function picturesOn(site: BuiltSite, path: string): readonly string[] {
  const tags = mainOf(site.pages.get(path) ?? "").matchAll(/<img\b[^>]*?\ssrc="([^"]*)"/g);
  return [...tags].map(([, src = ""]) => decoded(src));
}

/** Nothing for what is elsewhere on the web. */
function addressIn(from: string, href: string): { readonly path: string; readonly anchor: string } | undefined {
  const url = new URL(href, `http://site/${from.split("/").map(encodeURIComponent).join("/")}`);
  if (url.host !== "site") return undefined;
  const path = decodeURIComponent(url.pathname).slice(1);
  return {
    path: path === "" || path.endsWith("/") ? `${path}index.html` : path,
    anchor: decodeURIComponent(url.hash).slice(1),
  };
}

/** Those of the page, and those that GitHub and Docusaurus give its headings. */
function anchorsOf(html: string): ReadonlySet<string> {
  const slugger = new Slugger();
  const headings = [...html.matchAll(/<h[1-6]\b[^>]*>([\s\S]*?)<\/h[1-6]>/g)];
  return new Set([
    ...[...html.matchAll(/\sid="([^"]*)"/g)].map(([, id = ""]) => decoded(id)),
    ...(html.includes("<h1 id=") ? [] : headings.map(([, inner = ""]) => slugger.slug(textOf(inner)))),
  ]);
}

function mainOf(html: string): string {
  return /<main>([\s\S]*)<\/main>/.exec(html)?.[1] ?? html;
}

function textOf(html: string): string {
  return decoded(html.replaceAll(/<[^>]*>/g, ""))
    .replaceAll(/\s+/g, " ")
    .trim();
}

const NAMED: ReadonlyMap<string, string> = new Map(
  ["lt<", "gt>", "amp&", 'quot"', "nbsp ", "lsquo‘", "rsquo’", "ldquo“", "rdquo”", "ndash–", "mdash—", "hellip…"].map(
    (one) => [one.slice(0, -1), one.slice(-1)],
  ),
);

function decoded(text: string): string {
  return text.replaceAll(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, number?: string, name = "") => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return number === undefined ? (NAMED.get(name as string) ?? whole) : String.fromCodePoint(Number(number));
  });
}
