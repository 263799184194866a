import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluateWhen, judgeAttempt, judgeBatch } from "../../../src/expect/judge.ts";
import { attempt, HOSTS, judged, judgedTogether, RUN, SECRET, spanAt } from "./contexts.ts";

const NODES = `NAME   STATUS     AGE
pi-1   Ready      5d
pi-2   NotReady   5d
pi-3   NotReady   4d
`;

describe("what holds", () => {
  test.each<[string, string]>([
    ["stdout == 'x'", "x\n"],
    ["stdout == ''", ""],
    ["lines == ['a', 'b']", "a\r\nb\n"],
    ["size(lines) == 0", ""],
    ["'memory' in stdout.split(' ')", "cpu memory"],
    ["int(stdout) >= 30000", "31234\n"],
    ["stdout == vars.NOTE", "hello\n"],
    ["table[0]['STATUS'] == 'Ready' && table[1].NAME == 'pi-2'", NODES],
    ["size(table) == size(hosts)", NODES],
    [
      "json.items[0].replicas == 3 && json.items[0].replicas + 1 == 4 && json.ratio > 0.5",
      '{"items":[{"replicas":3}],"ratio":0.75}',
    ],
    ["json.constructor == 'c' && json.__proto__ == 'p'", '{"constructor":"c","__proto__":"p"}'],
    ["json == [1, 2]", "[1,2]"],
    ["json", "true"],
    ["exit == 0 && duration > duration('1s') && duration < duration('2s')", ""],
    ["host in groups.worker && !(host in groups.master) && host == 'pi-2'", ""],
    ["captures.ID[host.name] == 'two' && size(captures.ID) == 2", ""],
    ["step.hosts.all(h, h.vars.RACK == 'left') && size(groups.worker) == 2", ""],
    ["!has(vars.LATE)", ""],
  ])("%s", (source, stdout) => expect(judged(source, stdout)).toBe(true));

  test("facts of the host", () => {
    const facts = {
      os: { id: "debian", like: "", version: "12", name: "Debian" },
      arch: "aarch64",
      kernel: "6.6",
      hostname: "pi-2",
      user: "pi",
    };
    const [, pi2] = HOSTS;
    if (!pi2) throw new Error("no host");
    const host = { ...pi2, facts };
    expect(judged("host.os.id == 'debian' && host.arch == 'aarch64' && host.os.like == ''", "", { host })).toBe(true);
    expect(judged("host.os.id == 'debian'", "")).toBe('os of host "pi-2" is not known');
  });

  test("bytes that are no UTF-8 do not stop it", () => {
    const stdout = { bytes: Uint8Array.of(0x61, 0xff, 0x62), truncated: false };
    expect(judged("stdout == 'a\ufffdb'", "", { stdout })).toBe(true);
  });
});

describe("why it does not hold", () => {
  test("both sides of a comparison", () => {
    expect(judged("stdout == vars.NOTE", "x")).toBe('stdout is "x"\nvars.NOTE is "hello"');
    expect(judged("exit == 0", "", { exit: 1 })).toBe("exit is 1");
    expect(judged("duration < duration('1s')", "")).toBe('duration is duration("1.5s")');
  });

  test("of an && only what is false, of an || everything", () => {
    expect(judged("exit == 0 && stdout == ''", "x")).toBe('stdout is "x"');
    expect(judged("exit == 1 || stdout == ''", "x")).toBe('exit is 0\nstdout is "x"');
    expect(judged("!(exit == 0 || stdout == '')", "x")).toBe("exit is 0");
  });

  test("the rows for which `all` does not hold", () => {
    expect(judged("table.all(n, n.STATUS == 'Ready')", NODES)).toBe(
      [
        "false for 2 of 3 in table:",
        '  table[1] is {"NAME": "pi-2", "STATUS": "NotReady", "AGE": "5d"}',
        '    n.STATUS is "NotReady"',
        '  table[2] is {"NAME": "pi-3", "STATUS": "NotReady", "AGE": "4d"}',
        '    n.STATUS is "NotReady"',
      ].join("\n"),
    );
  });

  test("the first five of many", () => {
    const explanation = judged("lines.all(l, l == 'x')", Array.from({ length: 100 }, (_, i) => `l${i}`).join("\n"));
    expect(explanation).toContain('  lines[4] is "l4"\n  … 95 more');
    expect(explanation).not.toContain("l5");
  });

  test("what there was where nothing exists, and what does exist where it should not", () => {
    expect(judged("lines.exists(l, l == 'c')", "a\nb")).toBe(
      'true for none of 2 in lines:\n  lines[0] is "a"\n  lines[1] is "b"',
    );
    expect(judged("!lines.exists(l, l.startsWith('b'))", "a\nb")).toBe('true for 1 of 2 in lines:\n  lines[1] is "b"');
    expect(judged("table.exists(n, n.NAME == 'x')", "")).toBe("table is empty");
  });

  test("how many there are, and which", () => {
    expect(judged("size(lines) == 3", "a\nb")).toBe('size(lines) is 2\nlines is ["a", "b"]');
    expect(judged("table.filter(n, n.STATUS != 'Ready').size() == 0", NODES)).toMatch(
      /^table\.filter\(.*\)\.size\(\) is 2\ntable\.filter\(.*\) is \[\{"NAME": "pi-2"/,
    );
  });

  test("the text that should contain something, without its middle", () => {
    const explanation = judged("stdout.contains('Forwarding')", `first${"x".repeat(100_000)}last`);
    expect(explanation).toMatch(/^stdout is "firstx+… \(\d+ more\) …x+last"$/);
    expect(String(explanation).length).toBeLessThan(500);
  });

  test("the branch that was chosen, the value that was bound", () => {
    expect(judged("exit == 0 ? stdout == 'a' : stdout == 'b'", "b")).toBe('exit is 0\nstdout is "b"');
    expect(judged("cel.bind(n, size(lines), n == 1)", "a\nb")).toBe("n is 2");
  });

  test("a name that a loop takes over is the loop's", () => {
    expect(judged("table.all(lines, lines.NAME == 'pi-1')", "NAME   AGE\npi-9   5d\n")).toBe(
      'false for 1 of 1 in table:\n  table[0] is {"NAME": "pi-9", "AGE": "5d"}\n    lines.NAME is "pi-9"',
    );
  });

  test("parentheses and strings with parentheses in them", () => {
    expect(judged("((stdout == ')') || (exit == (1))) && exit == 0", "(")).toBe('stdout is "("\nexit is 0');
  });

  test("what a terminal would obey is spelled out", () => {
    expect(judged("stdout == ''", '\u001b[31m"\\\u202e\n\t')).toBe(String.raw`stdout is "\u001b[31m\"\\\u202e\n\t"`);
  });

  test("never more than two thousand characters and a bit", () => {
    const rows = Array.from({ length: 50 }, (_, i) => `pi-${i}   ${"x".repeat(80)}`).join("\n");
    const explanation = judged("table.all(a, table.all(b, a.NAME == b.NAME + 'x'))", `NAME   STATUS\n${rows}`);
    expect(String(explanation).length).toBeLessThan(2100);
  });
});

describe("what cannot be worked out has not passed", () => {
  test.each<[string, string, string]>([
    ["json.a == 1", "nope", `stdout is not JSON: Unexpected token 'o', "nope" is not valid JSON`],
    ["json.a == 1", "", "stdout is empty, so it is not JSON"],
    ["json.a == 1", `${"[".repeat(50_000)}${"]".repeat(50_000)}`, "stdout is JSON that is nested too deeply"],
    ["json.a[2] == 1", '{"a":[1]}', "there is no json.a[2]: json.a has 1 item"],
    ["json.a.b == 1", '{"a":null}', 'json.a is null, which has no "b"'],
    ["table[5].NAME == ''", NODES, "there is no table[5]: table has 3 items"],
    ["table[0].NMAE == ''", NODES, 'table[0] has no "NMAE"; it has "NAME", "STATUS", "AGE"'],
    ["int(stdout) == 1", "one", 'int(stdout) is no whole number\nstdout is "one"'],
    ["lines.all(l, int(l) > 0)", "1\nx", 'in lines, where l is "x":\nint(l) is no whole number\nl is "x"'],
    ["vars.LATE == ''", "", "`LATE` is not set: step `late` would set it"],
    ["captures.NOPE['pi-1'] == ''", "", "nothing has captured NOPE yet"],
    ["captures.ID['pi-3'] == ''", "", 'captures.ID has no "pi-3"; it has "pi-1", "pi-2"'],
    ["size(groups.nope) == 1", "", 'groups has no "nope"; it has "master", "worker"'],
    ["json", "{}", "it is {}, not true or false"],
    ["stdot == ''", "", 'unknown name "stdot"; did you mean "stdout"?'],
  ])("%s", (source, stdout, explanation) => expect(judged(source, stdout)).toBe(explanation));

  test("a variable whose name was worked out", () => {
    const declared = ["NOTE", "LATE"];
    expect(judged("vars[stdout] == 'hello'", "NOTE", { declared })).toBe(true);
    expect(judged("vars[stdout] == ''", "LATE", { declared })).toBe("`LATE` is not set: step `late` would set it");
  });

  test("output that was not kept as a whole, unless nobody asks for it", () => {
    const stdout = { bytes: new Uint8Array(), truncated: true };
    expect(judged("!stdout.contains('error')", "", { stdout })).toMatch(/more was printed than is kept/);
    expect(judged("exit == 0 && stderr == ''", "", { stdout })).toBe(true);
  });
});

describe("secrets", () => {
  test("are hidden", () => {
    expect(judged("stdout == vars.TOKEN", `${SECRET}!`)).toBe('stdout is "«secret»!"\nvars.TOKEN is "«secret»"');
  });

  test("no part of one is shown", () => {
    for (const source of [
      "stdout.substring(0, 6) == 'x'",
      "stdout.split('-').all(part, part == 'x')",
      `stdout.contains('${"x".repeat(10)}')`,
      "int(stdout.substring(3)) == 1",
    ]) {
      const explanation = judged(source, `${"y".repeat(190)}${SECRET}${"y".repeat(1000)}`);
      expect(explanation).toContain("«secret»");
      expect(explanation).not.toMatch(/s3c|r3t|cluster/);
    }
  });

  test("a secret step shows nothing of what it printed, but how it ended", () => {
    expect(judged("stdout == ''", "x", { secret: true })).toBe("what the step prints is secret, so it is not shown");
    expect(judged("exit == 0", "x", { secret: true, exit: 3 })).toBe("exit is 3");
  });
});

describe("together", () => {
  test("all hosts printed the same", () => {
    expect(judgedTogether("results.all(r, r.stdout == results[0].stdout)", ["a\n", "a\n"])).toBe(true);
    expect(judgedTogether("results.all(r, r.stdout == results[0].stdout)", ["a", "b"])).toBe(
      [
        "false for 1 of 2 in results:",
        '  results[1] is {"host": "pi-2", "exit": 0, "stdout": "b"}',
        '    r.stdout is "b"',
        '    results[0].stdout is "a"',
      ].join("\n"),
    );
  });

  test("clocks within two seconds", () => {
    const source = "results.all(a, results.all(b, int(a.stdout) - int(b.stdout) <= 2))";
    expect(judgedTogether(source, ["1700000001", "1700000000", "1700000002"])).toBe(true);
    const explanation = judgedTogether(source, ["1700000001", "1700000000", "1700000009"]);
    expect(explanation).toContain('results[2] is {"host": "pi-3"');
    expect(explanation).toContain("int(a.stdout) - int(b.stdout) is 8");
  });

  test("tables, json and hosts of the results", () => {
    expect(judgedTogether("results.exists(r, r.host == 'pi-2' && r.json.ok)", ["{}", '{"ok":true}'])).toBe(true);
    expect(judgedTogether("results.all(r, r.table[0].A == 'x' && r.lines.size() == 2)", ["A  B\nx  y"])).toBe(true);
    expect(judgedTogether("size(results) == size(groups.worker)", ["", ""])).toBe(true);
  });

  test("what is not JSON, and on which host", () => {
    const explanation = judgedTogether("results.all(r, r.json.ok)", ['{"ok":true}', "nope"]);
    expect(explanation).toContain('where r is {"host": "pi-2"');
    expect(explanation).toContain("stdout is not JSON");
  });

  test("each expectation is judged in one place, with its line", () => {
    const expectations = [
      { kind: "cel", source: "exit == 0", span: spanAt(3), hidden: true },
      { kind: "cel", source: "size(results) == 2", span: spanAt(4), hidden: true },
      { kind: "output", lines: ["a"], span: spanAt(5) },
    ] as const;
    expect(judgeAttempt(expectations, attempt("a"))).toEqual([
      { source: "exit == 0", line: 3, passed: true },
      { source: "output", line: 5, passed: true },
    ]);
    expect(judgeBatch(expectations, { ...RUN, secret: false, results: [] })).toEqual([
      { source: "size(results) == 2", line: 4, passed: false, explanation: "size(results) is 0\nresults is []" },
    ]);
  });
});

describe("when", () => {
  const when = (...sources: string[]): unknown => {
    const [, host] = HOSTS;
    if (!host) throw new Error("no host");
    return evaluateWhen(
      sources.map((value) => ({ value, span: spanAt(1) })),
      { ...RUN, host },
    );
  };

  test("all must hold; the first that does not is named", () => {
    expect(when()).toEqual({ value: true });
    expect(when("vars.NOTE == 'hello'", "host in groups.worker")).toEqual({ value: true });
    expect(when("vars.NOTE == 'hello'", "host == 'pi-1'", "vars.LATE == ''")).toEqual({
      value: false,
      source: "host == 'pi-1'",
    });
  });

  test("what cannot be worked out is an error, on one line", () => {
    expect(when("vars.LATE == ''")).toEqual({
      error: "when cannot be worked out: vars.LATE == '': `LATE` is not set: step `late` would set it",
    });
    expect(when("int(vars.NOTE) == 1")).toEqual({
      error: "when cannot be worked out: int(vars.NOTE) == 1: int(vars.NOTE) is no whole number",
    });
    expect(when("stdout == ''")).toEqual({ error: expect.stringContaining("is not known before the step has run") });
  });
});

describe("laws", () => {
  const paths = ["stdout", "json", "json.a", "table[0]", "table[0].A", "lines", "lines[1]", "exit", "vars.NOTE"];
  const atoms = [
    ...paths,
    "vars.LATE",
    "host",
    "hosts",
    "captures.ID",
    "1",
    "'a'",
    "[1, 'b']",
    "{'a': 1}",
    "duration",
    "true",
    "x",
  ];
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom(...atoms),
      fc
        .tuple(tie("tree"), fc.constantFrom("&&", "||", "==", "!=", "<", "+", "-", "in", "/"), tie("tree"))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc
        .tuple(fc.constantFrom("!", "-", "int", "size", "string", "bool", "dyn", "type"), tie("tree"))
        .map(([f, a]) => `${f}(${a})`),
      fc
        .tuple(
          tie("tree"),
          fc.constantFrom("all", "exists", "exists_one", "map", "filter"),
          fc.constantFrom("x", "lines"),
          tie("tree"),
        )
        .map(([over, loop, name, body]) => `dyn(${over}).${loop}(${name}, ${body})`),
      fc.tuple(tie("tree"), tie("tree"), tie("tree")).map(([c, a, b]) => `(dyn(${c}) ? dyn(${a}) : dyn(${b}))`),
      fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `dyn(${a})[${b}]`),
      fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `cel.bind(x, ${a}, ${b})`),
      tie("tree").map((a) => `dyn(${a}).contains('a')`),
    ),
  }));
  const stdout = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.constantFrom("A  B\na  b\nc  d\n", '{"a":[1,{"b":null}]}', "1\n2\n", ""),
  );

  test("whatever is written and whatever is printed: a verdict, and a reason if it is not true", () => {
    fc.assert(
      fc.property(tree, stdout, fc.boolean(), (expression, text, wanted) => {
        const answer = judged(wanted ? `dyn(${expression}) == true` : expression, text);
        if (answer === true) return;
        expect(answer).not.toBe("");
        expect(answer.length).toBeLessThan(2500);
      }),
      { numRuns: 500 },
    );
  });

  test("no control character reaches a terminal", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const explanation = judged("stdout == 'what nobody prints' || lines.all(l, l == 'x')", text);
        if (explanation !== true) expect(explanation).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
