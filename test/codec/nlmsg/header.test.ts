import { describe, expect, test } from "vitest";
import { beginMessage, eachMessage, endMessage, messages } from "../../../src/codec/nlmsg/header.ts";
import { route } from "../../../src/codec/rtnetlink/route.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { decoder, encoder } from "../../../src/codec/schema/engine.ts";
import { CodecError } from "../../../src/codec/wire/error.ts";
import { Writer } from "../../../src/codec/wire/writer.ts";

describe.each(["little", "big"] as const)("messages back to back, %s-endian", (order) => {
  const encode = encoder(route, order);
  const datagram = (...dsts: string[]) => {
    const w = new Writer(order);
    for (const [i, dst] of dsts.entries()) {
      const at = beginMessage(w, { type: RTM.newroute, flags: 2, sequence: 7 + i, portId: 9 });
      encode(w, { family: 2, dst, protoinfo: new Uint8Array(i) }); // of an odd length, too
      endMessage(w, at);
    }
    return w.take();
  };
  const walked = (bytes: Uint8Array) => {
    const decode = decoder(route, order);
    const found: unknown[] = [];
    eachMessage(bytes, (type, src, at, end) => found.push([type, decode(src, at, end).dst]), order);
    return found;
  };
  test("are handed over in order, as `messages` gives them", () => {
    const bytes = datagram("192.0.2.1", "192.0.2.2", "192.0.2.3");
    expect(walked(bytes)).toEqual([1, 2, 3].map((i) => [RTM.newroute, `192.0.2.${i}`]));
    expect([...messages(bytes, order)].map((m) => [m.sequence, m.portId, m.payload.length])).toEqual([
      [7, 9, 12 + 8 + 4],
      [8, 9, 12 + 8 + 8],
      [9, 9, 12 + 8 + 8],
    ]);
    expect(walked(new Uint8Array())).toEqual([]);
  });
  test.each([
    ["cut within a header", (b: Uint8Array) => b.subarray(0, -40)],
    ["cut within a payload", (b: Uint8Array) => b.subarray(0, -1)],
    ["a length of 0", (b: Uint8Array) => b.fill(0, 40, 44)],
    ["a length beyond the end", (b: Uint8Array) => b.fill(0xff, 40, 44)],
  ])("%s: an error after those before it", (_, spoil) => {
    const bytes = spoil(datagram("192.0.2.1", "192.0.2.2"));
    const found: number[] = [];
    expect(() => eachMessage(bytes, (_type, _src, at) => found.push(at), order)).toThrow(CodecError);
    expect(found).toEqual([16]);
  });
});

test("an encoder is for writers of its byte order, and leaves nothing half written", () => {
  const encode = encoder(route, "little");
  expect(() => encode(new Writer("big"), {})).toThrow("encoder: the writer's byte order is not little-endian");
  const w = new Writer("little");
  encode(w, { family: 2 });
  expect(() => encode(w, { family: 2, dst: "192.0.2.1", priority: -1 })).toThrow(
    "route.priority: -1 is not an integer from 0 to 4294967295",
  );
  expect(() => encode(w, null as never)).toThrow("route: null is not an object");
  expect(w.length).toBe(12);
});
