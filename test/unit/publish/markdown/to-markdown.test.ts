import { describe, expect, test } from "vitest";
import type { Form } from "../../../../src/publish/markdown/form.ts";
import { formProblems } from "../../../../src/publish/markdown/form-problems.ts";
import { hiddenFromReaders } from "../../../../src/publish/markdown/hidden-from-readers.ts";
import { toMarkdown } from "../../../../src/publish/markdown/to-markdown.ts";
import { readPage, type SourcePage } from "../../../../src/publish/site/read-page.ts";
import { compileMdx, renderMdx } from "./compile-mdx.mjs";

function page(text: string, file = "guide.md"): SourcePage {
  return readPage({ file, path: file, bytes: new TextEncoder().encode(text) }, true);
}

const GUIDE = `---
runbook:
  inputs: { POD_CIDR: { default: 10.244.0.0/16, description: Pod network }, TOKEN: { secret: true } }
---
# Nodes

<!-- waymark: #off on=worker sudo -->
\`\`\`bash
swapoff -a
\`\`\`

1. First:

   \`\`\`ini {#conf on=all file="/etc/a{b}.conf" checkpoint="Look at *it*"}
   a = 1
   \`\`\`

Then look:

\`\`\`bash {#look on=master verify}
free $POD_CIDR
\`\`\`

\`\`\`output
Swap: 0 [..]
\`\`\`

\`\`\`expect
stdout.contains("Swap")
\`\`\`

<!-- expect: exit == 0 -->

End.
`;

/** Two sections of which the reader follows one, and one that all follow. */
const ALTERNATIVES = `---
runbook:
  inputs: { NET: { choices: [flannel, "b \\"x\\" & c"] } }
  defaults: { on: all }
---
# Nodes

## Choose

See [Flannel](#flannel).

### Flannel

<!-- waymark section: when="vars.NET == 'flannel'" -->

Install *it*:

\`\`\`bash {#flannel}
install {flannel}

	tab
\`\`\`

#### Deeper

- word

\`\`\`bash
more
\`\`\`

### With \`B\` {#b}
<!-- waymark section: when="vars.NET == 'b \\"x\\" & c'" -->
\`\`\`bash {#b confirm="Sure?"}
install b
\`\`\`

### For both

End.
`;

describe("a guide for other people's sites", () => {
  test("what is done at hand is done by hand, or here, and says no place that it has not", () => {
    const block = (tag: string): string =>
      toMarkdown(page(`# A\n\n\`\`\`sh {#a ${tag}}\nscp master:/x local:y\n\`\`\`\n`), "github").split("\n")[2] ?? "";
    expect(block("copy on=local")).toBe("> **Copy files, on your own computer.**");
    expect(block("copy on=worker")).toBe("> **Copy files, for every worker.**");
    expect(block("on=worker at=local")).toBe("> **On your own computer, once for every worker.**");
    const list = "# A\n\n<!-- waymark: manual on=worker at=local -->\n\n- [ ] Plug it in\n";
    expect(toMarkdown(page(list), "github")).toContain("> **By hand, once for every worker.**");
  });

  test("what may be anything is shown in one way, also between prompts, and explained once", () => {
    const session =
      "> ```console {#a on=all}\n> $ grep '[..]' \\\n>   x\n> a [..] b\n> ...\n> $ echo ...\n> [..]\n> ```\n";
    const text = `# A\n\n${session}\n\`\`\`bash {#b on=all}\nc [..]\n\`\`\`\n\n\`\`\`output\n  ...\n... d\n\`\`\`\n`;
    const shown = toMarkdown(page(text), "github");
    expect(shown).toContain("> $ grep '[..]' \\\n>   x\n> a … b\n> …\n> $ echo ...\n> …\n> ```\n");
    expect(shown).toContain("```bash\nc [..]\n```");
    expect(shown).toContain("```text\n  …\n... d\n```");
    expect(shown.match(/In expected output, … stands for anything\./g)).toHaveLength(1);
  });

  test("what is to be typed is asked for last, as one command: the next line would be taken for it", () => {
    const inputs =
      "    PASSWORD: { secret: true, description: Of the Pis }\n    NET: { default: a }\n    TOKEN: { secret: true }\n";
    const text = `---\nrunbook:\n  inputs:\n${inputs}---\n\n# Nodes\n`;
    const lines = toMarkdown(page(text), "github").split("\n");
    expect(lines.slice(lines.indexOf("```bash") + 1, -2)).toEqual([
      "export NET='a'",
      "# PASSWORD: Of the Pis",
      "printf 'PASSWORD: ' && read -rs PASSWORD && export PASSWORD && \\",
      "printf 'TOKEN: ' && read -rs TOKEN && export TOKEN",
    ]);
  });

  test("GitHub: words above and below the blocks, and nothing of ours", () => {
    expect(toMarkdown(page(GUIDE), "github")).toBe(`# Nodes

> **Set these first, in every terminal that you use.**

\`\`\`bash
export POD_CIDR='10.244.0.0/16'  # Pod network
printf 'TOKEN: ' && read -rs TOKEN && export TOKEN
\`\`\`

> **On every worker, as root.**

\`\`\`bash
swapoff -a
\`\`\`

1. First:

   > **Put this into \`/etc/a{b}.conf\`, on every host.**

   \`\`\`ini
   a = 1
   \`\`\`

   Pause here: Look at \\*it\\*

Then look:

> **Check, on every master.**

\`\`\`bash
free $POD_CIDR
\`\`\`

In expected output, … stands for anything.

*Expect:*

\`\`\`text
Swap: 0 …
\`\`\`

*Expect:* What it prints has \`Swap\` in it.

End.
`);
  });

  test("Hugo: a title, its shortcodes shown, what is folded open", () => {
    const text =
      "# A & B\n\nWrite `{{< ref x >}}` and {{% y %}}.\n\n<details>\n<summary>More</summary>\n\nHidden.\n\n</details>\n";
    expect(toMarkdown(page(text), "hugo")).toBe(
      '---\ntitle: "A & B"\n---\n\nWrite `{{</* ref x */>}}` and {{%/* y */%}}.\n\n**More**\n\nHidden.\n\n\n',
    );
    expect(toMarkdown(page("---\ntitle: Mine\nweight: 3\n---\n# A\n"), "hugo")).toBe(
      "---\ntitle: Mine\nweight: 3\n---\n# A\n",
    );
  });

  test("MkDocs: admonitions, lists as Python-Markdown reads them", () => {
    const text = "Do this:\n- [ ] one\n- [x] two\n  more\n  1. deep\n     deeper\n";
    expect(toMarkdown(page(text), "mkdocs")).toBe(
      "Do this:\n\n- ☐ one\n- ☑ two\n    more\n    1. deep\n        deeper\n",
    );
    const own = toMarkdown(page(GUIDE), "mkdocs");
    expect(own).toContain('!!! note "On every worker, as root."\n\n```bash\nswapoff');
    expect(own).toContain(
      '1. First:\n\n    !!! note "Put this into `/etc/a{b}.conf`, on every host."\n\n    <!-- -->\n\n        a = 1\n\n    Pause here',
    );
  });

  test("Docusaurus: directives, names of files, and nothing that MDX would run", async () => {
    const own = toMarkdown(page(GUIDE), "docusaurus");
    expect(own).toContain(":::note[On every worker, as root.]\n\n:::\n\n```bash\nswapoff");
    expect(own).toContain('```ini title="/etc/a{b}.conf"');
    const text =
      "export X=1 and {y}, a < b, <https://a.b/c_d>, 1 <2.\n\nimport x\n\n    indented {code}\n\n<!-- a comment */ -->\n\n" +
      "Line<br>end <span style='x'>{no}</span> <kbd>Ctrl</kbd> <kbd>\n\n<script>alert({})</script>\n\n| a{b} | c |\n| --- | --- |\n| <d> | `{e}` |\n";
    const mdx = toMarkdown(page(text), "docusaurus");
    expect(mdx).toContain("&#101;xport X=1 and \\{y\\}, a &lt; b, [https://a.b/c\\_d](https://a.b/c_d), 1 &lt;2.");
    expect(mdx).toContain("```\nindented {code}\n```");
    expect(mdx).toContain("{/* a comment * / */}");
    expect(mdx).toContain("Line<br />end &lt;span style='x'>\\{no\\}&lt;/span> <kbd>Ctrl</kbd> &lt;kbd>");
    await compileMdx(mdx);
    await compileMdx(own);
  });

  test("a comment that goes leaves apart what it stood between", () => {
    const apart = (text: string): string => toMarkdown(page(text), "github");
    expect(apart("    one\n\n<!-- waymark: on=all -->\n\n```bash\ntwo\n```\n")).toMatch(/^ {4}one\n\n> /);
    const section = "# A\n\n<!-- waymark section: on=all -->\n\n```bash\na\n```\n\n";
    expect(apart(`${section}    one\n\n<!-- expect: exit == 0 -->\n\n    two\n`)).toMatch(/one\n\n<!-- -->\n\n {4}two/);
    expect(apart(`${section}- one\n\n<!-- expect: exit == 0 -->\n\n- two\n`)).toMatch(/one\n\n<!-- -->\n\n- two/);
    expect(apart(`${section}one\n<!-- expect: exit == 0 -->\n---\n`)).toMatch(/one\n\n---/);
    expect(apart("- <!-- waymark: on=all -->\n\n  ```bash\n  one\n  ```\n")).toMatch(
      /^- > \*\*On every host.\*\*\n\n {2}```bash/,
    );
  });

  test("code that is indented is a step like any other", () => {
    const text = "<!-- waymark: on=all sudo -->\n    one\n";
    expect(toMarkdown(page(text), "github")).toBe("> **On every host, as root.**\n\n    one\n");
    // Below an admonition it would be a part of it.
    expect(toMarkdown(page(text), "mkdocs")).toBe('!!! note "On every host, as root."\n\n<!-- -->\n\n    one\n');
    expect(toMarkdown(page(text), "docusaurus")).toContain(":::\n\n```\none\n```\n");
  });

  test("MDX: code in labels is code, and a line of text begins nothing however far it is indented", async () => {
    const shown = await renderMdx(
      toMarkdown(page("![a `{b]}` {c}](x.png) [`{d}` {e}][]\n\n[`{d}` {e}]: y.md\n"), "docusaurus"),
    );
    expect(shown).toContain('alt="a {b]} {c}"');
    expect(shown).toContain("<code>{d}</code> {e}</a>");
    const lines = "word\n    ~~~~sh {x}\n    # not a heading\\\n      - no list\n    ~~~~\n";
    expect(await renderMdx(toMarkdown(page(lines), "docusaurus"))).toBe(
      "<p>word ~~~~sh {x} # not a heading<br></br>- no list ~~~~</p>",
    );
    // Nor does one right below what a link refers to.
    const below = "[a]: x.md\n    ```sh\n    b\n    ```\n\n> [c]: x.md\n>     - d\n";
    expect((await renderMdx(toMarkdown(page(below), "docusaurus"))).replaceAll(/ +/g, " ")).toBe(
      "<p><code>sh b </code></p>\n<blockquote>\n<p>- d</p>\n</blockquote>",
    );
    // Nor does it go on with HTML that is shown as text.
    expect(await renderMdx(toMarkdown(page("> </details>\n[a {b}]: x.md\n"), "docusaurus"))).not.toContain("[a");
  });

  test("alternatives are tabs, with what they are called and what links to them", async () => {
    const docusaurus = toMarkdown(page(ALTERNATIVES), "docusaurus");
    expect(docusaurus).toMatch(
      /^import Tabs from '@theme\/Tabs';\nimport TabItem from '@theme\/TabItem';\n\n# Nodes\n/,
    );
    const html = await renderMdx(docusaurus);
    expect(html.replaceAll(/\n+/g, "")).toContain(
      '<a id="flannel"></a><a id="b"></a><section data-group="NET"><div data-tab="flannel" title="Flannel"><p>Install <em>',
    );
    expect(html.replaceAll(/\n+/g, "")).toMatch(
      /<\/code><\/pre><\/div><div data-tab="b &quot;x&quot; &amp; c" title="b &quot;x&quot; &amp; c"><p><strong>With <code>B<\/code><\/strong><\/p><aside kind="warning">.*install b<\/code><\/pre><\/div><\/section><h3>For both/,
    );
    const mkdocs = toMarkdown(page(ALTERNATIVES), "mkdocs");
    expect(mkdocs).toContain(
      '\n\n<a id="flannel"></a><a id="b"></a>\n\n=== "Flannel"\n\n    **Flannel**\n\n    Install *it*:\n\n    !!! note "On',
    );
    // Tabs would become blanks in code that is indented.
    expect(mkdocs).toContain(
      '\n\n    <pre><code class="language-bash">install &#123;flannel&#125;&#10;&#10;&#9;tab</code></pre>',
    );
    expect(mkdocs).toContain("    #### Deeper\n\n    - word\n\n    <!-- -->\n\n        more\n\n=== ");
    expect(mkdocs).toMatch(
      /\n=== "b "x" &amp; c"\n\n {4}\*\*With `B`\*\*\n\n {4}!!! warning "On every host."\n\n {8}Stop .*\n\n {4}<!-- -->\n\n {8}install b\n\n### For both/,
    );
    // Elsewhere they are sections, each with what it is for.
    expect(toMarkdown(page(ALTERNATIVES), "github")).toMatch(/### Flannel\n[\s\S]*Only if `NET` is `flannel`/);
  });

  test("what is folded around an alternative leaves it a section", () => {
    const folded = ALTERNATIVES.replace("#### Deeper", "<details>\n\n#### Deeper").replace("End.", "</details>");
    for (const form of ["mkdocs", "docusaurus"] as const) {
      const shown = toMarkdown(page(folded), form);
      expect(shown).not.toMatch(/^=== |<Tabs/m);
      expect(shown).toMatch(/### Flannel\n[\s\S]*Only if `NET` is `flannel`/);
    }
  });

  test("MkDocs: what is in lists and quotes stays there, and what is behind them does not get into them", () => {
    const shown = (text: string): string => toMarkdown(page(text), "mkdocs");
    expect(shown("- ```sh\n  a\n  ```\n- b\n")).toBe("- <!-- -->\n\n        a\n\n- b\n");
    expect(shown("> Text\n> - a\n>   - b\n>   more\n> 1. c\n")).toBe(
      "> Text\n>\n> - a\n>     - b\n>         more\n>\n> <!-- -->\n>\n> 1. c\n",
    );
    expect(shown("- a\n   - b\n      - c\n\n        d\n")).toBe("- a\n\n    - b\n\n        - c\n\n            d\n");
    expect(shown("- a\n  - b\n\n  ```\n  c\n  ```\n  ```\n  d\n  ```\n")).toBe(
      "- a\n    - b\n\n    <!-- -->\n\n        c\n\n\n    <!-- -->\n\n        d\n",
    );
    expect(shown("> - > a\n>   > b\n>\n>   ![](c.png)\n> - d\n")).toBe(
      "> - <!-- -->\n>\n>     > a\n>     > b\n>\n>     ![](c.png)\n>\n> - d\n",
    );
  });

  test("alerts are what the site has for them", async () => {
    const text =
      "> [!WARNING]\n> Do *not*:\n> - a\n>   {b}\n>\n>   ```sh\n>   c\n>   ```\nlazy\n\n- > [!CAUTION]\n  > x\n\n> [!NOTE]\n";
    expect(toMarkdown(page(text), "github")).toBe(text);
    expect(toMarkdown(page(text), "hugo")).toContain("\n> **Warning:**\n> Do *not*:\n> - a");
    expect(toMarkdown(page(text), "mkdocs")).toBe(
      "!!! warning\n\n    Do *not*:\n\n    - a\n        {b}\n\n            c\n\nlazy\n\n- <!-- -->\n\n    !!! caution\n\n        x\n\n!!! note\n",
    );
    const html = (await renderMdx(toMarkdown(page(text), "docusaurus"))).replaceAll(/\n+/g, "");
    expect(html).toContain('<aside kind="warning"><p>Do <em>not</em>:</p><ul><li><p>a{b}</p><pre>');
    expect(html).toContain('<aside kind="danger">');
  });

  test("values stand first, also where front matter goes and there is no title", () => {
    const text = "---\nrunbook: { inputs: { A: {} }, defaults: { on: all } }\n---\n\n```bash {#a}\necho $A\n```\n";
    expect(toMarkdown(page(text), "github")).toBe(
      "> **Set these first, in every terminal that you use.**\n\n```bash\nexport A=''\n```\n\n> **On every host.**\n\n```bash\necho $A\n```\n",
    );
  });

  test("keeps line ends, and a file that is no runbook as it is", () => {
    expect(toMarkdown(page(GUIDE.replaceAll("\n", "\r\n")), "github")).toBe(
      toMarkdown(page(GUIDE), "github").replaceAll("\n", "\r\n"),
    );
    expect(toMarkdown(page("# Prose\n\n```bash {1,3}\nls\n```\n"), "github")).toBe(
      "# Prose\n\n```bash {1,3}\nls\n```\n",
    );
  });
});

describe("what a page would not show", () => {
  const codes = (text: string, form: Form): readonly string[] => formProblems(page(text), form).map(({ code }) => code);

  test.each<[Form, string, readonly string[]]>([
    ["github", "a <b>b</b>\n\n{{< x\n", []],
    ["hugo", "a <b>b</b> <i>c</i>\n", ["WM8091"]],
    ["hugo", '<img src="a.png">\n', []],
    ["hugo", "<details>\n<summary>x</summary>\n\n<!-- quiet -->\n\n</details>\n", []],
    ["hugo", "{{< x\n", ["WM8092"]],
    ["mkdocs", "~~gone~~\n", ["WM8093"]],
    ["mkdocs", "- a\n\n  ```\n  b\n  ```\n\n```\n\ttop\n```\n", []],
    ["mkdocs", "- a\n\n  ```\n  \tb\n  ```\n", []],
    ["mkdocs", "a\n\n\t\tb\n", ["WM8094"]],
    ["mkdocs", "a[^1] b[^1]\n\n[^1]: c\n", ["WM8098"]],
    ["docusaurus", "a[^1]\n\n[^1]: c\n", []],
    ["mkdocs", ALTERNATIVES, ["WM8099"]],
    ["docusaurus", ALTERNATIVES, []],
    ["docusaurus", "a <span class='x'>b</span> <kbd>c</kbd> <br>\n", ["WM8095"]],
    ["docusaurus", '<kbd>c</kbd> [a] <img src="a.png">\n', []],
  ])("%s: %j", (form, text, expected) => {
    expect(codes(text, form)).toEqual(expected);
  });

  test("files and roles that are named in braces alone", () => {
    const block = "```ini {#a on=worker,!arch file=/etc/x.conf}\na\n```\n";
    const told = (prose: string): readonly string[] =>
      hiddenFromReaders(page(`${prose}\n\n${block}`)).map(({ code }) => code);
    expect(told("# Do it")).toEqual(["WM8096", "WM8097"]);
    expect(told("# Workers\n\nPut this into `/etc/x.conf`:")).toEqual([]);
    // What another section says is not said here; what a heading around it says is.
    expect(told("# Workers\n\nHere is x.conf.\n\n# Next")).toEqual(["WM8097"]);
    expect(told("# Nodes\n\nOn the workers, x.conf:\n\n## One\n\nText.\n\n## Two")).toEqual([]);
    expect(told("# Nodes\n\n## The workers have x.conf\n\n## Two")).toEqual(["WM8097"]);
  });

  test("names that only look like others tell nothing, nor does code", () => {
    const told = (prose: string, tag: string): readonly string[] =>
      hiddenFromReaders(page(`${prose}\n\n\`\`\`ini {#a ${tag}}\nx.conf db\n\`\`\`\n`)).map(({ code }) => code);
    expect(told("Look at all-x.conf and x.conf.bak, not at feedback:", "on=db file=/etc/x.conf")).toEqual([
      "WM8096",
      "WM8097",
    ]);
    expect(told("```\ncat /etc/x.conf\n```\n\nThe DBs:", "on=db file=/etc/x.conf")).toEqual(["WM8096"]);
    expect(told("The hosts know it:", "on=all file=/etc/hosts")).toEqual(["WM8096"]);
    expect(told("The `hosts` of the control plane:", "on=control-plane file=/etc/hosts")).toEqual([]);
    expect(told("Said in (/etc/hosts), everywhere:", "on=all,local file=/etc/hosts")).toEqual([]);
  });
});
