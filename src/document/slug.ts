/**
 * Anchors of headings as GitHub makes them: lower case, everything but letters, marks, digits, `_`, `-` and blanks
 * dropped, blanks to `-`, and `-1`, `-2`, … where one is taken (html-pipeline's TableOfContentsFilter, github-slugger).
 * Owns the anchors given so far: no two are alike.
 */
export class Slugger {
  /** Each anchor with the last number put behind it. */
  readonly #taken = new Map<string, number>();

  /** Keeps an anchor for who brings it along. @returns whether nobody had it */
  take(anchor: string): boolean {
    if (this.#taken.has(anchor)) return false;
    this.#taken.set(anchor, 0);
    return true;
  }

  slug(heading: string): string {
    const plain = heading
      .toLowerCase()
      .replaceAll(/[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\- ]/gu, "")
      .replaceAll(" ", "-");
    let slug = plain;
    while (this.#taken.has(slug)) {
      const number = (this.#taken.get(plain) ?? 0) + 1;
      this.#taken.set(plain, number);
      slug = `${plain}-${number}`;
    }
    this.#taken.set(slug, 0);
    return slug;
  }
}
