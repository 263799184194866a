import { listed, literal, type Words } from "./words.ts";

/*
 * The usual conditions in CEL, told to a reader who looks at hosts and output himself. What is not usual is not guessed
 * at: it is shown as it is written.
 */

const TEXT = String.raw`'([^'\\]*)'|"([^"\\]*)"`;
const UNNAMED = String.raw`(?:'[^'\\]*'|"[^"\\]*")`;

/** Forms of conditions, and how they are said. `$1`, … are what the groups of the form have matched. */
type Form = readonly [form: RegExp, say: (...groups: string[]) => Words];

const one = (source: string): RegExp =>
  new RegExp(`^${source.replaceAll("TEXT", `(?:${TEXT})`).replaceAll("LIST", `${UNNAMED}(?:, ?${UNNAMED})*`)}$`);

const WHEN: readonly Form[] = [
  [one("vars\\.(\\w+) == TEXT"), (name, a, b) => [literal(name), " is ", value(a, b)]],
  [one("vars\\.(\\w+) != TEXT"), (name, a, b) => [literal(name), " is not ", value(a, b)]],
  [one("vars\\.(\\w+) in \\[(LIST)\\]"), (name, list) => [literal(name), " is ", ...either(list)]],
  [one("host\\.arch == TEXT"), (a, b) => ["the host's processor is ", value(a, b)]],
  [one("host\\.arch in \\[(LIST)\\]"), (list) => ["the host's processor is ", ...either(list)]],
  [one("host\\.os\\.id == TEXT"), (a, b) => ["the host runs ", value(a, b)]],
  [one("host\\.os\\.id in \\[(LIST)\\]"), (list) => ["the host runs ", ...either(list)]],
  [one("host\\.os\\.like\\.contains\\(TEXT\\)"), (a, b) => ["the host runs something like ", value(a, b)]],
  [one("host\\.name == TEXT"), (a, b) => ["the host is ", value(a, b)]],
  [one("TEXT in host\\.groups"), (a, b) => ["the host is one of ", value(a, b)]],
];

const EXPECTED: readonly Form[] = [
  [one("exit == 0"), () => ["it succeeds"]],
  [one("exit == (\\d+)"), (status) => ["it ends with exit status ", status]],
  [one("exit != 0"), () => ["it fails"]],
  [one("(stdout|stderr)(?:\\.trim\\(\\))? == (?:''|\"\")"), (stream) => [`it prints ${nothing(stream)}`]],
  [one("stdout(?:\\.trim\\(\\))? == TEXT"), (a, b) => ["it prints ", value(a, b)]],
  [one("stdout\\.contains\\(TEXT\\)"), (a, b) => ["what it prints has ", value(a, b), " in it"]],
  [one("stderr\\.contains\\(TEXT\\)"), (a, b) => ["its error message has ", value(a, b), " in it"]],
  [one("stdout\\.startsWith\\(TEXT\\)"), (a, b) => ["what it prints begins with ", value(a, b)]],
  [one("stdout(?:\\.trim\\(\\))? == vars\\.(\\w+)"), (name) => ["it prints the value of ", literal(name)]],
  [one("size\\(lines\\) == (\\d+)"), (count) => [`it prints ${counted(count, "line")}`]],
  [one("size\\(lines\\) > 0"), () => ["it prints something"]],
  [one("size\\(table\\) == (\\d+)"), (count) => [`it lists ${counted(count, "row")}`]],
  [one("size\\(table\\) == size\\(hosts\\)"), () => ["it lists a row for each host"]],
  [one("table\\[0\\]\\.(\\w+) == TEXT"), (column, a, b) => [literal(column), " is ", value(a, b)]],
  [
    one("table\\[0\\]\\.(\\w+) == vars\\.(\\w+)"),
    (column, name) => [literal(column), " is the value of ", literal(name)],
  ],
  [
    one("table\\[0\\]\\.(\\w+)\\.startsWith\\(TEXT\\)"),
    (column, a, b) => [literal(column), " begins with ", value(a, b)],
  ],
  [
    one("table\\.all\\((\\w+), \\1\\.(\\w+) == TEXT\\)"),
    (_row, column, a, b) => ["in every row, ", literal(column), " is ", value(a, b)],
  ],
  [
    one("table\\.all\\((\\w+), \\1\\.(\\w+) in \\[(LIST)\\]\\)"),
    (_row, column, list) => ["in every row, ", literal(column), " is ", ...either(list)],
  ],
];

/** A condition of `when`; it follows *only if*. */
export function whenWords(source: string): Words {
  return inWords(source, WHEN) ?? [literal(source.trim())];
}

/** An expectation; it follows *expect that*. */
export function expectedWords(source: string): Words {
  return inWords(source, EXPECTED) ?? [literal(source.trim())];
}

/** Nothing where any part of it has no words: half a condition would be another one. */
function inWords(source: string, forms: readonly Form[]): Words | undefined {
  const text = source.trim();
  for (const [sign, word] of [
    ["||", "or"],
    ["&&", "and"],
  ] as const) {
    const parts = text.split(sign);
    if (parts.length === 1) continue;
    // With both, or within brackets or text, the order of reading is not that of the words.
    if (
      /[()]/.test(text.replaceAll(/\w+\((?:[^()'"]|'[^']*'|"[^"]*")*\)/g, "")) ||
      (sign === "||" && text.includes("&&"))
    )
      return undefined;
    const words = parts.map((part) => inWords(part, forms));
    return words.every((part) => part !== undefined) ? listed(words, word) : undefined;
  }
  for (const [form, say] of forms) {
    const match = form.exec(text);
    if (match !== null) return say(...match.slice(1).map((group) => group ?? ""));
  }
  return undefined;
}

function value(single: string | undefined, double: string | undefined): Words[number] {
  return literal((single ?? "") || (double ?? ""));
}

function either(list: string): Words {
  const items = [...list.matchAll(new RegExp(TEXT, "g"))].map(([, single, double]) => [value(single, double)]);
  return listed(items, "or");
}

function nothing(stream: string): string {
  return stream === "stderr" ? "no error message" : "nothing";
}

function counted(count: string, what: string): string {
  return `${count} ${what}${count === "1" ? "" : "s"}`;
}
