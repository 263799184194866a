import { expect, test } from "vitest";
import { terminalPicture } from "../../../scripts/terminal-picture.ts";

function picture(screen: string, columns = 20, rows = 3): Promise<string> {
  return terminalPicture({ screen, columns, rows, title: "waymark run", description: "A run" });
}

const texts = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, words = ""]) => words).slice(1);

test("words are words, each where it stands, and nothing in them is obeyed", async () => {
  const svg = await picture(`a <b>  &amp;\n  "c"`);
  expect(texts(svg)).toEqual(["a &#x3C;b>", "&#x26;amp;", '"c"']);
  expect(svg).toContain('x="58.8" y="13.5" textLength="42"');
  expect(svg).toContain('x="16.8" y="31.5" textLength="25.2"');
});

test("frames are drawn, and no text", async () => {
  const svg = await picture("┌──┐\n│ok│\n└──┘");
  expect(texts(svg)).toEqual(["ok"]);
  expect(svg).toMatch(/<path class="line" d="M4\.2 9H8\.4M4\.2 9V18M8\.4 9H25\.2/);
});

test("colours and attributes are kept, as classes that a light screen has other colours for", async () => {
  const svg = await picture(
    "\u001b[1;31mbad\u001b[0m \u001b[2mdim\u001b[0m \u001b[7mturned\u001b[0m\n\u001b[38;5;196mred\u001b[0m",
  );
  expect(svg).toMatch(/<text class="c1 bold"[^>]*>bad</);
  expect(svg).toMatch(/<text class="dim"[^>]*>dim</);
  expect(svg).toMatch(/<rect class="ink" x="67.2"[^>]*>/);
  expect(svg).toMatch(/<text class="paper"[^>]*>turned</);
  expect(svg).toMatch(/<text fill="#ff0000"[^>]*>red</);
  expect(svg).toContain("@media(prefers-color-scheme:light)");
});

test("what other fonts draw does not push its neighbours", async () => {
  const svg = await picture("✔ 世界 done");
  expect(svg).toMatch(/<text x="0"[^>]*>✔</);
  expect(svg).toMatch(/<text x="16.8"[^>]*>世</);
  expect(svg).toMatch(/<text x="33.6"[^>]*>界</);
  expect(svg).toMatch(/<text x="58.8"[^>]*>done</);
});
