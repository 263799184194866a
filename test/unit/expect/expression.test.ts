import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Expression, parseExpression } from "../../../src/expect/expression.ts";
import { partsOf, textOf } from "../../../src/expect/tree.ts";

function parsed(source: string, kind: "expect" | "when" = "expect"): Expression {
  const result = parseExpression(source, kind);
  if (!result.ok) throw new Error(`${source}: ${result.message}`);
  return result.expression;
}

function problem(source: string, kind: "expect" | "when" = "expect"): [number, string] {
  const result = parseExpression(source, kind);
  if (result.ok) throw new Error(`${source} is fine`);
  return [result.offset, result.message];
}

describe("what an expression names", () => {
  test.each([
    ['table.all(n, n.STATUS == "Ready") && size(table) == size(hosts)', ["hosts", "table"]],
    ["results.all(r, r.stdout == results[0].stdout)", ["results"]],
    ["int(stdout) >= 30000 && type(exit) == int", ["exit", "stdout"]],
    ["cel.bind(v, vars.A, v == stdout)", ["stdout", "vars"]],
    ['table.all(lines, lines.NAME == "x")', ["table"]],
    ["lines.exists(l, l in lines)", ["lines"]],
  ])("%s", (source, names) => {
    expect([...parsed(source).names].sort()).toEqual(names);
  });

  test("variables, captures and groups by name", () => {
    const { vars, captures, groups, dynamicVars } = parsed(
      'vars.A == vars["B"] && captures.C[host.name] == "" && size(groups.worker) == size(groups["master"])',
    );
    expect([[...vars], [...captures], [...groups], dynamicVars]).toEqual([
      ["A", "B"],
      ["C"],
      ["worker", "master"],
      false,
    ]);
  });

  test.each(["vars[stdout] == ''", "vars.exists(v, v == 'A')", "captures[stdout]['a'] == ''", "'A' in vars"])(
    "%s may ask for any variable",
    (source) => expect(parsed(source).dynamicVars).toBe(true),
  );

  test("the exit status, also of results", () => {
    const exits = (source: string): boolean => parsed(source).mentionsExit;
    expect(exits("exit in [0, 1]")).toBe(true);
    expect(exits("results.all(r, r.exit == 0)")).toBe(true);
    expect(exits("json.exit == 0")).toBe(false);
    expect(exits("[0].all(exit, exit == 0)")).toBe(false);
  });

  test("facts, wherever a host is", () => {
    const facts = (source: string): boolean => parsed(source).needsFacts;
    expect(facts('host.os.id == "debian"')).toBe(true);
    expect(facts('hosts.all(h, h.arch == "aarch64")')).toBe(true);
    expect(facts('host.name == "pi" && host.vars.RACK == "left" && host.address == "" && "x" in host.groups')).toBe(
      false,
    );
    expect(facts('json.arch == "aarch64"')).toBe(false);
  });
});

describe("what is wrong with it, and where", () => {
  test.each([
    ['stdot == ""', 0, 'unknown name "stdot"; did you mean "stdout"?'],
    ['exit == 0 && stdot == ""', 13, 'unknown name "stdot"; did you mean "stdout"?'],
    ["sise(table) == 1", 0, 'unknown function "sise"; did you mean "size"?'],
    ["table.al(n, true)", 9, 'unknown function "al"; did you mean "all"?'],
    ['stdout = "x"', 7, "unexpected =; to compare, write =="],
    ["exit == (0", 10, "the expression ends too early"],
    ["exit == 0)", 9, "unexpected character: ')'"],
    ['exit == "0"', 0, "int == string: these types do not go together"],
    ["duration < 5", 0, "duration < int: these types do not go together"],
    ["host.nmae == ''", 5, "no such key: nmae"],
    ["stdout", 0, "this is a value of type string, not true or false"],
    [
      "results.all(r, r.stdout == stdout)",
      27,
      'results is judged once for all hosts of a batch, where "stdout" has no meaning',
    ],
    ["", 0, "the expression ends too early"],
  ])("%s", (source, offset, message) => {
    expect(problem(source)).toEqual([offset, message]);
  });

  test("names of the output are not known to when", () => {
    expect(problem('stdout == ""', "when")[1]).toMatch(/^"stdout" is not known before the step has run/);
    expect(problem("toString == ''", "when")[1]).toMatch(/^unknown name/);
    expect(parsed('host.os.id == "debian" && vars.A == "b"', "when").needsFacts).toBe(true);
  });

  test("nested beyond measure", () => {
    expect(problem(`${"!".repeat(100_000)}true`)[1]).toBe("the expression is nested too deeply");
  });
});

test("types: a host is compared with its name, a duration with a duration, json with anything", () => {
  for (const source of [
    'host == "pi-1"',
    "host in groups.worker",
    'results.exists(r, r.host == "pi-1")',
    'duration < duration("5s")',
    "json.replicas == 3 && json.name == 'x'",
    "step.hosts.size() == 1",
  ]) {
    expect(parsed(source).source).toBe(source);
  }
});

describe("laws", () => {
  test("never throws, and points into the text", () => {
    const token = fc.constantFrom(
      "stdout",
      "vars",
      ".",
      "X",
      "(",
      ")",
      "[",
      "]",
      "==",
      "&&",
      "'a'",
      "1",
      "!",
      ",",
      "all",
      "-",
      "?",
      ":",
      "{",
      "}",
      " ",
    );
    const source = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(token, { maxLength: 15 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(source, (text) => {
        const result = parseExpression(text, "expect");
        if (!result.ok) {
          expect(result.offset).toBeGreaterThanOrEqual(0);
          expect(result.offset).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 400 },
    );
  });

  test("the text of every part is that part: read again it is written the same way", () => {
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("exit == 0", "stdout == ')('", '"(\\"" != stdout', "size(lines) > 1", "r'\\(' == stdout"),
        fc
          .tuple(tie("tree"), fc.constantFrom("&&", "||", "=="), tie("tree"))
          .map(([a, op, b]) => `(${a}) ${op} ((${b}))`),
        tie("tree").map((inner) => `!( ${inner})`),
        tie("tree").map((inner) => `(lines).all(l, ((${inner})))`),
      ),
    }));
    fc.assert(
      fc.property(tree, (source) => {
        const visit = (text: string): void => {
          const { ast } = parsed(text).program;
          expect(textOf(ast).length).toBeLessThanOrEqual(text.length);
          for (const { node, binds } of partsOf(ast)) {
            const part = textOf(node);
            expect(text).toContain(part);
            expect(count(part, "(")).toBe(count(part, ")"));
            if (binds === undefined && parseExpression(part, "expect").ok) visit(part);
          }
        };
        visit(source);
      }),
    );
  });
});

/** Outside of the string literals used above. */
function count(text: string, character: string): number {
  return text.replaceAll(/r'\\\('|'\)\('|"\(\\""/g, "").split(character).length;
}
