import type { TextEdit } from "./text-edit.ts";

/** Hugo reads its shortcodes wherever they stand, code included; between these signs it shows them instead. */
export function hugoEdits(text: string): readonly TextEdit[] {
  return [...text.matchAll(/\{\{([<%])(?!\/\*)([\s\S]*?)([>%])\}\}/g)].map(
    ({ 0: whole, 1: open, 2: inner, 3: close, index }) => ({
      from: index,
      to: index + whole.length,
      text: `{{${open}/*${inner}*/${close}}}`,
    }),
  );
}
