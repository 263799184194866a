/**
 * The search of a report. It looks through everything that can be folded, shows only what fits, opened, and marks it.
 * Without it all is there and the browser's own search finds it, in what is folded too.
 */
export const REPORT_SCRIPT = `"use strict";
const box = document.querySelector("search");
const input = box.querySelector("input");
const said = box.querySelector("output");
const main = document.querySelector("main");
const units = [...main.querySelectorAll("[data-find]")];
const parts = [...main.querySelectorAll(".more, article.step, section")];
const texts = new WeakMap();
const opened = new Set();
box.hidden = false;

function textOf(unit) {
  let text = texts.get(unit);
  if (text === undefined) texts.set(unit, (text = unit.textContent.toLowerCase()));
  return text;
}

function look(query) {
  for (const unit of opened) unit.open = false;
  opened.clear();
  CSS.highlights?.clear();
  if (query === "") {
    for (const each of [...units, ...parts]) each.hidden = false;
    said.textContent = "";
    return;
  }
  let found = 0;
  const shown = [];
  for (const unit of units) {
    const fits = textOf(unit).includes(query);
    unit.hidden = !fits;
    if (!fits) continue;
    found++;
    if (shown.length >= 50) continue;
    shown.push(unit);
    const within = [...unit.querySelectorAll("details")].filter((inner) => textOf(inner).includes(query));
    const around = [];
    for (let above = unit; above !== main; above = above.parentElement) around.push(above);
    for (const folded of [...around, ...within]) {
      if (folded.tagName !== "DETAILS" || folded.open) continue;
      folded.open = true;
      opened.add(folded);
    }
  }
  for (const part of parts) {
    const own = part.querySelector("h3, h2");
    const named = part.matches(".step") && own !== null && textOf(own).includes(query);
    part.hidden = !named && part.querySelector("[data-find]:not([hidden])") === null;
    if (part.hidden || !named) continue;
    for (const unit of part.querySelectorAll("[data-find], .more")) unit.hidden = false;
    for (let above = part.parentElement; above !== main; above = above.parentElement) above.hidden = false;
  }
  mark(query, shown);
  said.textContent = found === 0 ? "nothing found" : found === 1 ? "1 place" : found + " places";
}

function mark(query, shown) {
  if (CSS.highlights === undefined) return;
  const ranges = [];
  for (const unit of shown) {
    const walker = document.createTreeWalker(unit, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && ranges.length < 2000) {
      const text = walker.currentNode.data.toLowerCase();
      for (let at = text.indexOf(query); at >= 0; at = text.indexOf(query, at + query.length)) {
        if (at + query.length > walker.currentNode.data.length) break;
        const range = new Range();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + query.length);
        ranges.push(range);
      }
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}

let waiting;
input.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => look(input.value.trim().toLowerCase()), 200);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target !== input && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    input.focus();
  }
});
`;
