import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { groupsOf, matchHosts, unknownNames } from "../../../src/inventory/match-hosts.ts";
import { parsePattern } from "../../../src/inventory/pattern.ts";
import type { Pattern } from "../../../src/inventory/pattern.ts";
import type { Inventory } from "../../../src/model/inventory.ts";
import { inventoryOf } from "../host-of.ts";

const site = inventoryOf({
  cobweb: ["webservers", "staging"],
  "db-1": ["dbservers"],
  webbing: ["webservers"],
  weber: ["webservers", "phoenix", "staging"],
  "db-2": ["dbservers", "staging"],
  "10.0.0.7": [],
});

function parse(source: string): Pattern {
  const parsed = parsePattern(source);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.pattern;
}

const match = (source: string, inventory = site): string => matchHosts(parse(source), inventory).join(" ");

test.each([
  ["all", "cobweb db-1 webbing weber db-2 10.0.0.7"],
  ["*", "cobweb db-1 webbing weber db-2 10.0.0.7"],
  ["webbing", "webbing"],
  ["webservers", "cobweb webbing weber"],
  ["weber,cobweb", "cobweb weber"],
  ["weber , cobweb", "cobweb weber"],
  ["dbservers,webbing", "db-1 webbing db-2"],
  ["webservers,!phoenix", "cobweb webbing"],
  ["webservers,&staging", "cobweb weber"],
  ["webservers, ! phoenix", "cobweb webbing"],
  ["webservers,dbservers,&staging,!phoenix", "cobweb db-2"],
  // Unions first, then intersections, then exclusions, whatever the order.
  ["!phoenix,&staging,webservers,dbservers", "cobweb db-2"],
  ["!phoenix", "cobweb db-1 webbing db-2 10.0.0.7"],
  ["&staging", "cobweb weber db-2"],
  ["10.0.0.7", "10.0.0.7"],
  ["10.0.*", "10.0.0.7"],
  ["web*", "cobweb webbing weber"],
  ["db-?", "db-1 db-2"],
  ["db-[23]*", "db-2"],
  ["db-[!2]*", "db-1"],
  ["[b-c]*[^b]", "cobweb"],
  ["webservers[0]", "cobweb"],
  ["webservers[-1]", "weber"],
  ["webservers[-3]", "cobweb"],
  ["webservers[-4]", ""],
  ["webservers[-5]", ""],
  ["webservers[3]", ""],
  // The end is included.
  ["webservers[0:2]", "cobweb webbing weber"],
  ["webservers[0:0]", "cobweb"],
  ["webservers[1:2]", "webbing weber"],
  ["webservers[1:]", "webbing weber"],
  ["webservers[:1]", "cobweb webbing"],
  ["webservers[1:99]", "webbing weber"],
  ["webservers[2:1]", ""],
  ["*servers[1]", "db-1"],
  ["all,!webservers[0]", "db-1 webbing weber db-2 10.0.0.7"],
  ["local", "local"],
  ["local,dbservers[0]", "db-1 local"],
  ["l*", ""],
  ["all,local,!webservers", "db-1 db-2 10.0.0.7 local"],
  ["all,&local", ""],
  ["nobody", ""],
])("%s", (source, expected) => {
  expect(match(source)).toBe(expected);
});

test.each([
  ["", 0, "The host pattern is empty"],
  ["  ", 0, "The host pattern is empty"],
  ["a,,b", 2, "A name is missing beside a comma"],
  ["a,", 2, "A name is missing beside a comma"],
  ["a, !", 2, "A name is missing beside `!`"],
  ["a,&", 2, "A name is missing beside `&`"],
  ["a b", 1, "`a b` is not a name"],
  ["a&b", 1, "`a&b` is not a name"],
  ["a,!!b", 3, "`!b` is not a name"],
  ["x,~web.*", 2, "Regular expressions are not host patterns"],
  ["pi-[01-16]", 3, "`[01-16]` is not a position"],
  ["x, worker[:]", 9, "`[:]` is not a position"],
  ["worker[-2:]", 6, "`[-2:]` is not a position"],
  ["worker[]", 6, "`[]` is not a position"],
  ["worker[0", 6, "This `[…]` matches nothing"],
  ["worker0]", 7, "`]` has no `[` before it"],
  ["worker[z-a]x", 6, "This `[…]` matches nothing"],
  ["worker[!]x", 6, "This `[…]` matches nothing"],
])("%j is refused", (source, offset, message) => {
  expect(parsePattern(source)).toMatchObject({ ok: false, offset, message });
});

test("names that nothing has are found, with what was probably meant", () => {
  const unknown = unknownNames(parse("webserver, !phenix[0],nosuch*,all,local,cobweb,&arch"), site, ["arch"]);
  expect(unknown).toEqual([
    { name: "webserver", offset: 0, hint: "Did you mean `webservers`?", nearMiss: true },
    { name: "phenix", offset: 12, hint: "Did you mean `phoenix`?", nearMiss: true },
  ]);
  expect(unknownNames(parse("web:db"), site)[0]?.hint).toBe("Separate names by commas.");
  expect(unknownNames(parse("kubernetes"), site)[0]).toMatchObject({
    hint: "The groups are webservers, staging, dbservers, phoenix, all, local.",
    nearMiss: false,
  });
});

test("groups list their hosts in inventory order", () => {
  expect([...groupsOf(site)].map(([group, hosts]) => [group, ...hosts].join(" "))).toEqual([
    "webservers cobweb webbing weber",
    "staging cobweb weber db-2",
    "dbservers db-1 db-2",
    "phoenix weber",
  ]);
});

describe("laws", () => {
  const groupNames = ["ga", "gb", "gc"];
  const inventories: fc.Arbitrary<Inventory> = fc
    .array(fc.subarray(groupNames), { maxLength: 8 })
    .map((hosts) => inventoryOf(Object.fromEntries(hosts.map((groups, index) => [`h${index}`, groups]))));
  const operands = fc.oneof(
    fc.constantFrom(...groupNames, "all", "local", "h0", "h1", "h*", "g[ab]*", "?a"),
    fc.tuple(fc.constantFrom(...groupNames, "all"), fc.integer({ min: -3, max: 3 })).map(([g, n]) => `${g}[${n}]`),
    fc.tuple(fc.constantFrom(...groupNames), fc.nat(3), fc.nat(3)).map(([g, n, m]) => `${g}[${n}:${m}]`),
  );
  const hostsOf = (source: string, inventory: Inventory): Set<string> => new Set(matchHosts(parse(source), inventory));

  test("a,b is the union, a,&b the intersection, a,!b the difference", () => {
    fc.assert(
      fc.property(inventories, operands, operands, (inventory, a, b) => {
        const [left, right] = [hostsOf(a, inventory), hostsOf(b, inventory)];
        expect(hostsOf(`${a},${b}`, inventory)).toEqual(left.union(right));
        expect(hostsOf(`${a},&${b}`, inventory)).toEqual(left.intersection(right));
        expect(hostsOf(`${a},!${b}`, inventory)).toEqual(left.difference(right));
      }),
    );
  });

  test("the order of terms does not matter, and the result is always in inventory order", () => {
    const terms = fc.array(
      fc.tuple(fc.constantFrom("", "&", "!"), operands).map(([op, name]) => op + name),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(inventories, terms, fc.infiniteStream(fc.nat()), (inventory, written, random) => {
        const shuffled = written.toSorted(() => ((random.next().value ?? 0) % 2) - 0.5);
        const hosts = matchHosts(parse(written.join(",")), inventory);
        expect(matchHosts(parse(shuffled.join(",")), inventory)).toEqual(hosts);
        const order = [...inventory.hosts.map(({ name }) => name), "local"];
        expect(hosts).toEqual(order.filter((name) => hosts.includes(name)));
      }),
    );
  });

  test("a group is its positions put together", () => {
    fc.assert(
      fc.property(inventories, fc.constantFrom(...groupNames), (inventory, group) => {
        const size = hostsOf(group, inventory).size;
        const each = Array.from({ length: size }, (_, index) => `${group}[${index}]`);
        if (size > 0) expect(hostsOf(each.join(","), inventory)).toEqual(hostsOf(group, inventory));
        expect(hostsOf(`${group}[0:${size}]`, inventory)).toEqual(hostsOf(group, inventory));
      }),
    );
  });
});
