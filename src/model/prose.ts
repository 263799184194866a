/** A guide as its readers see it: blocks in document order, without front matter and comments. */
export interface Prose {
  readonly blocks: readonly ProseBlock[];
}

/** Each block says on which line of the guide it begins, from 1. */
export type ProseBlock = { readonly line: number } & (
  | { readonly kind: "heading"; readonly depth: number; readonly text: readonly Inline[] }
  | { readonly kind: "paragraph"; readonly text: readonly Inline[] }
  | ProseCode
  | {
      readonly kind: "list";
      /** Number of the first item; absent for bullets. */
      readonly start?: number;
      readonly items: readonly {
        /** Of an item of a task list: whether its box is ticked. */
        readonly checked?: boolean;
        readonly blocks: readonly ProseBlock[];
      }[];
    }
  | {
      readonly kind: "quote";
      /** It is set apart as GitHub does it: `> [!WARNING]`. */
      readonly alert?: AlertKind;
      readonly blocks: readonly ProseBlock[];
    }
  | {
      readonly kind: "table";
      /** Of each column. */
      readonly align: readonly ("left" | "right" | "center")[];
      /** The first row is the header. */
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly kind: "rule" }
);

/** https://docs.github.com/en/get-started/writing-on-github, "Alerts". */
export type AlertKind = "note" | "tip" | "important" | "warning" | "caution";

export interface ProseCode {
  readonly kind: "code";
  /** First word of the info string; empty where there is none. */
  readonly language: string;
  /** LF line ends. */
  readonly code: string;
}

/** Words that look alike. */
export interface Inline {
  /** A newline in it is a hard break. */
  readonly text: string;
  readonly marks: readonly Mark[];
  /** Where a link leads to. */
  readonly link?: string;
}

export type Mark = "strong" | "emphasis" | "code" | "deleted";
