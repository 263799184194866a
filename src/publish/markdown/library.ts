import type { Definition, Image, ImageReference, Link, LinkReference, Root } from "mdast";
import { linkTarget, pathFrom } from "../links/link-target.ts";
import { nodesOf } from "./visit.ts";

/** What guides can lead to, by paths below the folder that is published, with `/`. */
export interface Beside {
  readonly hasGuide: (path: string) => boolean;
  readonly hasPicture: (path: string) => boolean;
}

/** What is published together. */
export interface Library extends Beside {
  /** What links call the heading of a guide that its site shows as the title of the page, with its `#`. */
  readonly titleAnchor: (path: string) => string | undefined;
}

/** A link or a picture in a guide, and what it leads to. */
export type Lead =
  | { readonly kind: "guide"; readonly node: Link | LinkReference; readonly path: string; readonly fragment: string }
  | { readonly kind: "no guide"; readonly node: Link | LinkReference }
  | { readonly kind: "picture"; readonly node: Image | ImageReference; readonly path: string }
  | { readonly kind: "no picture"; readonly node: Image | ImageReference };

/** With the address and the title, which may stand elsewhere in the guide. */
export type Led = Lead & { readonly url: string; readonly title: string | undefined };

/**
 * The links and pictures of a guide that lead to something beside it. Addresses that begin with a slash belong to the
 * site that the guide is written for: nobody here knows what they lead to.
 */
export function leadsOf(root: Root, path: string, library: Beside): readonly Led[] {
  const nodes = [...nodesOf(root)].map(({ node }) => node);
  const definitions = new Map<string, Definition>();
  for (const node of nodes) {
    if (node.type === "definition" && !definitions.has(node.identifier)) definitions.set(node.identifier, node);
  }
  const leads: Led[] = [];
  for (const node of nodes) {
    if (
      node.type !== "link" &&
      node.type !== "linkReference" &&
      node.type !== "image" &&
      node.type !== "imageReference"
    )
      continue;
    const { url, title } = "url" in node ? node : (definitions.get(node.identifier) ?? {});
    if (url === undefined || /^(?:[/\\]|[a-z][a-z0-9+.-]*:)/i.test(url)) continue;
    const lead =
      node.type === "link" || node.type === "linkReference"
        ? linkLead(node, url, path, library)
        : pictureLead(node, url, path, library);
    if (lead !== undefined) leads.push({ ...lead, url, title: title ?? undefined });
  }
  return leads;
}

function linkLead(node: Link | LinkReference, url: string, path: string, { hasGuide }: Beside): Lead | undefined {
  if (url.startsWith("#")) return { kind: "guide", node, path, fragment: url };
  const target = linkTarget(url, { path }, (at) => (hasGuide(at) ? at : undefined));
  switch (target.kind) {
    case "elsewhere":
      return undefined;
    case "nowhere":
      return { kind: "no guide", node };
    case "page":
      return { kind: "guide", node, path: target.page, fragment: target.fragment };
  }
}

function pictureLead(node: Image | ImageReference, url: string, from: string, { hasPicture }: Beside): Lead {
  const path = pathFrom({ path: from }, url);
  return path !== undefined && hasPicture(path) ? { kind: "picture", node, path } : { kind: "no picture", node };
}
