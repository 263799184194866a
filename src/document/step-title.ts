let sentences: Intl.Segmenter | undefined;

/** The last sentence of a paragraph, blanks joined, without the colon, comma or semicolon that leads on to a block. */
export function lastSentence(paragraph: string): string {
  const text = paragraph.replaceAll(/\s+/g, " ").trim();
  sentences ??= new Intl.Segmenter("en", { granularity: "sentence" });
  let last = "";
  for (const { segment } of sentences.segment(text)) if (segment.trim() !== "") last = segment;
  return last
    .trim()
    .replace(/[:,;]$/, "")
    .trimEnd();
}
