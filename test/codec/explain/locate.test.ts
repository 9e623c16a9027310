import { expect, test } from "vitest";
import { locate, locateMissing } from "../../../src/codec/explain/locate.ts";
import { MessageBuilder } from "../../../src/codec/nlmsg/message-builder.ts";
import { link } from "../../../src/codec/rtnetlink/link/link.ts";
import { route } from "../../../src/codec/rtnetlink/route.ts";
import type { Attrs } from "../../../src/codec/schema/attrs.ts";
import type { Input } from "../../../src/codec/schema/codec.ts";
import type { ByteOrder } from "../../../src/codec/wire/order.ts";

const requestOf = <A extends Attrs>(set: A, value: Input<A>, order: ByteOrder): Uint8Array => {
  const builder = new MessageBuilder({ type: 16 }, order);
  builder.attributes(set, value);
  return builder.finish();
};
const newlink = (order: ByteOrder) =>
  requestOf(
    link,
    {
      ifname: "vlan0",
      linkinfo: { kind: "vlan", data: { id: 5, egressQos: { mapping: [{ from: 1, to: 2 }] } } },
      unknown: [{ type: 99, data: new Uint8Array(4) }],
    } as never,
    order,
  );
const newroute = (order: ByteOrder) =>
  requestOf(
    route,
    { family: 2, multipath: [{ gateway: "10.0.0.1" }, { gateway: "10.0.0.2", ifindex: 3 }] } as never,
    order,
  );

// Behind the nlmsghdr (16) and the head (16, or 12 of a route).
test.each<
  [what: string, schema: Attrs, request: (order: ByteOrder) => Uint8Array, offset: number, path: string | undefined]
>([
  ["the header", link, newlink, 4, "nlmsghdr"],
  ["a member of the head", link, newlink, 20, "index"],
  ["an attribute", link, newlink, 32, "ifname"],
  ["within one", link, newlink, 37, "ifname"],
  ["a nest", link, newlink, 44, "linkinfo"],
  ["one in a nest", link, newlink, 48, "linkinfo.kind"],
  ["one by the kind beside it", link, newlink, 64, "linkinfo.data.id"],
  ["a nest of a nest's", link, newlink, 72, "linkinfo.data.egressQos"],
  ["one that no schema knows", link, newlink, 88, "#99"],
  ["behind the end", link, newlink, 96, undefined],
  ["before the start", link, newlink, -1, undefined],
  ["the records of a route", route, newroute, 28, "multipath"],
  ["one in a record", route, newroute, 40, "multipath[0].gateway"],
  ["one in the second", route, newroute, 56, "multipath[1].gateway"],
  ["a member of a record's head", route, newroute, 52, "multipath[1].ifindex"],
])("%s", (_what, schema, request, offset, path) => {
  expect(locate(schema, request("little"), offset, "little")).toBe(path);
  expect(locate(schema, request("big"), offset, "big")).toBe(path);
});

test("what is missing, by the nest", () => {
  const request = newlink("little");
  expect(locateMissing(link, request, 3, undefined, "little")).toBe("ifname");
  expect(locateMissing(link, request, 1, 44, "little")).toBe("linkinfo.kind");
  expect(locateMissing(link, request, 5, 60, "little")).toBe("linkinfo.data.protocol");
  expect(locateMissing(link, request, 77, 60, "little")).toBe("linkinfo.data.#77");
  expect(locateMissing(link, request, 99, undefined, "little")).toBe("#99");
});
