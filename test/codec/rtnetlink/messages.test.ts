import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rtnetlinkMessages } from "../../../src/codec/rtnetlink/messages.ts";
import { route } from "../../../src/codec/rtnetlink/route.ts";
import { RTM, rtnetlinkTypes } from "../../../src/codec/rtnetlink/types.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { nameOf } from "../../../src/codec/schema/scalar.ts";
import { captured, hexOf, samePadded, unknownIn } from "./captured.ts";

test("a message type leads to its name and schema", () => {
  expect(rtnetlinkMessages[RTM.delroute]).toEqual({ name: "delroute", schema: route });
  for (const [type, { name }] of Object.entries(rtnetlinkMessages)) expect(nameOf(rtnetlinkTypes, +type)).toBe(name);
});

test("every message type has a schema, but for these", () => {
  const missing = Object.entries(RTM).flatMap(([name, type]) => (rtnetlinkMessages[type] ? [] : [name]));
  expect(missing).toMatchInlineSnapshot(`
    [
      "getdcb",
      "setdcb",
      "newcachereport",
    ]
  `);
});

// Everything captured so far: what one noun's commands make the kernel say of others, too.
const files = readdirSync(join(import.meta.dirname, "../../../fixtures")).filter((file) => /^[a-z]+\.json$/.test(file));
test.each(files)("%s: all messages come back byte for byte, and nothing of the kernel's is unknown", (file) => {
  const types = Object.keys(rtnetlinkMessages).map(Number);
  for (const { from, command, type, flags, payload } of captured(file.replace(".json", ""), types)) {
    const { schema, request } = rtnetlinkMessages[type]!;
    const set = flags & 1 && request ? request : schema;
    if (from === "user" && /^raw/.test(command)) continue; // some are broken on purpose
    if (from === "user" && payload.length < (set.head?.size ?? 0)) continue; // struct rtgenmsg asks for a dump of anything
    const value = decode(set, payload, "little") as object;
    const again = encode(set, value as never, "little");
    if (!samePadded(again, payload)) expect(hexOf(again), command).toBe(hexOf(payload));
    if (from === "kernel") expect(unknownIn(value), command).toEqual([]);
  }
});
