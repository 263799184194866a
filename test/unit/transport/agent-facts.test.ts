import { expect, test } from "vitest";
import { parseFacts } from "../../../src/transport/host-facts.ts";

test("facts are what os-release and uname say", () => {
  const text = [
    "pi4 6.1.0-rpi7 aarch64",
    "# a comment",
    'PRETTY_NAME="Raspbian \\"Bookworm\\" 5\\$"',
    "ID=raspbian",
    "ID_LIKE='debian ubuntu'",
    'VERSION_ID="12"',
    "",
  ].join("\n");
  expect(parseFacts(text, "pi")).toEqual({
    os: { id: "raspbian", like: "debian ubuntu", version: "12", name: 'Raspbian "Bookworm" 5$' },
    arch: "aarch64",
    kernel: "6.1.0-rpi7",
    hostname: "pi4",
    user: "pi",
  });
});

test("a fact that cannot be had is empty", () => {
  expect(parseFacts("", "x")).toEqual({
    os: { id: "", like: "", version: "", name: "" },
    arch: "",
    kernel: "",
    hostname: "",
    user: "x",
  });
});
