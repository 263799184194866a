import { expect, test } from "vitest";
import { freeEndpoints, loopbackAddress } from "../../../src/lab/lab-endpoints.ts";

test("every host has a loopback address of its own", () => {
  expect([0, 253, 254, 999].map(loopbackAddress)).toEqual(["127.0.77.1", "127.0.77.254", "127.0.78.1", "127.0.80.238"]);
});

test("where the system has one loopback address only, every host has a port of its own", async () => {
  // TEST-NET-1 (RFC 5737) is nobody's.
  const endpoints = await freeEndpoints(3, () => "192.0.2.1");
  expect(new Set(endpoints.map(({ address }) => address))).toEqual(new Set(["127.0.0.1"]));
  expect(new Set(endpoints.map(({ port }) => port)).size).toBe(3);
});
