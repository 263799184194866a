import { encodeLine, quote } from "./agent-protocol.ts";

/** Makes an agent run a program of copy-programs.ts, with these variables; they are byte strings. */
export function copyRequest(program: string, variables: Readonly<Record<string, string>>): Buffer {
  const set = Object.entries(variables).map(([name, value]) => `${name}=${quote(value)}; `);
  const line = [
    `wm_s=${quote(program)}; wm_mark o; if wm_work; then `,
    // Its stdout is the agent's, its stderr is kept.
    `{ wm_x=$({ umask "\${wm_umask:-022}"; export LC_ALL=C; ${set.join("")}eval "$wm_s"; } 2>&1 >&3 3>&-); } 3>&1; `,
    // One that failed may have left some of its input, which is nothing to evaluate.
    `wm_y=$?; wm_s=$wm_x; wm_idle; wm_x=$wm_s; else wm_y=\${wm_unleased:+1} wm_x="! $wm_unleased"; fi; `,
    `wm_mark e; printf %s "$wm_x"; wm_reply "\${wm_y:-unleased}"; [ "$wm_y" = 0 ] || wm_bye\n`,
  ];
  return encodeLine(Buffer.from(line.join(""), "latin1"));
}

/** Names as programs take them; below a folder, or `path` itself. */
export function nameList(names: readonly string[], path: string): Buffer {
  return Buffer.from(names.map((name) => `${name === "" ? path : `./${name}`}\0`).join(""), "latin1");
}

/** A text as a byte string. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString("latin1");
}

export function textOf(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString();
}

/**
 * What the programs said on stderr, in one line: that of the first which is no chatter of dd(1), about `path` instead
 * of what they call it.
 */
export function refusal(stderr: string, path: string): string {
  const lines = stderr.split("\n").filter((line) => line !== "" && !/^\d+\+\d+ records |^\d+ bytes /.test(line));
  const own = lines.find((line) => line.startsWith("! "));
  if (own !== undefined) return own.slice(2);
  const [first] = lines;
  if (first === undefined) return `${path}: it did not come to an end`;
  const said = /: ([^:]+)$/.exec(first)?.[1] ?? first;
  // So tar(1) says it.
  const reason = /^Wrote only \d+ of/.test(said) ? "No space left on device" : said;
  const name = /'(?:\.\/)?([^']+?)\/?'[^']*$|^[a-z0-9]+: (?:can't \w+ )?(?:\.\/)?([^\s']\S*?):/.exec(first);
  const what = (name?.[1] ?? name?.[2] ?? "").replace(/\/$/, "");
  const known = what === "" || what.startsWith(".waymark-") || what.startsWith("standard ") || /^f(\/|$)/.test(what);
  return `${known ? path : what.startsWith("/") ? what : `${path}/${what}`}: ${reason}`;
}
