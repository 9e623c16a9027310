import { describe, expect, test } from "vitest";
import { nduseropt, nduseroptAttributes, nduseroptmsg } from "../../../src/codec/rtnetlink/nduseropt.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { attrs } from "../../../src/codec/schema/attrs.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { captured, hexOf } from "./captured.ts";

const messages = captured("prefix", [RTM.newnduseropt]);
// A message's head alone, and the whole of it as one attribute's payload.
const head = attrs("head", { c: "", head: nduseroptmsg }, {});
const whole = attrs("whole", { c: "" }, { message: [1, nduseropt] });

describe("neighbour discovery options", () => {
  test("the head says how many bytes of options stand before the attributes", () => {
    for (const { payload } of messages) {
      const { family, icmpType, optsLen } = decode(head, payload.subarray(0, nduseroptmsg.size), "little");
      expect([family, icmpType, optsLen % 8]).toEqual([10, 134, 0]);
      const rest = payload.subarray(nduseroptmsg.size + optsLen);
      expect(decode(nduseroptAttributes, rest, "little")).toEqual({ srcaddr: "fe80::ff:fe00:101" });
    }
  });
  test("a message comes back byte for byte", () => {
    for (const { payload } of messages) {
      const attribute = new Uint8Array([payload.length + 4, 0, 1, 0, ...payload]);
      const { message } = decode(whole, attribute, "little");
      expect(message?.payload.length).toBe(payload.length - nduseroptmsg.size);
      expect(hexOf(encode(whole, { message: message! }, "little"))).toBe(hexOf(attribute));
    }
  });
});
