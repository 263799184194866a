import { describe, expect, test } from "vitest";
import { readProse } from "../../../../src/document/read-prose.ts";
import { placeSteps } from "../../../../src/ui/screen/guide.ts";
import { layoutProse } from "../../../../src/ui/screen/layout-prose.ts";
import { paintLine } from "../../../../src/ui/screen/text-line.ts";
import { ASCII, step, UTF8 } from "../sample-run.ts";

const shown = (text: string, width: number, style = UTF8): string =>
  layoutProse(style, readProse(Buffer.from(text)), width)
    .map(({ spans }) => paintLine(style, spans).trimEnd())
    .join("\n");

const GUIDE = `# Cluster

Turn *swap* off: see [the docs](https://example.org), on all hosts of it.

- one
- two
  1. nested
- [x] ticked

\`\`\`bash {on=all}
kubeadm init --pod-network-cidr "$POD_CIDR"
\t# indented
\`\`\`

> A quote
> goes on.

| Host | Address |
|------|--------:|
| pi-1 | 10.0.0.1 |
`;

describe("a guide on the screen", () => {
  test("alerts have a word and a shape, with and without colours and UTF-8", () => {
    const guide = "> [!CAUTION]\n> It deletes everything there.\n\n> [!TIP]\n> - A lamp\n";
    expect(shown(guide, 20)).toBe(
      ["┃ ‼ Caution", "┃ It deletes", "┃ everything there.", "", "┃ * Tip", "┃ • A lamp"].join("\n"),
    );
    expect(shown(guide, 20, ASCII)).toMatch(/^\| !! Caution\n\| It deletes\n/);
    expect(shown(guide, 20, { ...UTF8, color: true })).toContain("\u001b[31m┃ \u001b[39m");
  });

  test("as in a book", () => {
    expect(shown(GUIDE, 30)).toBe(
      [
        "# Cluster",
        "",
        "Turn swap off: see the docs",
        "(https://example.org), on all",
        "hosts of it.",
        "",
        "• one",
        "• two",
        "  1. nested",
        "☑ ticked",
        "",
        "▌ kubeadm init",
        "▌ --pod-network-cidr",
        '▌ "$POD_CIDR"',
        "▌     # indented",
        "",
        "│ A quote goes on.",
        "",
        "Host   Address",
        "────  ────────",
        "pi-1  10.0.0.1",
      ].join("\n"),
    );
  });

  test("where there is only ASCII", () => {
    expect(shown("- one\n- [ ] two\n\n---\n\n> q\n\n    c\n", 12, ASCII)).toBe(
      ["- one", "[ ] two", "", "------------", "", "| q", "", "| c"].join("\n"),
    );
  });

  test("marks are looks, where there are colours", () => {
    const style = { ...UTF8, color: true };
    expect(shown("# T\n\n**a** `b` [c](x)\n", 20, style)).toBe(
      "\u001b[1mT\u001b[22m\n\n\u001b[1ma\u001b[22m \u001b[36mb\u001b[39m \u001b[4mc\u001b[24m\u001b[2m (x)\u001b[22m",
    );
  });

  test("code in a sentence is known without colours, and links say where they lead unless that is known", () => {
    const links = "`ls` [**a** b](https://x.org/) [here](#below) <https://y.org> [z](<\u001b]0;evil\u0007z.md>)";
    expect(shown(links, 80)).toBe("`ls` a b (https://x.org/) here https://y.org z (z.md)");
  });

  test("a wide table breaks its cells", () => {
    expect(shown("| a | b |\n|--|--|\n| one two three | four five six |\n", 16)).toBe(
      ["a        b", "───────  ───────", "one two  four", "three    five", "         six"].join("\n"),
    );
    const two = "| a | b |\n|--|--|\n| one two three | four |\n| five | six |\n";
    expect(shown(two, 13)).toBe(
      ["a        b", "───────  ────", "one two  four", "three", "", "five     six"].join("\n"),
    );
  });

  test("what would move the cursor does not reach the terminal", () => {
    expect(shown("a \u001b]0;evil\u0007 `b\u001b[2J`\n\n```\nc\u001b[31m\n```\n", 40)).toBe("a `b`\n\n▌ c");
  });

  test("a table whose words have no room is a list, row by row", () => {
    const table =
      "| Name | Meaning | Where |\n|--|--|--|\n| curl | fetches whatever has an address | everywhere |\n| jq | reads | |\n";
    expect(shown(table, 22)).toBe(
      [
        "Name: curl",
        "Meaning: fetches",
        "whatever has an",
        "address",
        "Where: everywhere",
        "",
        "Name: jq",
        "Meaning: reads",
        "Where:",
      ].join("\n"),
    );
  });

  test("a step's lines are known: those that lead to it, and its block", () => {
    const text = "# T\n\nFirst.\n\n```sh\na\nb\n```\n\nThen:\n\n```sh\nc\n```\n\nEnd.\n";
    const lines = layoutProse(UTF8, readProse(Buffer.from(text)), 40);
    const at = (start: number, end: number) => ({
      start: { line: start, column: 1, offset: 0 },
      end: { line: end, column: 1, offset: 0 },
    });
    const places = placeSteps(lines, [
      step(0, "one", "One", { span: at(5, 8) }),
      step(1, "two", "Two", { span: at(12, 14) }),
    ]);
    const text_ = lines.map(({ spans }) => paintLine(UTF8, spans));
    const one = places.get("one");
    const two = places.get("two");
    expect(text_.slice(one?.from, one?.to)).toEqual(["# T", "", "First.", "", "▌ a", "▌ b"]);
    expect(text_.slice(two?.from, two?.to)).toEqual(["", "Then:", "", "▌ c"]);
    expect(text_[one?.at ?? 0]).toBe("▌ a");
  });
});
