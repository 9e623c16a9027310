import { describe, expect, test } from "vitest";
import { nduseropt } from "../../../src/codec/rtnetlink/nduseropt.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { captured, hexOf } from "./captured.ts";

const messages = captured("prefix", [RTM.newnduseropt]);

describe("neighbour discovery options", () => {
  test.each(messages)("of a router, before the attributes, byte for byte: $command", ({ command, payload }) => {
    const value = decode(nduseropt, payload, "little");
    expect(value).toMatchObject({ family: 10, icmpType: 134, srcaddr: "fe80::ff:fe00:101" });
    expect(command).toContain(hexOf(value.options)); // each option of the advertisement is a message
    // After its type stands its length in units of eight bytes.
    expect(value.options[1]! * 8).toBe(value.options.length);
    expect(hexOf(encode(nduseropt, value, "little"))).toBe(hexOf(payload));
  });
  test("options of an odd length are padded, and counted as they are", () => {
    const value = { family: 10, ifindex: 3, options: Uint8Array.of(1, 2, 3, 4, 5), srcaddr: "::1" };
    const bytes = encode(nduseropt, value, "little");
    expect(bytes.subarray(2, 4)).toEqual(Uint8Array.of(5, 0));
    expect(bytes.length).toBe(16 + 8 + 20);
    expect(decode(nduseropt, bytes, "little")).toMatchObject(value);
  });
  test("a head that counts more options than there are", () => {
    const bytes = encode(nduseropt, { options: new Uint8Array(8) }, "little");
    expect(() => decode(nduseropt, bytes.subarray(0, 20), "little")).toThrow(
      "nduseropt.options at byte 16: 8 bytes do not fit in 4",
    );
  });
});
