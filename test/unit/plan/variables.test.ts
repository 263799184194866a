import { describe, expect, test } from "vitest";
import { referencesIn, resolveVariable, substitute } from "../../../src/plan/variables.ts";
import type { CapturedValues } from "../../../src/plan/variables.ts";
import { hostOf } from "../host-of.ts";
import { compileParts } from "./guide.ts";

describe("resolving a variable for a host", () => {
  const { plan } = compileParts({
    inventory: {
      hosts: [hostOf("a", { vars: { RACK: "left", PORT: "1" } }), hostOf("b"), hostOf("c"), hostOf("d"), hostOf("e")],
    },
    inputs: { SIZE: {}, RACK: { default: "none" }, TOKEN: {} },
    values: { SIZE: "10" },
    steps: [
      { id: "ask", capture: "PORT" },
      { id: "again", capture: "PORT" },
      { id: "unchosen", capture: "NOTE", when: "vars.SIZE == '11'" },
    ],
  });
  const resolve = (name: string, host: string, captures: CapturedValues = {}) =>
    resolveVariable(name, host, { plan, inputs: { SIZE: "10" }, captures });

  test("its own capture, else the only one, else the input, else the host's own", () => {
    const one = { PORT: { b: "2" } };
    const two = { PORT: { b: "2", c: "3" } };
    expect(resolve("PORT", "c", two)).toEqual({ value: "3" });
    expect(resolve("PORT", "a", one)).toEqual({ value: "2" });
    expect(resolve("PORT", "local", one)).toEqual({ value: "2" });
    expect(resolve("PORT", "a")).toEqual({ value: "1" });
    expect(resolve("SIZE", "b")).toEqual({ value: "10" });
    expect(resolve("RACK", "a")).toEqual({ value: "left" });
    expect(resolveVariable("RACK", "a", { plan, inputs: { RACK: "right" }, captures: {} })).toEqual({ value: "right" });
  });

  test("a host's name needs no declaration", () => {
    expect(resolve("WAYMARK_HOST", "c")).toEqual({ value: "c" });
    expect(resolve("WAYMARK_HOST", "local")).toEqual({ value: "local" });
  });

  test("an empty capture is a value", () => {
    expect(resolve("PORT", "b", { PORT: { b: "", c: "3" } })).toEqual({ value: "" });
    expect(resolve("PORT", "a", { PORT: { b: "" } })).toEqual({ value: "" });
  });

  test("what is missing says who would set it", () => {
    expect(resolve("PORT", "a", { PORT: { b: "2", c: "3" } })).toEqual({
      missing: "`PORT` was captured on `b`, `c` by step `ask` or `again`, but not on `a`",
    });
    expect(resolve("PORT", "a", { PORT: { b: "1", c: "2", d: "3", e: "4" } })).toEqual({
      missing: "`PORT` was captured on `b`, `c`, `d` and 1 more by step `ask` or `again`, but not on `a`",
    });
    expect(resolve("PORT", "b")).toEqual({
      missing: "`PORT` is not set: step `ask` or `again` would set it, and has not",
    });
    expect(resolve("NOTE", "b")).toEqual({
      missing: "`NOTE` is not set: step `unchosen` would set it, and is skipped (not chosen)",
    });
    expect(resolve("TOKEN", "b")).toEqual({ missing: "`TOKEN` is not set: the input has no value" });
    expect(resolve("constructor", "b")).toEqual({ missing: "`constructor` is not a variable of this guide" });
  });

  test("a host without a variable that others have", () => {
    const { plan } = compileParts({
      inventory: { hosts: [hostOf("a", { vars: { RACK: "left" } }), hostOf("b")] },
      steps: [],
    });
    expect(resolveVariable("RACK", "b", { plan, inputs: {}, captures: {} })).toEqual({
      missing: "`RACK` is not set for `b`: it is a variable of `a` only",
    });
  });
});

describe("replacing variables in text", () => {
  const lookup = (name: string): string | undefined => ({ NAME: "value", EMPTY: "", DOLLAR: "$& $1 $NAME" })[name];

  test.each([
    ["$NAME", "value"],
    ["${NAME}s", "values"],
    ["/srv/$NAME/x-$NAME.d", "/srv/value/x-value.d"],
    ["[$EMPTY]", "[]"],
    ["$NAMES $NAME_ $_NAME ${NAMES}", "$NAMES $NAME_ $_NAME ${NAMES}"],
    ["$HOME/$NAME", "$HOME/value"],
    ["~/$NAME ~", "~/value ~"],
    ["$ $$ $1 ${} ${NAME", "$ $$ $1 ${} ${NAME"],
    ["${NAME:-x} $(NAME)", "${NAME:-x} $(NAME)"],
    ["$DOLLAR", "$& $1 $NAME"],
  ])("%s", (text, expected) => {
    expect(substitute(text, lookup)).toBe(expected);
  });

  test("the names that would be looked up", () => {
    expect(referencesIn("a/$B/${C}/$$D")).toEqual([
      { name: "B", offset: 2, length: 2 },
      { name: "C", offset: 5, length: 4 },
      { name: "D", offset: 11, length: 2 },
    ]);
  });
});
