import type { ElementContent } from "hast";

/** A page's content as lines of text, so that a person can check it against the guide. */
export function outline(nodes: readonly ElementContent[]): string {
  return nodes
    .map((node) => blockLines(node))
    .join("")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trimStart();
}

function blockLines(node: ElementContent): string {
  if (node.type === "text") return node.value.trim() === "" ? "" : `${node.value}\n`;
  if (node.type !== "element") return "";
  const { tagName, properties, children } = node;
  const classes = Array.isArray(properties["className"]) ? properties["className"].join(".") : "";
  const id = properties["id"] === undefined ? "" : ` {#${properties["id"]}}`;
  if (/^h[1-6]$/.test(tagName)) return `\n${"#".repeat(Number(tagName[1]))} ${words(children)}${id}\n`;
  if (tagName === "pre") return `${words(children).replaceAll(/^/gm, "    ")}\n`;
  if (tagName === "button") return "";
  if (tagName === "p" || tagName === "summary" || tagName === "label" || tagName === "tr") {
    return `${classes === "" ? "" : `(${classes}) `}${words(children)}\n`;
  }
  if (tagName === "li" && !children.some(isBlock)) return `- ${words(children)}\n`;
  const inner = children.map(blockLines).join("");
  const named = ["section", "div", "details"].includes(tagName) && (classes !== "" || id !== "");
  const attributes = Object.entries(properties).filter(([name]) => /^data|^ariaLabel$|^open$/.test(name));
  const said = attributes.map(([name, value]) => ` ${name}=${JSON.stringify(value)}`).join("");
  if (tagName === "section" && (named || said !== "")) return `\n<section ${classes}${said}>\n${inner}</section>\n`;
  if (named && classes !== "code") return `\n<${classes || tagName}${id}${said}>\n${inner}</>\n`;
  if (tagName === "input" || tagName === "select") return `${words([node])}\n`;
  return inner;
}

function isBlock(node: ElementContent): boolean {
  return node.type === "element" && ["ul", "ol", "p", "div", "label"].includes(node.tagName);
}

function words(nodes: readonly ElementContent[]): string {
  return nodes
    .map((node): string => {
      if (node.type === "text") return node.value;
      if (node.type !== "element") return "";
      const { tagName, properties, children } = node;
      const inner = words(children);
      if (typeof properties["dataVar"] === "string") return `‹${inner}:${String(properties["dataPlace"])}›`;
      if (tagName === "a" && Array.isArray(properties["className"]) && properties["className"].includes("anchor"))
        return "";
      if (tagName === "a") return `[${inner}](${String(properties["href"])})`;
      if (tagName === "code" || tagName === "kbd" || tagName === "sub")
        return nodes.length === 1 ? inner : `\`${inner}\``;
      if (tagName === "img") return `![${String(properties["alt"])}](${String(properties["src"])})`;
      if (tagName === "input" || tagName === "select" || tagName === "option") {
        const facts = [
          "type",
          "dataInput",
          "value",
          "dataPattern",
          "dataType",
          "dataTick",
          "checked",
          "selected",
          "dataSecret",
        ];
        const shown = facts.filter((name) => properties[name] !== undefined && properties[name] !== false);
        return `<${[tagName, ...shown.map((name) => `${name}=${String(properties[name])}`)].join(" ")}>${inner}`;
      }
      return tagName === "td" || tagName === "th" ? `${inner} | ` : inner;
    })
    .join("");
}
