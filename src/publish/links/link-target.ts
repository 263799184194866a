import { posix } from "node:path";

/** Something at a path below the folder that is published, with `/`. */
interface Placed {
  readonly path: string;
}

/** Where a link of a page leads to. */
export type LinkTarget<Page> =
  /** To the web, to somebody, or to another place of the page. */
  | { readonly kind: "elsewhere" }
  /** @property fragment with its `#`; empty where there is none */
  | { readonly kind: "page"; readonly page: Page; readonly fragment: string }
  /** To what is not published. */
  | { readonly kind: "nowhere" };

/** @param at the page that is published at a path */
export function linkTarget<Page>(href: string, from: Placed, at: (path: string) => Page | undefined): LinkTarget<Page> {
  if (/^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith("#")) return { kind: "elsewhere" };
  for (const path of placesOf(href, from)) {
    const page = at(path);
    if (page !== undefined) return { kind: "page", page, fragment: /#[\s\S]*$/.exec(href)?.[0] ?? "" };
  }
  return { kind: "nowhere" };
}

/** The files that a link may mean, best first: that of a folder is its README or index. */
export function placesOf(href: string, from: Placed): readonly string[] {
  const path = pathFrom(from, href.replace(/#[\s\S]*$/, ""));
  if (path === undefined) return [];
  return [path, ...["README.md", "readme.md", "index.md"].map((name) => posix.join(path, name))];
}

/** Where an address beside a guide leads to, below the folder that is published; nothing for what is elsewhere. */
export function pathFrom(from: Placed, address: string): string | undefined {
  if (address.startsWith("/") || address.startsWith("\\")) return undefined;
  let decoded: string;
  try {
    decoded = decodeURIComponent(address.replace(/\?.*$/, ""));
  } catch {
    return undefined;
  }
  const path = posix.join(posix.dirname(from.path), decoded);
  return path.startsWith("../") || path === ".." || decoded.includes("\0") ? undefined : path.replace(/\/$/, "");
}

/** A path as seen from a file beside it, as an address. */
export function relativeAddress(from: string, to: string): string {
  return encodedPath(posix.relative(posix.dirname(from), to));
}

/** A path as an address. */
export function encodedPath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
