import { compile, evaluate } from "@mdx-js/mdx";
import remarkDirective from "remark-directive";
import remarkFrontmatter from "remark-frontmatter";
import remarkGfm from "remark-gfm";

// Not TypeScript: MDX's types would change those of every tree in this project.
export async function compileMdx(text) {
  await compile(text, { remarkPlugins: [remarkFrontmatter, remarkGfm, remarkDirective] });
}

const fragment = Symbol("several elements");

export async function renderMdx(text) {
  const components = {};
  const remarkPlugins = [remarkFrontmatter, remarkGfm, remarkDirective, () => boxes, () => theme(components)];
  const { default: content } = await evaluate(text, { remarkPlugins, Fragment: fragment, jsx: element, jsxs: element });
  return content({ components }).html;
}

/** What a page may have of Docusaurus's theme: it is there once it is imported, and shows what it is given. */
const THEME = {
  Tabs: ({ groupId, children }) => element("section", { "data-group": groupId, children }),
  TabItem: ({ value, label, children }) => element("div", { "data-tab": value, title: label, children }),
};

function theme(components) {
  return (root) => {
    root.children = root.children.filter((node) => {
      if (node.type !== "mdxjsEsm") return true;
      for (const line of node.value.split("\n")) {
        const [, name, path] = /^import (\w+) from '@theme\/(\w+)';$/.exec(line) ?? [];
        if (name !== path || !(name in THEME)) throw new Error(`no such import: ${line}`);
        components[name] = THEME[name];
      }
      return false;
    });
  };
}

/** Docusaurus reads names of headings, and shows these as boxes; any other directive it leaves out, or shows as text. */
function boxes(node) {
  if (node.type === "heading" && node.children.at(-1)?.type === "text") {
    node.children.at(-1).value = node.children.at(-1).value.replace(/\s*\{#[\w-]+\}$/, "");
  }
  if (node.type === "containerDirective" && /^(?:note|tip|info|warning|danger)$/.test(node.name))
    node.data = { hName: "aside", hProperties: { kind: node.name } };
  for (const child of node.children ?? []) boxes(child);
}

/** JSX as HTML. */
function element(type, { children = [], ...attributes }) {
  if (typeof type === "function") return type({ children, ...attributes });
  const given = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(String(value))}"`);
  const inner = [children]
    .flat(9)
    .map((child) => (child?.html === undefined ? escaped(String(child ?? "")) : child.html));
  const html = type === fragment ? inner.join("") : `<${type}${given.join("")}>${inner.join("")}</${type}>`;
  return { html };
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
