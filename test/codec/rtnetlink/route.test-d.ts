import { expectTypeOf, test } from "vitest";
import type { MplsEncap } from "../../../src/codec/rtnetlink/encap/mpls.ts";
import type { Seg6localEncap } from "../../../src/codec/rtnetlink/encap/seg6local.ts";
import type { Route, route } from "../../../src/codec/rtnetlink/route.ts";
import type { Input } from "../../../src/codec/schema/codec.ts";

test("a route's destination is an address, or MPLS labels", () => {
  expectTypeOf<Route["dst"]>().toEqualTypeOf<string | number[] | undefined>();
  expectTypeOf<Route["expires"]>().toEqualTypeOf<number | bigint | undefined>();
});
test("an encapsulation is one of several", () => {
  const encap = {} as NonNullable<Route["encap"]>;
  expectTypeOf<MplsEncap>().toExtend<typeof encap>();
  expectTypeOf<Seg6localEncap>().toExtend<typeof encap>();
});
test("requests need no more of the head than they mean", () => {
  const request: Input<typeof route> = {
    family: 2,
    dstLen: 8,
    dst: "10.0.0.0",
    multipath: [{ ifindex: 3, hops: 1, gateway: "192.0.2.1", encapType: 1, encap: { dst: [0x64100] } }],
  };
  // @ts-expect-error its length is the encoder's
  const length: Input<typeof route> = { multipath: [{ _len: 8 }] };
  // @ts-expect-error an address is text
  const number: Input<typeof route> = { gateway: 1 };
  expectTypeOf([request, length, number]).toBeArray();
});
