import { describe, expect, test } from "vitest";
import { Channel } from "../../src/api/channel.ts";
import { InterfaceNotFound } from "../../src/api/errors.ts";
import { OptionError } from "../../src/api/options.ts";
import { readRoute } from "../../src/api/route-read.ts";
import type { RouteOptions } from "../../src/api/route-value.ts";
import { Routes } from "../../src/api/routes.ts";
import { route as schema } from "../../src/codec/rtnetlink/route.ts";
import { decode, encode } from "../../src/codec/schema/engine.ts";
import type { Transport } from "../../src/transport/transport.ts";

/** A transport over which nothing may be sent. */
const silent: Transport = {
  protocol: 0,
  portId: 1,
  byteOrder: "little",
  closed: false,
  send: () => {
    throw new Error("something was sent");
  },
  receive: () => undefined,
  listen: () => {},
  join: () => {},
  leave: () => {},
  ref: () => {},
  unref: () => {},
  close: () => {},
};
const routes = new Routes(new Channel(silent));
type Verb = "add" | "append" | "change" | "replace" | "remove";
const encoded = (verb: Verb, options: RouteOptions) =>
  encode(schema, routes.prepare(verb, options).message.value as never, "little");
const value = (options: RouteOptions, verb: Verb = "add") => routes.prepare(verb, options).message.value;

describe("routes: what iproute2 sends", () => {
  test.each<[string, Verb, RouteOptions, string]>([
    [
      "ip route add 10.0.0.0/8 via 192.168.1.1",
      "add",
      { dst: "10.0.0.0/8", via: "192.168.1.1", protocol: "boot" },
      "02080000fe03000100000000080001000a00000008000500c0a80101",
    ],
    [
      "ip route replace 10.0.0.0/8 via 192.168.1.2",
      "replace",
      { dst: "10.0.0.0/8", via: "192.168.1.2", protocol: "boot" },
      "02080000fe03000100000000080001000a00000008000500c0a80102",
    ],
    [
      "ip route add default via 192.168.1.1 metric 50",
      "add",
      { dst: "default", via: "192.168.1.1", metric: 50, protocol: "boot" },
      "02000000fe0300010000000008000500c0a801010800060032000000",
    ],
    [
      "ip route add 10.50.0.0/16 dev v0 mtu 1400 src 192.168.1.5 table 1000",
      "add",
      { dst: "10.50.0.0/16", dev: 3, metrics: { mtu: 1400 }, src: "192.168.1.5", table: 1000, protocol: "boot" },
      "021000000003fd0100000000080001000a32000008000700c0a8010508000f00e803000008000400030000000c0008000800020078050000",
    ],
    [
      "ip route add 10.60.0.0/16 nexthop via 192.168.1.1 weight 2 nexthop via 192.168.1.3",
      "add",
      { dst: "10.60.0.0/16", nexthops: [{ via: "192.168.1.1", weight: 2 }, { via: "192.168.1.3" }], protocol: "boot" },
      "02100000fe03000100000000080001000a3c000024000900100000010000000008000500c0a80101100000000000000008000500c0a80103",
    ],
    [
      "ip route add blackhole 10.70.0.0/16",
      "add",
      { dst: "10.70.0.0/16", type: "blackhole", protocol: "boot" },
      "02100000fe03000600000000080001000a460000",
    ],
    [
      "ip route add 10.80.0.0/16 via inet6 fe80::1 dev v0",
      "add",
      { dst: "10.80.0.0/16", via: "fe80::1", dev: 3, protocol: "boot" },
      "02100000fe03000100000000080001000a500000160012000a00fe80000000000000000000000000000100000800040003000000",
    ],
    ["ip route del 10.0.0.0/8", "remove", { dst: "10.0.0.0/8" }, "02080000fe00ff0000000000080001000a000000"],
  ])("%s", (_command, verb, options, hex) => {
    // iproute2 orders some attributes otherwise than the kernel: the same set of values, and as many bytes.
    const golden = Buffer.from(hex, "hex");
    const ours = encoded(verb, options);
    expect(decode(schema, ours, "little")).toEqual(decode(schema, golden, "little"));
    expect(ours.length).toBe(golden.length);
  });

  test("type and flags of each verb", () => {
    const o = { dst: "10.0.0.0/8", via: "192.0.2.1" };
    expect(routes.prepare("add", o).message).toMatchObject({ type: 24, flags: 0x600 });
    expect(routes.prepare("append", o).message).toMatchObject({ type: 24, flags: 0xc00 });
    expect(routes.prepare("change", o).message).toMatchObject({ type: 24, flags: 0x100 });
    expect(routes.prepare("replace", o).message).toMatchObject({ type: 24, flags: 0x500 });
    expect(routes.prepare("remove", o).message).toMatchObject({ type: 25, flags: 0 });
    expect(routes.prepare("add", { ...o, dev: 3 }).operation()).toBe("add route 10.0.0.0/8 via 192.0.2.1 dev 3");
  });

  test.each<[string, RouteOptions, object]>([
    ["a local route stays in the host", { dst: "10.0.0.1", type: "local", dev: 1 }, { scope: 254, type: 2 }],
    ["a broadcast route on the link", { dst: "10.0.0.255", type: "broadcast", dev: 1 }, { scope: 253, type: 3 }],
    ["no gateway: on the link", { dst: "10.0.0.0/8", dev: 1 }, { scope: 253 }],
    ["a nexthop object: anywhere", { dst: "10.0.0.0/8", nexthopId: 7 }, { scope: 0, nhId: 7 }],
    ["a table by name", { dst: "10.0.0.0/8", dev: 1, table: "local" }, { table: 255 }],
    ["a table of one byte", { dst: "10.0.0.0/8", dev: 1, table: 100 }, { table: 100 }],
    [
      "a default of IPv6 by its gateway",
      { dst: "default", via: "fe80::1", dev: 1 },
      { family: 10, dstLen: 0, gateway: "fe80::1" },
    ],
    ["a default of IPv6 by word", { dst: "default", dev: 1, family: "inet6" }, { family: 10, dstLen: 0 }],
    [
      "a default of IPv4 with a source, via IPv6",
      { dst: "default", src: "192.0.2.1", via: "fe80::1", dev: 1 },
      { family: 2, prefsrc: "192.0.2.1", via: { family: 10, address: "fe80::1" } },
    ],
    [
      "what IPv6 routes have",
      { dst: "2001:db8::/32", dev: 1, from: "2001:db8:1::/48", expires: 60, pref: "low" },
      { src: "2001:db8:1::", srcLen: 48, expires: 60, pref: 3 },
    ],
    ["realms", { dst: "10.0.0.0/8", dev: 1, realm: [0xffff, 2] }, { flow: 0xffff0002 }],
    ["onlink", { dst: "10.0.0.0/8", via: "192.0.2.1", dev: 1, onlink: true }, { flags: 4 }],
    [
      "metrics",
      {
        dst: "10.0.0.0/8",
        dev: 1,
        metrics: { mtu: 1400, rtoMin: 40, ccAlgo: "cubic", features: ["ecn"], lock: ["mtu"] },
      },
      { metrics: { mtu: 1400, rtoMin: 40, ccAlgo: "cubic", features: 1, lock: 4 } },
    ],
    [
      "MPLS labels as text",
      { dst: "10.0.0.0/8", dev: 1, encap: { type: "mpls", dst: "100/200", ttl: 9 } },
      { encapType: 1, encap: { dst: [100 << 12, (200 << 12) | 0x100], ttl: 9 } },
    ],
    [
      "MPLS labels as numbers",
      { dst: "10.0.0.0/8", dev: 1, encap: { type: "mpls", dst: [100, 1048575] } },
      { encap: { dst: [100 << 12, 0xfffff100] } },
    ],
    [
      "one MPLS label",
      { dst: "10.0.0.0/8", dev: 1, encap: { type: "mpls", dst: 16 } },
      { encap: { dst: [(16 << 12) | 0x100] } },
    ],
    [
      "the heaviest nexthop",
      {
        dst: "10.0.0.0/8",
        nexthops: [
          { dev: 1, weight: 256, onlink: true, via: "192.0.2.1" },
          { dev: 2, via: "fe80::1" },
        ],
      },
      {
        multipath: [
          { hops: 255, flags: 4, ifindex: 1, gateway: "192.0.2.1" },
          { hops: 0, via: { family: 10, address: "fe80::1" } },
        ],
      },
    ],
  ])("%s", (_what, options, expected) => expect(value(options)).toMatchObject(expected));
});

describe("routes: what is wrong is said, and nothing is sent", () => {
  const ok = { dst: "10.0.0.0/8", via: "192.0.2.1" };
  test.each<[string, object, string]>([
    ["no destination", {}, "route.dst: undefined is not an IP address"],
    ["host bits", { dst: "10.0.0.1/8" }, "route.dst: 10.0.0.1/8 has host bits set; 10.0.0.0/8?"],
    ["a gateway cut short", { ...ok, via: "10.0.0" }, 'route.via: "10.0.0" is not an IP address'],
    ["an unknown option", { ...ok, gateway: "10.0.0.1" }, "route.gateway: there is no such option"],
    ["a source that is none", { ...ok, src: "eth0" }, 'route.src: "eth0" is not an IP address'],
    ["a source of another family", { ...ok, src: "::1" }, "route.src: ::1 is of another family than the route"],
    ["a family that dst is not of", { ...ok, family: "inet6" }, "route.family: 10.0.0.0/8 is not of family inet6"],
    ["from is IPv6's", { ...ok, from: "10.1.0.0/16" }, "route.from: only IPv6 routes have it"],
    ["expires is IPv6's", { ...ok, expires: 5 }, "route.expires: only IPv6 routes have it"],
    ["pref is IPv6's", { ...ok, pref: "high" }, "route.pref: only IPv6 routes have it"],
    ["realm is IPv4's", { dst: "2001:db8::/32", dev: 1, realm: 5 }, "route.realm: only IPv4 routes have it"],
    ["a realm beyond 16 bits", { ...ok, realm: [70000, 1] }, "route.realm: 70000 is not an integer from 0 to 65535"],
    ["a metric below 0", { ...ok, metric: -1 }, "route.metric: -1 is not an integer"],
    ["a metric as text", { ...ok, metric: "100" }, 'route.metric: "100" is not an integer'],
    ["tos", { ...ok, tos: 256 }, "route.tos: 256 is not an integer from 0 to 255"],
    ["an unknown type", { ...ok, type: "blackmole" }, 'route.type: "blackmole" is not one of unspec, unicast'],
    ["an unknown table", { ...ok, table: "mine" }, 'route.table: "mine" is not one of'],
    ["an unknown metric", { ...ok, metrics: { mtus: 1 } }, "route.metrics.mtus: there is no such option"],
    ["an unknown lock", { ...ok, metrics: { lock: ["mtus"] } }, "route.metrics.lock"],
    ["an unknown encap", { ...ok, encap: { type: "gre" } }, 'route.encap.type: "gre" is not one of none, mpls'],
    [
      "an encap's unknown setting",
      { ...ok, encap: { type: "ip", vni: 5 } },
      "route.encap.vni: there is no such option",
    ],
    [
      "a label beyond 20 bits",
      { ...ok, encap: { type: "mpls", dst: "100/1048576" } },
      'route.encap.dst: "1048576" is not an MPLS label',
    ],
    [
      "a weight beyond 256",
      { dst: "10.0.0.0/8", nexthops: [{ dev: 1, weight: 257 }] },
      "route.nexthops[0].weight: 257 is not an integer from 1 to 256",
    ],
    [
      "a nexthop's unknown option",
      { dst: "10.0.0.0/8", nexthops: [{ dev: 1 }, { wait: 1 }] },
      "route.nexthops[1].wait: there is no such option",
    ],
    ["no nexthops", { dst: "10.0.0.0/8", nexthops: [] }, "route.nexthops: at least one is needed"],
    ["a gateway beside nexthops", { ...ok, nexthops: [{ dev: 1 }] }, "route.via: not together with nexthops"],
    ["a gateway beside a nexthop object", { ...ok, nexthopId: 7 }, "route.via: not together with nexthopId"],
  ])("%s", async (_what, options, message) => {
    for (const verb of ["add", "remove"] as const) {
      const e = await routes[verb](options as RouteOptions).catch((e) => e);
      expect(e).toBeInstanceOf(OptionError);
      expect(e.message).toContain(message);
    }
  });

  test("also where a device would have to be found first", async () => {
    await expect(routes.add({ dst: "10.0.0.1/8", dev: "v0" })).rejects.toBeInstanceOf(OptionError);
  });
  test("an index that no device can have", async () => {
    await expect(routes.add({ dst: "10.0.0.0/8", dev: -1 })).rejects.toBeInstanceOf(InterfaceNotFound);
    await expect(routes.add({ dst: "10.0.0.0/8", nexthops: [{ dev: 1.5 }] })).rejects.toThrow(
      "interface not found: 1.5",
    );
  });
  test("a prepared request takes indexes", () => {
    expect(() => routes.prepare("add", { dst: "10.0.0.0/8", dev: "v0" })).toThrow("a prepared request takes an index");
  });

  test.each<[string, object, string]>([
    ["an unknown key", { device: "v0" }, "routes.device: there is no such option"],
    ["host bits", { dst: "10.0.0.1/8" }, "routes.dst: 10.0.0.1/8 has host bits set"],
    ["a gateway that is none", { via: "zzz" }, 'routes.via: "zzz" is not an IP address'],
    ["a family at odds", { family: "inet", root: "2001:db8::/32" }, "routes.family: 2001:db8:: is not of family inet"],
    ["families at odds", { dst: "10.0.0.0/8", match: "::1" }, "routes.family: ::1 is not of family inet"],
  ])("filter: %s", async (_what, filter, message) => {
    await expect(routes.list(filter)).rejects.toThrow(message);
    await expect(routes.list(filter)).rejects.toBeInstanceOf(OptionError);
  });

  test.each<[string, object, string]>([
    ["an unknown key", { saddr: "::1" }, "route.saddr: there is no such option"],
    ["a source of another family", { from: "::1" }, "route.from: ::1 is of another family than 8.8.8.8"],
    ["a port", { dport: 65536 }, "route.dport: 65536 is not an integer from 0 to 65535"],
    ["a mark as text", { mark: "1" }, 'route.mark: "1" is not an integer'],
  ])("look-up: %s", async (_what, by, message) => {
    await expect(routes.get("8.8.8.8", by)).rejects.toThrow(message);
  });
  test("look-up of what is no address", async () => {
    await expect(routes.get("example.com")).rejects.toThrow('"example.com" is not an IP address');
  });
});

describe("routes: as they are read", () => {
  const names = new Map([[3, "v0"]]);
  const read = (options: RouteOptions) => {
    const { message, ...rest } = readRoute(decode(schema, encoded("add", options), "little"), (i) => names.get(i));
    expect(message.family).toBe(2);
    return rest;
  };
  test("only what applies", () => {
    expect(read({ dst: "10.0.0.0/8", via: "192.0.2.1", dev: 3, metric: 100, protocol: "static" })).toEqual({
      family: "inet",
      type: "unicast",
      dst: "10.0.0.0/8",
      table: 254,
      protocol: "static",
      scope: "global",
      flags: [],
      via: "192.0.2.1",
      dev: "v0",
      oif: 3,
      metric: 100,
    });
  });
  test("default, a high table, numbers without names, devices without names", () => {
    expect(read({ dst: "default", dev: 9, table: 5000, protocol: 77, scope: 42 })).toMatchObject({
      dst: "default",
      table: 5000,
      protocol: 77,
      scope: 42,
      dev: 9,
      oif: 9,
    });
  });
  test("nexthops and labels", () => {
    expect(
      read({
        dst: "10.0.0.0/8",
        nexthops: [{ via: "192.0.2.1", dev: 3, weight: 2, encap: { type: "mpls", dst: "100/200" } }],
      }).nexthops,
    ).toEqual([{ via: "192.0.2.1", dev: "v0", oif: 3, weight: 2, flags: [], encap: { type: "mpls", dst: "100/200" } }]);
  });
});
