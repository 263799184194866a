import { didYouMean } from "../../model/nearest.ts";
import type { Diagnostic } from "../../model/source.ts";
import { leadsOf, type Beside } from "../markdown/library.ts";
import type { SourcePage } from "../site/read-page.ts";
import { spanOf } from "./left-out.ts";

/** What a link may mean without anybody's naming it (HTML Living Standard, 7.4.6.4), and what looks for text. */
const ALWAYS = /^(?:top$|:~:|$)/i;

/**
 * Links to places that their pages do not have: readers come out at the top. Warnings.
 * @param anchorsAt those of the page of a guide; nothing where there is no such guide
 */
export function lostAnchors(
  page: Pick<SourcePage, "file" | "path" | "root">,
  anchorsAt: (path: string) => ReadonlySet<string> | undefined,
): readonly Diagnostic[] {
  const guides: Beside = { hasGuide: (path) => anchorsAt(path) !== undefined, hasPicture: () => false };
  return leadsOf(page.root, page.path, guides).flatMap((lead): readonly Diagnostic[] => {
    if (lead.kind !== "guide") return [];
    const wanted = decoded(lead.fragment.slice(1));
    const anchors = ALWAYS.test(wanted) ? undefined : anchorsAt(lead.path);
    if (anchors === undefined || anchors.has(wanted)) return [];
    const where = lead.path === page.path ? "this guide" : `\`${lead.url.replace(/#[\s\S]*$/, "")}\``;
    return [
      {
        code: "WM8056",
        severity: "warning",
        message: `No heading of ${where} is called \`${lead.fragment}\`, which a link leads to`,
        hint: didYouMean(
          lead.fragment,
          [...anchors].map((anchor) => `#${anchor}`),
          "`## Add a node` is `#add-a-node`; one that is to keep its name has it in braces: `## Add a node {#add}`.",
        ),
        file: page.file,
        ...spanOf(lead.node.position),
      },
    ];
  });
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
