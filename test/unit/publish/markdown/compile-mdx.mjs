import { compile } from "@mdx-js/mdx";
import remarkDirective from "remark-directive";
import remarkFrontmatter from "remark-frontmatter";
import remarkGfm from "remark-gfm";

// Not TypeScript: MDX's types would change those of every tree in this project.
export async function compileMdx(text) {
  await compile(text, { remarkPlugins: [remarkFrontmatter, remarkGfm, remarkDirective] });
}
