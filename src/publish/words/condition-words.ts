import { type Claim, conditionWords, type ReadClaim } from "./condition-tree.ts";
import { articleOf, nounOf } from "./host-nouns.ts";
import { listed, literal, type Words } from "./words.ts";

/*
 * The usual conditions in CEL, told to a reader who looks at hosts and output himself. What is not usual is not guessed
 * at: it is shown as it is written.
 */

/** Conditions of `when` that must all hold; they follow *only if*. */
export function whenWords(sources: readonly string[]): Words {
  const all = conditionWords(sources, whenClaim);
  if (all !== undefined) return all;
  const parts = sources.map((source): Words => conditionWords([source], whenClaim) ?? [literal(source.trim())]);
  return parts.flatMap((part, index) => (index === 0 ? part : [", and ", ...part]));
}

/** An expectation; it follows *expect that*. */
export function expectedWords(source: string): Words {
  return conditionWords([source], expectedClaim) ?? [literal(source.trim())];
}

/** A form of a claim, and what it says. */
type Form = readonly [form: RegExp, say: (...groups: string[]) => Claim | undefined];

const TEXT = String.raw`(?:'[^'\\]*'|"[^"\\]*")`;

/** What is said whole, whatever the words of its parts would be. */
const WHEN: readonly Form[] = [
  form("host\\.os\\.id == (TEXT)", (text) => runs(named(text))),
  form("host\\.os\\.id != (TEXT)", (text) => denial(runs(named(text)))),
  form("host\\.os\\.id in \\[(TEXT(?:, *TEXT)*)\\]", (list) => runs(either(list))),
  form("host\\.os\\.like\\.contains\\((TEXT)\\)", (text) => likes(named(text))),
  form("(TEXT) in host\\.os\\.like", (text) => likes(named(text))),
  form("(TEXT) in host\\.groups", (text) => member(text.slice(1, -1))),
  form("host in groups\\.(\\w+)", member),
  form("has\\((?:host\\.)?vars\\.(\\w+)\\)", (name) => {
    return { subject: [literal(name)], is: "has a value", isNot: "has no value", object: [] };
  }),
];

const WHEN_SUBJECTS: readonly (readonly [form: RegExp, say: (name: string) => Words])[] = [
  [/^(?:host\.)?vars\.(\w+)$/, (name) => [literal(name)]],
  [/^host\.name$/, () => ["the host"]],
  [/^host\.arch$/, () => ["the host's processor"]],
  [/^host\.os\.name$/, () => ["the host's system"]],
  [/^host\.os\.version$/, () => ["the version of the host's system"]],
  [/^host\.kernel$/, () => ["the host's kernel"]],
  [/^host\.address$/, () => ["the host's address"]],
  [/^size\(hosts\)$/, () => ["the number of hosts"]],
  [/^size\(groups\.(\w+)\)$/, (name) => [`the number of ${nounOf(name).many}`]],
];

const EXPECTED: readonly Form[] = [
  form("exit == 0", () => ({ subject: ["it"], is: "succeeds", isNot: "fails", object: [] })),
  form("exit != 0", () => ({ subject: ["it"], is: "fails", isNot: "succeeds", object: [] })),
  form("exit == (\\d+)", (status) => it("ends", "end", [`with exit status ${status}`])),
  form("stdout(?:\\.trim\\(\\))? == (?:''|\"\")", () => prints("nothing", "something")),
  form("stdout(?:\\.trim\\(\\))? != (?:''|\"\")", () => prints("something", "nothing")),
  form("stderr(?:\\.trim\\(\\))? == (?:''|\"\")", () => prints("no error message", "an error message")),
  form("stderr(?:\\.trim\\(\\))? != (?:''|\"\")", () => prints("an error message", "no error message")),
  form("size\\(lines\\) > 0", () => prints("something", "nothing")),
  form("size\\(lines\\) == (\\d+)", (count) => it("prints", "print", [counted(count, "line")])),
  form("size\\(table\\) == (\\d+)", (count) => it("lists", "list", [counted(count, "row")])),
  form("size\\(table\\) == size\\(hosts\\)", () => it("lists", "list", ["a row for each host"])),
  form("stdout(?:\\.trim\\(\\))? == (.+)", (object) => {
    const words = objectOf(object);
    return words && it("prints", "print", words);
  }),
  form("(stdout|stderr)\\.contains\\((TEXT)\\)", (stream, text) => {
    const subject = stream === "stdout" ? "what it prints" : "its error message";
    return { subject: [subject], is: "has", isNot: "does not have", object: [...named(text), " in it"] };
  }),
  form("table\\.(all|exists)\\((\\w+), *(.+)\\)", (which, row, inner) => {
    const column = new RegExp(`^${row}\\.(\\w+)$`);
    return within(which === "all" ? "in every row, " : "in a row, ", inner, [[column, (name) => [literal(name)]]]);
  }),
  form("lines\\.(all|exists)\\((\\w+), *(.+)\\)", (which, line, inner) => {
    return within("", inner, [[new RegExp(`^${line}$`), () => [which === "all" ? "every line" : "a line"]]]);
  }),
];

const EXPECTED_SUBJECTS: typeof WHEN_SUBJECTS = [
  [/^stdout(?:\.trim\(\))?$/, () => ["what it prints"]],
  [/^stderr(?:\.trim\(\))?$/, () => ["its error message"]],
  [/^exit$/, () => ["its exit status"]],
  [/^size\(lines\)$/, () => ["the number of lines"]],
  [/^size\(table\)$/, () => ["the number of rows"]],
  [/^table\[0\]\.(\w+)$/, (column) => [literal(column)]],
  [/^json\.([\w.]+)$/, (path) => [literal(path)]],
];

const whenClaim: ReadClaim = (source) => claimOf(source, WHEN, WHEN_SUBJECTS);
const expectedClaim: ReadClaim = (source) => claimOf(source, EXPECTED, EXPECTED_SUBJECTS);

function claimOf(source: string, forms: readonly Form[], subjects: typeof WHEN_SUBJECTS): Claim | undefined {
  for (const [pattern, say] of forms) {
    const match = pattern.exec(source);
    if (match !== null) return say(...match.slice(1).map((group) => group ?? ""));
  }
  return compared(source, subjects);
}

/** By operator or method; the second is the denial. */
const VERBS: ReadonlyMap<string, readonly [is: string, isNot: string]> = new Map([
  ["==", ["is", "is not"]],
  ["!=", ["is not", "is"]],
  ["<", ["is less than", "is at least"]],
  ["<=", ["is at most", "is more than"]],
  [">", ["is more than", "is at most"]],
  [">=", ["is at least", "is less than"]],
  ["startsWith", ["begins with", "does not begin with"]],
  ["endsWith", ["ends with", "does not end with"]],
  ["contains", ["contains", "does not contain"]],
  ["matches", ["matches", "does not match"]],
]);

/** Something that is compared with something. */
function compared(source: string, subjects: typeof WHEN_SUBJECTS): Claim | undefined {
  const [, left = "", list] = new RegExp(`^(.+?) in \\[(${TEXT}(?:, *${TEXT})*)\\]$`).exec(source) ?? [];
  if (list !== undefined) return claim(left, "==", either(list), subjects);
  const [, called = "", method, given = ""] = /^(.+?)\.(\w+)\((.+)\)$/.exec(source) ?? [];
  const [, of = "", operator, right = ""] = /^(.+?) *(==|!=|<=|>=|<|>) *(.+)$/.exec(source) ?? [];
  if (operator !== undefined) return claim(of, operator, objectOf(right), subjects);
  return method === undefined ? undefined : claim(called, method, objectOf(given), subjects);
}

function claim(
  subject: string,
  operator: string,
  object: Words | undefined,
  subjects: typeof WHEN_SUBJECTS,
): Claim | undefined {
  const verbs = VERBS.get(operator);
  const plain = subject.replace(/^(?:int|double)\((.+)\)$/, "$1");
  for (const [pattern, say] of subjects) {
    const match = pattern.exec(plain);
    if (match === null) continue;
    return object && verbs && { subject: say(match[1] ?? ""), is: verbs[0], isNot: verbs[1], object };
  }
  return undefined;
}

/** What something is compared with; nothing for what has no words. */
function objectOf(source: string): Words | undefined {
  const text = source.trim();
  if (text === "''" || text === '""') return ["empty"];
  if (new RegExp(`^${TEXT}$`).test(text)) return named(text);
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return [text];
  if (/^(?:true|false)$/.test(text)) return [literal(text)];
  const name = /^(?:int\()?vars\.(\w+)\)?$/.exec(text)?.[1];
  if (name !== undefined) return ["the value of ", literal(name)];
  if (text === "host.name") return ["the name of the host"];
  if (text === "size(hosts)") return ["the number of hosts"];
  const groups = text.split(" + ").map((size) => /^size\(groups\.(\w+)\)$/.exec(size.trim())?.[1]);
  if (!groups.every((group) => group !== undefined)) return undefined;
  return ["the number of ", ...listed(groups.map((group) => [nounOf(group).many]))];
}

/** A claim about the parts of something. Its denial is another claim. */
function within(where: string, source: string, subjects: typeof WHEN_SUBJECTS): Claim | undefined {
  const inner = compared(source, subjects);
  if (inner === undefined) return undefined;
  const { subject, is, object } = inner;
  return { subject: where === "" ? subject : [where, ...subject], is, object };
}

function form(source: string, say: Form[1]): Form {
  return [new RegExp(`^${source.replaceAll("TEXT", TEXT)}$`), say];
}

function runs(object: Words): Claim {
  return { subject: ["the host"], is: "runs", isNot: "does not run", object };
}

function likes(object: Words): Claim {
  return runs(["something like ", ...object]);
}

function member(group: string): Claim {
  const noun = nounOf(group);
  return { subject: ["the host"], is: "is", isNot: "is not", object: [`${articleOf(noun)} ${noun.one}`] };
}

function it(is: string, isNot: string, object: Words): Claim {
  return { subject: ["it"], is, isNot: `does not ${isNot}`, object };
}

/** @param otherwise what it prints if not that */
function prints(what: string, otherwise: string): Claim {
  return { subject: ["it"], is: `prints ${what}`, isNot: `prints ${otherwise}`, object: [] };
}

function denial({ isNot = "", is, ...others }: Claim): Claim {
  return { ...others, is: isNot, isNot: is };
}

/** @param text with its quotes */
function named(text: string): Words {
  return [literal(text.slice(1, -1))];
}

function either(list: string): Words {
  return listed(
    [...list.matchAll(new RegExp(TEXT, "g"))].map(([text]) => named(text)),
    "or",
  );
}

function counted(count: string, what: string): string {
  return `${count} ${what}${count === "1" ? "" : "s"}`;
}
