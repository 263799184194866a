import { firstLineOf } from "../../document/markdown.ts";
import type { Diagnostic } from "../../model/source.ts";
import { linkLeftOut, pictureLeftOut } from "../links/left-out.ts";
import type { SourcePage } from "../site/read-page.ts";
import { leadsOf, type Library } from "./library.ts";

/** Links and pictures that are not on the site. Warnings. */
export function leftOut(page: Pick<SourcePage, "file" | "path" | "root">, library: Library): readonly Diagnostic[] {
  return leadsOf(page.root, page.path, library).flatMap(({ kind, node, url }) => {
    if (kind === "no guide") return [linkLeftOut(page, firstLineOf(node), url)];
    return kind === "no picture" ? [pictureLeftOut(page, firstLineOf(node), url)] : [];
  });
}
