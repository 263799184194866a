import type { Diagnostic } from "../../model/source.ts";
import { linkLeftOut, pictureLeftOut } from "../links/left-out.ts";
import type { SourcePage } from "../site/read-page.ts";
import { leadsOf, type Beside } from "./library.ts";

/** Links and pictures that are not on the site. Warnings. */
export function leftOut(page: Pick<SourcePage, "file" | "path" | "root">, library: Beside): readonly Diagnostic[] {
  return leadsOf(page.root, page.path, library).flatMap(({ kind, node, url }) => {
    if (kind === "no guide") return [linkLeftOut(page, node.position, url)];
    return kind === "no picture" ? [pictureLeftOut(page, node.position, url)] : [];
  });
}
