import type { List } from "mdast";
import type { Located } from "../model/source.ts";
import { plainText, rangeOf } from "./markdown.ts";
import type { SourceText } from "./source-text.ts";

/** Every item has a box to tick (GFM 5.3). */
export function isTaskList(list: List): boolean {
  return list.children.length > 0 && list.children.every((item) => typeof item.checked === "boolean");
}

/** What there is to do, item by item; tasks below an item follow it. */
export function tasksOf(list: List, source: SourceText): readonly Located<string>[] {
  return list.children.flatMap((item) => {
    const own = item.children.filter((child) => child.type !== "list");
    const lists = item.children.filter((child) => child.type === "list");
    const nested = lists.filter(isTaskList);
    const words = [...own, ...lists.filter((child) => !isTaskList(child))].map(plainText);
    const text = words.filter((word) => word !== "").join(" ");
    return [source.located(text, rangeOf(item)), ...nested.flatMap((child) => tasksOf(child, source))];
  });
}
