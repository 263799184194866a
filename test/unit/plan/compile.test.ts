import { describe, expect, test } from "vitest";
import { hostOf, inventoryOf } from "../host-of.ts";
import { compileParts, planned } from "./guide.ts";
import type { GuideParts, StepText } from "./guide.ts";

const inventory = inventoryOf({ "pi-1": ["master"], "pi-2": ["worker"], "pi-3": ["worker"] });

const problemsOf = (steps: readonly StepText[], parts: Partial<GuideParts> = {}): readonly string[] =>
  compileParts({ inventory, ...parts, steps }).problems;

const stepOf = (step: Partial<StepText>, parts: Partial<GuideParts> = {}) => {
  const [only] = planned({ inventory, ...parts, steps: [{ id: "s", ...step }] });
  if (only === undefined) throw new Error("no step");
  return only;
};

describe("the plan", () => {
  test("says what runs where, in order", () => {
    const { plan, problems } = compileParts({
      inventory,
      inputs: { SIZE: { default: "1" }, TOKEN: { secret: true } },
      values: { SIZE: "1", TOKEN: "s3cr3t-s3cr3t" },
      requires: [{ group: "arch", min: 0 }],
      sections: [{ title: "Build" }, { title: "Join", parent: 0 }],
      steps: [
        {
          id: "ask",
          code: "kubeadm token create\n",
          on: "master",
          section: 1,
          capture: "JOIN",
          options: { secret: true, sudo: "root", verify: true, maxFailures: 2, timeoutMs: 1000, retry: 3, everyMs: 5 },
          dir: "/srv",
          unless: "test -e x",
          creates: "/x",
          when: "host.name != 'x'",
        },
        { id: "build/2", explicitId: false, code: "echo\n", on: "worker,local", section: 0, expect: ["exit == 1"] },
      ],
    });
    expect(problems).toEqual([]);
    expect(plan.guide).toEqual({ path: "guide.md", digest: "d".repeat(64), title: "A guide" });
    expect(plan.hosts.map(({ name, transport }) => `${name} ${transport}`)).toEqual([
      "pi-1 ssh",
      "pi-2 ssh",
      "pi-3 ssh",
      "local local",
    ]);
    expect(plan.remote).toEqual(["pi-1", "pi-2", "pi-3"]);
    expect(plan.groups).toEqual({ master: ["pi-1"], worker: ["pi-2", "pi-3"], arch: [] });
    expect(plan.variables).toMatchObject([
      { name: "SIZE", secret: false, input: { name: "SIZE" }, capturedBy: [], hostVars: [] },
      { name: "TOKEN", secret: true, input: { name: "TOKEN" } },
      { name: "JOIN", secret: true, capturedBy: ["ask"] },
    ]);
    expect(plan.steps[0]).toMatchObject({
      index: 0,
      id: "ask",
      explicitId: true,
      sections: ["Build", "Join"],
      hosts: ["pi-1"],
      action: {
        kind: "command",
        language: "bash",
        interpreter: ["bash", "-e", "-o", "pipefail"],
        code: "kubeadm token create\n",
        dir: "/srv",
      },
      user: "root",
      uses: [],
      timeoutMs: 1000,
      retry: 3,
      everyMs: 5,
      unless: "test -e x",
      creates: "/x",
      capture: "JOIN",
      secret: true,
      verify: true,
      maxFailures: 2,
      batch: false,
      needsFacts: false,
    });
    expect(plan.steps[0]?.when.map(({ value }) => value)).toEqual(["host.name != 'x'"]);
    expect(plan.steps[1]).toMatchObject({
      index: 1,
      explicitId: false,
      sections: ["Build"],
      hosts: ["pi-2", "pi-3", "local"],
    });
    expect(plan.steps[1]).not.toHaveProperty("skip");
  });

  test("local is only there when a step runs on it", () => {
    const hosts = (on: string) => compileParts({ inventory, steps: [{ id: "s", on }] }).plan.hosts.length;
    expect([hosts("all"), hosts("local")]).toEqual([3, 4]);
  });

  test("a step must exit with 0 unless it says otherwise", () => {
    const sources = (step: Partial<StepText>) =>
      stepOf(step).expectations.map((one) => (one.kind === "cel" ? one.source : one.kind));
    expect(sources({})).toEqual(["exit == 0"]);
    expect(sources({ expect: ["stdout == ''"], output: ["x"] })).toEqual(["exit == 0", "output", "stdout == ''"]);
    expect(sources({ expect: ["exit in [0, 2]"] })).toEqual(["exit in [0, 2]"]);
    expect(sources({ expect: ["results.all(r, r.exit == 1)"] })).toEqual(["results.all(r, r.exit == 1)"]);
  });

  test("expressions say whether facts and a whole batch are needed", () => {
    expect(stepOf({ when: "host.os.id == 'debian'" })).toMatchObject({ needsFacts: true, batch: false });
    expect(stepOf({ expect: ["results.all(r, r.stdout == results[0].stdout)"] })).toMatchObject({
      needsFacts: false,
      batch: true,
    });
  });
});

describe("hosts", () => {
  test.each([
    ["wrker", "WM2021", "wrker", "No host or group is called `wrker` (Did you mean `worker`?)"],
    ["all, !mster", "WM2021", "mster", "No host or group is called `mster` (Did you mean `master`?)"],
    [
      "arch",
      "WM2021",
      "arch",
      "No host or group is called `arch` (The groups are master, worker, all, local. If it may be empty, list it under `requires`, as `0..`.)",
    ],
    [
      "worker[2]",
      "WM2022",
      "worker[2]",
      "No host matches `worker[2]` (Add hosts to the inventory, or mark the step `optional`.)",
    ],
    [
      "worker,&master",
      "WM2022",
      "worker,&master",
      "No host matches `worker,&master` (Add hosts to the inventory, or mark the step `optional`.)",
    ],
    [
      "master,,worker",
      "WM2020",
      ",",
      "A name is missing beside a comma (Name hosts or groups, such as `all`, `master,worker` or `worker[0]`.)",
    ],
  ])("on=%s", (on, code, pointedAt, message) => {
    const [problem, ...more] = problemsOf([{ id: "s", on }]);
    expect(more).toEqual([]);
    expect(problem?.replace(/ \d+:\d+ /, " ")).toBe(`${code} «${pointedAt}» ${message}`);
  });

  test("a problem of a pattern is pointed at inside it", () => {
    const { problems } = compileParts({ inventory, steps: [{ id: "s", on: "all, !mster" }] });
    // Behind the id and the code.
    expect(problems[0]).toMatch(/^WM2021 3:7 «mster»/);
  });

  test("a pattern that many steps have is complained of where it stands, each once", () => {
    const steps = ["a", "b"].map((id) => ({ id, on: "nobody" }));
    expect(problemsOf(steps)).toHaveLength(2);
  });

  test("an optional step without hosts is skipped, whether or not its group exists", () => {
    for (const on of ["worker[2]", "arch", "arch,&worker"]) {
      expect(stepOf({ on, options: { optional: true } })).toMatchObject({ hosts: [], skip: "no host matches" });
    }
    expect(stepOf({ on: "worker,arch", options: { optional: true } }).hosts).toEqual(["pi-2", "pi-3"]);
    const [warning] = problemsOf([{ id: "s", on: "wrker", options: { optional: true } }]);
    expect(warning).toMatch(/^WM2021 .* No host or group is called `wrker` \(Did you mean `worker`\?\)/);
  });

  test("groups under `requires` exist even when they are empty", () => {
    const requires = [{ group: "arch", min: 0 }];
    expect(stepOf({ on: "all,!arch" }, { requires }).hosts).toHaveLength(3);
    expect(stepOf({ expect: ["size(groups.arch) == 0"] }, { requires }).hosts).toHaveLength(3);
    expect(problemsOf([{ id: "s", on: "arch" }], { requires })[0]).toMatch(/^WM2022 /);
  });

  test.each([
    [{ group: "worker", min: 1 }, undefined],
    [{ group: "worker", min: 2, max: 2 }, undefined],
    [{ group: "all", min: 3, max: 3 }, undefined],
    [{ group: "local", min: 1 }, undefined],
    [
      { group: "worker", min: 3 },
      "The guide needs at least 3 hosts in `worker`; the inventory has 2 (Add hosts to the group `worker`.)",
    ],
    [
      { group: "worker", min: 1, max: 1 },
      "The guide needs exactly 1 host in `worker`; the inventory has 2 (Take hosts out of the group `worker`.)",
    ],
    [
      { group: "master", min: 2, max: 3 },
      "The guide needs 2 to 3 hosts in `master`; the inventory has 1 (Add hosts to the group `master`.)",
    ],
    [
      { group: "workers", min: 1 },
      "The guide needs at least 1 host in `workers`; the inventory has none (The inventory has a group `worker`: is it the same?)",
    ],
  ])("requires %j", (requirement, message) => {
    const problems = problemsOf([], { requires: [requirement] });
    expect(problems).toEqual(message === undefined ? [] : [`WM3101 1:1 «${requirement.group}» ${message}`]);
  });
});

describe("what is chosen", () => {
  const inputs = { NETWORK: {}, SIZE: {}, TOKEN: { secret: true } };
  const values = { NETWORK: "flannel", SIZE: "3" };

  test.each([
    ["vars.NETWORK == 'flannel'", undefined],
    ["vars.NETWORK == 'calico'", "not chosen"],
    ["vars['NETWORK'].startsWith('c')", "not chosen"],
    ["int(vars.SIZE) > 3", "not chosen"],
    ["false", "not chosen"],
    // What a host could say does not matter any more.
    ["vars.NETWORK == 'calico' && host.os.id == 'debian'", "not chosen"],
    ["host.name == 'x' && !(vars.NETWORK == 'flannel' || vars.SIZE == '4') && true", undefined],
    ["host.name == 'x' && (vars.NETWORK == 'calico' || vars.SIZE == '4')", "not chosen"],
    // Only a host can say.
    ["vars.NETWORK == 'flannel' && host.name == 'pi-1'", undefined],
    ["vars.NETWORK == 'calico' || host.name == 'pi-1'", undefined],
    ["!(vars.NETWORK == 'flannel' && host.name == 'pi-1')", undefined],
    ["host.name == 'nobody'", undefined],
  ])("when %s", (when, skip) => {
    const step = stepOf({ when }, { inputs, values });
    expect(step.skip).toBe(skip);
    expect(step.hosts).toHaveLength(skip === undefined ? 3 : 0);
  });

  test("one false `when` of several is enough", () => {
    const when = ["host.name != ''", "vars.NETWORK == 'calico'"];
    expect(stepOf({ when }, { inputs, values }).skip).toBe("not chosen");
  });

  test("captures may come to the variables: how many there are decides nothing", () => {
    expect(stepOf({ when: "size(vars) > 3" }, { inputs: { SIZE: {} }, values }).skip).toBeUndefined();
  });

  test("a secret decides nothing, not even in a guide that is wrong", () => {
    const { plan } = compileParts({
      inventory,
      inputs,
      values: { TOKEN: "s3cr3t-s3cr3t" },
      steps: [{ id: "s", when: "vars.TOKEN == ''" }],
    });
    expect(plan.steps[0]).not.toHaveProperty("skip");
  });

  test("an input without a value yet decides nothing", () => {
    expect(stepOf({ when: "vars.NETWORK == 'calico'" }, { inputs }).skip).toBeUndefined();
  });

  test("what is not chosen needs no hosts and no variables, but must be sound", () => {
    const steps = [
      { id: "a", on: "arch", when: "vars.NETWORK == 'calico'", capture: "PORT" },
      { id: "b", when: "vars.NETWORK == 'calico'", code: "echo $PORT $LATER" },
      { id: "c", capture: "LATER" },
    ];
    expect(problemsOf(steps, { inputs, values })).toEqual([]);
    expect(
      problemsOf([{ id: "a", on: "a,,b", when: "false", expect: ["vars.NETWROK == ''"] }], { inputs, values }),
    ).toEqual([expect.stringContaining("WM2020"), expect.stringContaining("WM3103")]);
  });

  test("an expression that fails on the given value", () => {
    const [problem] = problemsOf([{ id: "s", when: "int(vars.NETWORK) > 3" }], { inputs, values });
    expect(problem).toMatch(/^WM4002 .* «int\(vars\.NETWORK\) > 3» `when` cannot be worked out: /);
  });
});

describe("names in expressions", () => {
  const inputs = { POD_CIDR: {}, TOKEN: { secret: true } };
  const values = { POD_CIDR: "x" };
  const problem = (step: Partial<StepText>, before: readonly StepText[] = []): string | undefined => {
    const [first, ...more] = problemsOf([...before, { id: "s", ...step }], { inputs, values });
    expect(more).toEqual([]);
    return first?.replace(/ \d+:\d+ /, " ");
  };

  test("that nothing declares", () => {
    expect(problem({ expect: ["stdout == vars.POD_CDIR"] })).toBe(
      "WM3103 «POD_CDIR» There is no variable `POD_CDIR` (Did you mean `POD_CIDR`?)",
    );
    expect(problem({ when: "vars['NOPE'] == ''" })).toBe(
      "WM3103 «NOPE» There is no variable `NOPE` (Declare it under `inputs`, or capture it in a step above.)",
    );
    expect(problem({ expect: ["size(captures.POD_CIDR) == 3"] })).toBe(
      "WM3103 «POD_CIDR» No step captures `POD_CIDR` (Capture it in a step above, with `capture=`.)",
    );
    expect(problem({ expect: ["size(groups.wroker) == 2"] })).toBe(
      "WM2021 «wroker» No group is called `wroker` (Did you mean `worker`?)",
    );
    expect(problem({ expect: ["size(groups.arch) == 2"] })).toMatch(/list it under `requires`, as `0\.\.`/);
  });

  test("expressions that cannot be read are pointed at", () => {
    expect(problem({ when: "host.name = 'x'" })).toMatch(/^WM4001 «=» `when` cannot be read: /);
    expect(problem({ expect: ["stdout == ''", "stdotu == ''"] })).toMatch(
      /^WM4001 «s» This expectation cannot be read: .*stdotu/,
    );
    expect(problem({ when: "stdout == ''" })).toMatch(/^WM4001 «s» `when` cannot be read: /);
  });

  test("secrets cannot be asked for in `when`", () => {
    expect(problem({ when: "vars.TOKEN != ''" })).toBe(
      "WM3106 «TOKEN» `when` asks for the secret `TOKEN` (Let a step above look at the secret, and capture what it finds.)",
    );
    expect(problem({ when: "'TOKEN' in vars" })).toMatch(
      /^WM3106 «'TOKEN' in vars» `when` may ask for any variable, also the secret `TOKEN`/,
    );
    const before = [{ id: "t", capture: "JOIN", options: { secret: true } }];
    expect(problem({ when: "captures.JOIN['pi-1'] != ''" }, before)).toMatch(/^WM3106 «JOIN»/);
    expect(problem({ expect: ["stdout == vars.TOKEN"] })).toBeUndefined();
  });

  test("a capture cannot be called like an input", () => {
    expect(problem({ capture: "POD_CIDR" })).toBe(
      "WM3105 «POD_CIDR» `POD_CIDR` is already an input (Capture it under another name.)",
    );
    const twice = ["a", "b"].map((id) => ({ id, capture: "PORT" }));
    expect(problemsOf(twice)).toEqual([]);
  });
});

describe("variables that are used", () => {
  const parts = {
    inventory: {
      hosts: [hostOf("a", { vars: { RACK: "left", ROW: "1" } }), hostOf("b", { vars: { ROW: "2" } })],
    },
    inputs: { SIZE: {}, CITY: {}, OTHER: {} },
  };
  const uses = (step: Partial<StepText>, before: readonly StepText[] = []) =>
    planned({ ...parts, steps: [...before, { id: "s", ...step }] }).at(-1)?.uses;

  test("are those named as a whole word where a shell reads, or replaced elsewhere", () => {
    expect(uses({ code: "echo $SIZE ${CITY}" })).toEqual(["CITY", "SIZE"]);
    expect(uses({ code: "import os; os.environ['SIZE']" })).toEqual(["SIZE"]);
    expect(uses({ code: "echo $SIZES RESIZE SIZE_ MY_SIZE 2SIZE" })).toEqual([]);
    expect(uses({ unless: "test $SIZE = 3" })).toEqual(["SIZE"]);
    expect(uses({ dir: "/srv/$SIZE/CITY", creates: "/x/${OTHER}" })).toEqual(["OTHER", "SIZE"]);
    expect(uses({ output: ["CITY SIZE", "$CITY [..]"] })).toEqual(["CITY"]);
    expect(uses({ code: "echo $ROW" })).toEqual(["ROW"]);
  });

  test("in CEL need not be sent to the host", () => {
    expect(uses({ expect: ["stdout == vars.SIZE"] })).toEqual([]);
  });

  test("a step's own capture is a name of its own in its code", () => {
    expect(uses({ code: "PORT=1; echo $PORT", capture: "PORT" })).toEqual([]);
    expect(uses({ code: "echo $PORT", capture: "PORT" }, [{ id: "t", capture: "PORT" }])).toEqual(["PORT"]);
  });

  describe("must have been set", () => {
    const problems = (steps: readonly StepText[]) =>
      problemsOf(steps, parts).map((problem) => problem.replace(/ \d+:\d+ /, " "));
    const later = { id: "later", capture: "PORT" };

    test.each<[string, Partial<StepText>, string]>([
      ["code", { code: "x\ncurl :$PORT/\n" }, "PORT"],
      ["dir", { dir: "/srv/$PORT" }, "$PORT"],
      ["creates", { creates: "/x/${PORT}" }, "${PORT}"],
      ["output", { output: ["a", "b $PORT"] }, "$PORT"],
      ["when", { when: "vars.PORT == '1'" }, "PORT"],
      ["an expectation", { expect: ["vars.PORT == '1'"] }, "PORT"],
      ["an expectation over captures", { expect: ["captures.PORT.size() > 1"] }, "PORT"],
    ])("by a step above: %s", (_, step, pointedAt) => {
      expect(problems([{ id: "s", ...step }, later])).toEqual([
        `WM3104 «${pointedAt}» Step \`s\` uses \`PORT\` before it is set: step \`later\` captures it further down (Move \`later\` above \`s\`, or name the variable differently here.)`,
      ]);
      expect(problems([later, { id: "s", ...step }])).toEqual([]);
    });

    test("and the place in the code is pointed at", () => {
      // Three inputs, the id, then the code from line 5 on.
      expect(problemsOf([{ id: "s", code: "x\ncurl :$PORT/\n" }, later], parts)[0]).toMatch(/^WM3104 6:8 «PORT»/);
    });

    test("not by the step itself, before it has passed", () => {
      expect(problems([{ id: "s", capture: "PORT", expect: ["int(vars.PORT) > 1"] }])).toEqual([
        "WM3104 «PORT» Step `s` uses `PORT` before it is set: this step captures it once it has passed (Use `stdout` to judge what is captured.)",
      ]);
    });

    test("not by one that is skipped", () => {
      const skipped = { ...later, on: "nobody", options: { optional: true } };
      expect(problems([skipped, { id: "s", code: "$PORT" }])).toEqual([
        "WM3104 «PORT» Step `s` uses `PORT`, but step `later`, which would set it, is skipped (no host matches) (Give both steps the same condition, or set the variable another way.)",
      ]);
      expect(problems([skipped, { id: "other", capture: "PORT" }, { id: "s", code: "$PORT" }])).toEqual([]);
    });

    test("or be a variable of the hosts", () => {
      expect(problems([{ id: "s", code: "$ROW" }])).toEqual([]);
      expect(problems([{ id: "s", code: "$RACK", on: "a" }])).toEqual([]);
      expect(problems([{ id: "s", code: "$RACK" }])).toEqual([
        "WM3104 «RACK» Step `s` uses `RACK`, which is not set for `b` (Give it to these hosts in the inventory, under `vars`.)",
      ]);
      expect(problems([{ id: "s", code: "$RACK", when: "has(vars.RACK)" }])).toEqual([]);
      expect(problems([{ id: "s", expect: ["vars.RACK == 'left'"], on: "b" }])).toHaveLength(1);
    });
  });
});

describe("digests", () => {
  const effect = (step: Partial<StepText>) => stepOf({ code: "x\n", ...step }).effectDigest;
  const options = { sudo: "root" };

  test("the effect is code, interpreter, user and directory, and nothing else", () => {
    const digest = effect({});
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    for (const step of [
      { id: "other" },
      { on: "worker" },
      { when: "host.name != ''" },
      { unless: "false", creates: "/x", expect: ["exit == 1"] },
      { capture: "PORT", options: { timeoutMs: 1, retry: 5, secret: true, verify: true, maxFailures: 1 } },
    ]) {
      expect(effect(step)).toBe(digest);
    }
    const action = { kind: "command", language: "bash", interpreter: ["sh", "-e"], code: "x\n" } as const;
    const codeSpan = { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } };
    const others = [
      effect({ code: "x \n" }),
      effect({ dir: "/srv" }),
      effect({ options }),
      effect({ action: { ...action, codeSpan } }),
    ];
    expect(new Set([digest, ...others]).size).toBe(5);
  });

  test("digests are a format: runs of older versions must find their steps again", () => {
    expect(effect({ options, dir: "/srv" })).toBe("4c1e5914c95df4645a7ffdade9dc8b251a4a6904b467f9b31bdaeff49b5e8918");
    expect(stepOf({ expect: ["stdout == ''"], output: ["a", "..."] }).expectDigest).toBe(
      "765a851ef15a24e6177414ded7e8608acbeb99ef10a47dcb0b26f15db4a81580",
    );
  });

  test("expectations have their own", () => {
    const digest = (step: Partial<StepText>) => stepOf(step).expectDigest;
    expect(digest({ id: "a", code: "y" })).toBe(digest({}));
    const all = [digest({}), digest({ expect: ["exit == 1"] }), digest({ output: ["a"] }), digest({ output: ["b"] })];
    expect(new Set(all).size).toBe(4);
  });
});

describe("steps that are not run in their turn", () => {
  const at = {
    value: "local",
    span: { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } },
  };

  test.each([
    ["exit == 0", "exit"],
    ["results.all(r, r.stdout == results[0].stdout)", "results"],
  ])("of one in the background nobody expects `%s`", (source, word) => {
    const { problems } = compileParts({
      inventory,
      steps: [{ id: "s", options: { background: true }, expect: [source] }],
    });
    expect(problems).toEqual([
      expect.stringMatching(`^WM4003 .* «${word}» \`${word}\` cannot be expected of \`s\`: it goes on`),
    ]);
  });

  test("one in the background need not end, and is not tried again", () => {
    const { plan, problems } = compileParts({
      inventory,
      steps: [{ id: "s", options: { background: true, retry: 3 }, expect: ['stdout == "ready"'] }],
    });
    expect(problems).toEqual([]);
    expect(plan.steps[0]).toMatchObject({ background: true, retry: 0 });
    expect(plan.steps[0]?.expectations.map((one) => one.kind === "cel" && one.source)).toEqual(['stdout == "ready"']);
  });

  test("fix and undo steps are not part of a run", () => {
    const { plan } = compileParts({
      inventory,
      steps: [{ id: "a" }, { id: "u", options: { undo: { ...at, value: "a" } } }, { id: "b" }],
    });
    expect(plan.steps.map(({ id, role, of }) => [id, role, of])).toEqual([
      ["a", "run", undefined],
      ["u", "undo", "a"],
      ["b", "run", undefined],
    ]);
    expect(plan.order.map(({ step }) => step)).toEqual([0, 2]);
  });
});

test("problems come in the order of the guide", () => {
  const problems = problemsOf([
    { id: "a", expect: ["vars.NOPE == ''"] },
    { id: "b", on: "nobody" },
    { id: "c", expect: ["vars.NOPE2 =="] },
  ]);
  expect(problems.map((problem) => problem.slice(0, 6))).toEqual(["WM3103", "WM2021", "WM4001"]);
});

test("titles show open inputs, and no secret", () => {
  const { plan } = compileParts({
    inventory,
    inputs: { NET: {}, PASS: { secret: true } },
    values: { NET: "flannel", PASS: "hunter22" },
    steps: [{ id: "Install $NET with $PASS for $USER" }],
  });
  expect(plan.steps[0]?.title).toBe("Install flannel with $PASS for $USER");
});
