// IPsec: what ip xfrm and the kernel said to each other, and any value of any message.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage } from "../../../src/codec/decode-message.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { xfrmMessage } from "../../../src/codec/xfrm/messages.ts";
import { XFRM, XFRM_MSG, type XfrmType } from "../../../src/codec/xfrm/types.ts";
import { arbitrary } from "../../support/arbitrary.ts";
import { compiled, interpreted } from "../../support/engines.ts";
import { type Captured, captured, formsIn, hexOf, samePadded, unknownIn } from "../rtnetlink/captured.ts";

const DUMP = 0x301;
const types = Object.entries(XFRM_MSG) as [XfrmType, number][];
const sets = [...types, ...types.filter(([name]) => name === "getsa" || name === "getpolicy")].map(
  ([name, type], i) => {
    const dump = i >= types.length;
    return [dump ? `${name} of all` : name, xfrmMessage(type, dump ? DUMP : 0)!.schema] as const;
  },
);

describe.each(["little", "big"] as const)("%s-endian", (order) => {
  test.each(sets)("%s: value, bytes, value, in both engines", (_, set) => {
    fc.assert(
      fc.property(arbitrary(set), (x) => {
        const encoded = interpreted(set, order).encode(x);
        expect(compiled(set, order).encode(x)).toEqual(encoded);
        expect(interpreted(set, order).decode(encoded)).toEqual(x);
        expect(compiled(set, order).decode(encoded)).toEqual(x);
      }),
      { numRuns: 40 },
    );
  });
});

const messages = captured("xfrm", Object.values(XFRM_MSG), XFRM);
const schemaOf = ({ type, flags }: Captured) => xfrmMessage(type, flags)!;
const value = (m: Captured) => decode(schemaOf(m).schema, m.payload, "little") as Record<string, unknown>;
const kernel = messages.filter((m) => m.from === "kernel");
const user = messages.filter((m) => m.from === "user");

describe("captured", () => {
  test(`${kernel.length} of the kernel's come back byte for byte, and nothing in them is unknown`, () => {
    expect(kernel.length).toBeGreaterThan(60);
    for (const m of kernel) {
      const decoded = value(m);
      expect(hexOf(encode(schemaOf(m).schema, decoded as never, "little")), m.command).toBe(hexOf(m.payload));
      expect(unknownIn(decoded), m.command).toEqual([]);
    }
  });
  test(`${user.length} requests come back byte for byte`, () => {
    expect(user.length).toBeGreaterThan(40);
    for (const m of user) {
      const decoded = value(m);
      // What deleteall copies from answers is longer than the attributes it was in.
      if (/deleteall/.test(m.command)) continue;
      // iproute2 sends a replay window's size without the window, which the kernel takes for an empty one (verify_replay).
      expect(
        unknownIn(decoded).filter((row) => !/^ 23: .{48}$/.test(row)),
        m.command,
      ).toEqual([]);
      const again = encode(schemaOf(m).schema, decoded as never, "little");
      // iproute2 leaves what it finds in the padding of its structs.
      expect(samePadded(again, m.payload), m.command).toBe(true);
    }
  });
  test("the kernel's order is the schemas'", () => {
    const forms = kernel.flatMap((m) => formsIn(value(m)).map((form) => `${schemaOf(m).name} ${form}`));
    // Heads of 1 and 3 bytes, which the kernel does not fill up.
    expect([...new Set(forms)].sort()).toEqual(["flushsa .: ", "getdefault .: "]);
  });
  test("every type of message that this kernel has occasion to send or take", () => {
    const seen = new Set(messages.map((m) => schemaOf(m).name));
    const never = types.map(([name]) => name).filter((name) => !seen.has(name));
    // A NAT that changes, a tunnel that moves, packets of mobile IPv6 without a policy.
    expect(never.sort()).toEqual(["mapping", "migrate", "report"]);
  });
  test("captures decode", () => {
    const m = kernel.find(({ type }) => type === XFRM_MSG.newsa)!;
    const header = new Uint8Array(16);
    const view = new DataView(header.buffer);
    view.setUint32(0, 16 + m.payload.length, true);
    view.setUint16(4, m.type, true);
    const decoded = decodeMessage(XFRM, Uint8Array.from([...header, ...m.payload]), "little");
    expect(decoded).toMatchObject({ name: "newsa", value: { daddr: "10.0.0.2", family: 2 } });
  });
});
