import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage } from "../../../src/codec/decode-message.ts";
import { MessageBuilder } from "../../../src/codec/nlmsg/message-builder.ts";
import { type Attrs, bytes } from "../../../src/codec/schema/attrs.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { u8 } from "../../../src/codec/schema/scalar.ts";
import { inet6Request, inet6Sockets, inetRequest, inetSockets } from "../../../src/codec/sockdiag/inet.ts";
import { netlinkRequest, netlinkSocket } from "../../../src/codec/sockdiag/netlink.ts";
import { packetRequest, packetSocket } from "../../../src/codec/sockdiag/packet.ts";
import { sockoptNames } from "../../../src/codec/sockdiag/sockopt.ts";
import { tcpInfo, tcpInfoBits, tcpInfoOf612, wscales } from "../../../src/codec/sockdiag/tcp-info.ts";
import { SOCK_DESTROY, SOCK_DIAG, SOCK_DIAG_BY_FAMILY } from "../../../src/codec/sockdiag/types.ts";
import { unixRequest, unixSocket } from "../../../src/codec/sockdiag/unix.ts";
import { vsockRequest, vsockSocket } from "../../../src/codec/sockdiag/vsock.ts";
import { xdpRequest, xdpSocket } from "../../../src/codec/sockdiag/xdp.ts";
import { arbitrary } from "../../support/arbitrary.ts";
import { compiled, interpreted } from "../../support/engines.ts";

const sets: readonly Attrs[] = [
  ...Object.values(inetSockets),
  ...Object.values(inet6Sockets),
  inetRequest,
  inet6Request,
  unixRequest,
  unixSocket,
  netlinkRequest,
  netlinkSocket,
  packetRequest,
  packetSocket,
  vsockRequest,
  vsockSocket,
  xdpRequest,
  xdpSocket,
] as readonly Attrs[];

describe.each(["little", "big"] as const)("%s-endian", (order) => {
  test.each(sets.map((set) => [set.name, set] as const))("%s: value, bytes, value, in both engines", (_, set) => {
    fc.assert(
      fc.property(arbitrary(set), (x) => {
        const encoded = interpreted(set, order).encode(x);
        expect(compiled(set, order).encode(x)).toEqual(encoded);
        expect(interpreted(set, order).decode(encoded)).toEqual(x);
        expect(compiled(set, order).decode(encoded)).toEqual(x);
      }),
      { numRuns: 60 },
    );
  });
});

describe("decodeMessage", () => {
  const message = (type: number, flags: number, set: Attrs, value: object, more?: (m: MessageBuilder) => void) => {
    const m = new MessageBuilder({ type, flags });
    m.attributes(set, value as never);
    more?.(m);
    return m.finish();
  };
  const ofLength = (n: number) => (m: MessageBuilder) => m.attribute(2, bytes, new Uint8Array(n));
  const answer = (family: 2 | 10) => (family === 2 ? inetSockets.other : inet6Sockets.other) as Attrs;

  test.each([
    [
      "a request of IPv4",
      SOCK_DIAG_BY_FAMILY,
      0x301,
      inetRequest,
      { family: 2, protocol: 6, states: 0xfff },
      "getsockets",
    ],
    ["a request of unix", SOCK_DIAG_BY_FAMILY, 0x301, unixRequest, { family: 1, show: 0x3f }, "getsockets"],
    ["a request to destroy", SOCK_DESTROY, 5, inet6Request, { family: 10, protocol: 6, dst: "::1" }, "destroy"],
    ["an answer of IPv6", SOCK_DIAG_BY_FAMILY, 2, inet6Sockets.tcp, { family: 10, src: "2001:db8::1" }, "socket"],
    ["an answer of unix", SOCK_DIAG_BY_FAMILY, 2, unixSocket, { family: 1, ino: 7 }, "socket"],
    ["an answer of netlink", SOCK_DIAG_BY_FAMILY, 2, netlinkSocket, { family: 16, portid: 7 }, "socket"],
    ["an answer of packet", SOCK_DIAG_BY_FAMILY, 2, packetSocket, { family: 17, num: 3 }, "socket"],
    ["an answer of vsock", SOCK_DIAG_BY_FAMILY, 2, vsockSocket, { family: 40, srcCid: 2 }, "socket"],
    ["an answer of xdp", SOCK_DIAG_BY_FAMILY, 2, xdpSocket, { family: 44, ino: 2 }, "socket"],
  ] as const)("%s", (_, type, flags, set, value, name) => {
    const decoded = decodeMessage(SOCK_DIAG, message(type, flags, set as Attrs, value));
    expect(decoded).toMatchObject({ name, value });
  });

  test("what info is, its length tells, and the protocol that raw sockets name", () => {
    const info = (n: number, more?: (m: MessageBuilder) => void) =>
      (
        decodeMessage(
          SOCK_DIAG,
          message(SOCK_DIAG_BY_FAMILY, 2, answer(2), { family: 2 }, (m) => {
            more?.(m);
            ofLength(n)(m);
          }),
        ) as unknown as { value: { info: object } }
      ).value.info;
    expect(info(248)).toHaveProperty("sndCwnd");
    expect(info(104)).toHaveProperty("sndCwnd");
    expect(info(96)).toHaveProperty("writeSeq");
    expect(info(368)).toHaveProperty("peerRwnd");
    expect(info(248, (m) => m.attribute(10, u8, 58))).toBeInstanceOf(Uint8Array);
    expect(info(248, (m) => m.attribute(10, u8, 6))).toHaveProperty("sndCwnd");
  });

  test("an unknown family and a short answer stay raw", () => {
    const m = new MessageBuilder({ type: SOCK_DIAG_BY_FAMILY, flags: 2 });
    m.bytes(Uint8Array.of(30, 1, 2, 3));
    expect(decodeMessage(SOCK_DIAG, m.finish())).toMatchObject({ name: "#20", raw: Uint8Array.of(30, 1, 2, 3) });
    const short = new MessageBuilder({ type: SOCK_DIAG_BY_FAMILY, flags: 2 });
    short.bytes(Uint8Array.of(2, 1, 2, 3));
    expect(decodeMessage(SOCK_DIAG, short.finish())).toMatchObject({ name: "socket", raw: Uint8Array.of(2, 1, 2, 3) });
    expect(decodeMessage(SOCK_DIAG, new MessageBuilder({ type: SOCK_DIAG_BY_FAMILY }).finish())).toHaveProperty("raw");
  });

  test("any bytes: decoded or raw, never thrown", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom(1, 2, 10, 16, 17, 40, 44),
        fc.constantFrom(0, 1),
        fc.constantFrom(20, 21),
        (payload, family, flags, type) => {
          const m = new MessageBuilder({ type, flags });
          m.bytes(Uint8Array.of(family, ...payload));
          const decoded = decodeMessage(SOCK_DIAG, m.finish());
          expect("value" in decoded || "raw" in decoded).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("tcp_info", () => {
  const lengths = [104, 120, 136, 144, 160, 168, 192, 200, 216, 224, 232, 240, 248, 280];
  test.each(lengths)("of %i bytes, as some kernel sends it: what is not there is left out", (n) => {
    const m = new MessageBuilder({ type: 20, flags: 2 });
    m.attributes(inetSockets.other as Attrs, { family: 2 } as never);
    m.attribute(
      2,
      bytes,
      Uint8Array.from({ length: n }, (_, i) => i),
    );
    const payload = m.finish().subarray(16);
    const { info } = decode(inetSockets.tcp, payload);
    expect(info).toBeDefined();
    expect(info).not.toHaveProperty("rest");
    expect("pacingRate" in info!).toBe(n > 104);
    expect("totalRtoTime" in info!).toBe(n >= 248);
    expect("accecn" in info!).toBe(n >= 280);
    expect(encode(inetSockets.tcp, decode(inetSockets.tcp, payload))).toEqual(payload);
  });
  test("of a newer kernel: the rest is kept", () => {
    const m = new MessageBuilder({ type: 20, flags: 2 });
    m.attributes(inetSockets.other as Attrs, { family: 2 } as never);
    m.attribute(2, bytes, new Uint8Array(288).fill(7));
    const payload = m.finish().subarray(16);
    const value = decode(inetSockets.tcp, payload);
    expect(value.info?.rest).toEqual(new Uint8Array(8).fill(7));
    expect(encode(inetSockets.tcp, value)).toEqual(payload);
  });
  test("the struct of Linux 6.12 is the beginning of the present one", () => {
    expect(Object.keys(tcpInfo.members).slice(0, Object.keys(tcpInfoOf612.members).length)).toEqual(
      Object.keys(tcpInfoOf612.members),
    );
  });
});

test("bit fields lie the other way round on a host of the other byte order", () => {
  expect(wscales(0x7a, true)).toEqual({ snd: 10, rcv: 7 });
  expect(wscales(0xa7, false)).toEqual({ snd: 10, rcv: 7 });
  expect(tcpInfoBits(0b101, true)).toEqual({ deliveryRateAppLimited: true, fastopenClientFail: 2 });
  expect(tcpInfoBits(0b1100_0000, false)).toEqual({ deliveryRateAppLimited: true, fastopenClientFail: 2 });
  expect(sockoptNames({ low: 0b10010, high: 1 }, true)).toEqual(["isIcsk", "mcLoop", "bindAddressNoPort"]);
  expect(sockoptNames({ low: 0b01001000, high: 0x80 }, false)).toEqual(["isIcsk", "mcLoop", "bindAddressNoPort"]);
});
