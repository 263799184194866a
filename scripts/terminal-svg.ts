/*
 * `tmux capture-pane -e -p | node scripts/terminal-svg.ts TITLE > FILE.svg`: what stands on a terminal, as a picture. As
 * wide as its widest line.
 */
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { terminalPicture } from "./terminal-picture.ts";

const [title = "waymark", columns] = process.argv.slice(2);
const screen = await text(process.stdin);
const lines = stripVTControlCharacters(screen).replace(/\n$/, "").split("\n");
const picture = {
  screen,
  title,
  description: lines.map((line) => line.trimEnd()).join("\n"),
  columns: columns === undefined ? Math.max(1, ...lines.map((line) => stringWidth(line))) : Number(columns),
  rows: lines.length,
};
process.stdout.write(await terminalPicture(picture));
