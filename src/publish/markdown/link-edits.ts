import type { Definition, Image, Root } from "mdast";
import { rangeOf } from "../../document/markdown.ts";
import { pathFrom, relativeAddress } from "../links/link-target.ts";
import type { Form } from "./form.ts";
import { guidePath, pictureAddress } from "./form-path.ts";
import { escapedText } from "./idiom.ts";
import { type Led, leadsOf, type Library } from "./library.ts";
import { linePrefix } from "./line-prefix.ts";
import type { TextEdit } from "./text-edit.ts";
import { nodesOf } from "./visit.ts";

/**
 * Links between guides that are published together lead there, and pictures beside them are shown. Of what is not
 * published the words are left: many sites cannot be built with a link that leads nowhere.
 * @param path of the guide, below the folder that is published
 */
export function linkEdits(text: string, root: Root, path: string, form: Form, library: Library): readonly TextEdit[] {
  const changed = leadsOf(root, path, library).flatMap((led) => {
    const edits = editsOf(text, led, path, form, library);
    return edits.length === 0 ? [] : [{ node: led.node, edits }];
  });
  const nodes = new Set(changed.map(({ node }) => node));
  const named = new Set<string>();
  const definitions: Definition[] = [];
  for (const { node } of nodesOf(root)) {
    if (node.type === "definition") definitions.push(node);
    if ((node.type === "linkReference" || node.type === "imageReference") && !nodes.has(node))
      named.add(node.identifier);
  }
  const unnamed = new Set([...nodes].flatMap((node) => ("identifier" in node ? node.identifier : [])));
  return [
    ...changed.flatMap(({ edits }) => edits),
    // An address that nothing has any more would still be looked for. Without its line others might mean something else.
    ...definitions
      .filter(({ identifier }) => unnamed.has(identifier) && !named.has(identifier))
      .map((node) => {
        const { start, end } = rangeOf(node);
        const [label = ""] = /^\[(?:\\[\s\S]|[^\]\\])*\]:/.exec(text.slice(start, end)) ?? [];
        return { from: start + label.length, to: end, text: " #" };
      }),
  ];
}

function editsOf(text: string, led: Led, from: string, form: Form, library: Library): readonly TextEdit[] {
  const whole = rangeOf(led.node);
  switch (led.kind) {
    case "guide": {
      const address = guideAddress(led, from, form, library);
      return address === undefined
        ? []
        : [{ from: behindLabel(text, led), to: whole.end, text: into(address, led.title) }];
    }
    case "no guide": {
      const label = text.slice(whole.start + 1, whole.end);
      const begins = isLineStart(text, whole.start) ? beginning(label) : "";
      return [
        { from: whole.start, to: whole.start + 1 + (begins === "" ? 0 : 1), text: begins },
        { from: behindLabel(text, led), to: whole.end, text: "" },
      ];
    }
    case "picture": {
      const address = pictureAddress(led.path, from, form);
      if (form !== "hugo" && !led.url.includes("?")) return [];
      return [{ from: whole.start, to: whole.end, text: `![${altOf(led)}${into(address, led.title)}` }];
    }
    case "no picture": {
      const alt = altOf(led);
      const begins = isLineStart(text, whole.start) ? beginning(alt) : "";
      return [{ from: whole.start, to: whole.end, text: begins === "" ? alt : begins + alt.slice(1) }];
    }
  }
}

/** Nothing where it is right as it is. */
function guideAddress(
  { path, url, fragment }: Led & { readonly kind: "guide" },
  from: string,
  form: Form,
  { titleAnchor }: Library,
): string | undefined {
  const target = guidePath(path, form);
  const isTitle = fragment !== "" && fragment === titleAnchor(path);
  const there = isTitle ? "" : escapedAddress(fragment);
  if (url.startsWith("#") && !isTitle) return undefined;
  if (form === "hugo") {
    if (path === from && there !== "") return there;
    // Wherever the site has its pages. Of what it reads as Markdown it knows nothing but paths.
    return `{{< relref "${escapedAddress(relativeAddress(guidePath(from, form), target))}${there}" >}}`;
  }
  const address = url.replace(/#[\s\S]*$/, "");
  if (!address.includes("?") && pathFrom({ path: from }, address) === target) return undefined;
  return escapedAddress(relativeAddress(from, target)) + there;
}

/** Where the bracket is that ends what a link shows. */
function behindLabel(text: string, { node }: Led): number {
  const last = "children" in node ? node.children.at(-1) : undefined;
  const { start } = rangeOf(node);
  return text.indexOf("]", last === undefined ? start : rangeOf(last).end);
}

/** What is behind a label. */
function into(address: string, title: string | undefined): string {
  const said = title
    ?.replaceAll(/\s+/g, " ")
    .replaceAll("&", "&amp;")
    .replaceAll(/["\\|]/g, "\\$&");
  return `](${address}${said === undefined ? "" : ` "${said}"`})`;
}

/** A picture in Markdown. */
export function imageText({ url, alt, title }: Pick<Image, "url" | "alt" | "title">): string {
  return `![${altText(alt)}${into(escapedAddress(url), title ?? undefined)}`;
}

/** What is in the way of Markdown, or of a shortcode, as an address can have it. */
function escapedAddress(address: string): string {
  return address.replaceAll(/[\s"'()<>[\]\\`{|}]/g, (sign) => {
    const encoded = encodeURIComponent(sign);
    return encoded === sign ? `%${sign.charCodeAt(0).toString(16).toUpperCase()}` : encoded;
  });
}

function altOf({ node }: Led): string {
  return "alt" in node ? altText(node.alt) : "";
}

function altText(alt: Image["alt"]): string {
  return escapedText(alt ?? "").replaceAll("|", "\\|");
}

function isLineStart(text: string, at: number): boolean {
  return /^[>\s]*$/.test(linePrefix(text, at));
}

/** A reference to the first character of what would begin a list, a heading and so on; empty where it is only text. */
function beginning(line: string): string {
  return /^(?:[#>=-]|~~~|[*+]\s|\d+[.)])/.test(line) ? `&#${line.codePointAt(0) ?? 0};` : "";
}
