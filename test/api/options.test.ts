import { describe, expect, test } from "vitest";
import {
  canonicalAddress,
  checkOptions,
  contains,
  familyName,
  familyNumber,
  fromOptions,
  integer,
  OptionError,
  parseAddress,
  parsePrefix,
  wordNumber,
} from "../../src/api/options.ts";
import { metrics } from "../../src/codec/rtnetlink/metrics.ts";
import { scopes } from "../../src/codec/rtnetlink/scope.ts";

describe("options", () => {
  test.each<[string, () => unknown, string, string]>([
    [
      "an address that is cut short",
      () => parseAddress("route.via", "10.0.0"),
      'route.via: "10.0.0" is not an IP address',
      "via",
    ],
    [
      "no address",
      () => parseAddress("route.via", undefined as never),
      "route.via: undefined is not an IP address",
      "via",
    ],
    [
      "a length beyond the family's",
      () => parsePrefix("route.dst", "10.0.0.0/33"),
      'route.dst: "10.0.0.0/33" needs a prefix length from 0 to 32',
      "dst",
    ],
    [
      "a length left out",
      () => parsePrefix("route.dst", "10.0.0.0/"),
      'route.dst: "10.0.0.0/" needs a prefix length from 0 to 32',
      "dst",
    ],
    [
      "a length that is no number",
      () => parsePrefix("route.dst", "::/1e1"),
      'route.dst: "::/1e1" needs a prefix length from 0 to 128',
      "dst",
    ],
    [
      "host bits",
      () => parsePrefix("route.dst", "10.0.0.1/8"),
      "route.dst: 10.0.0.1/8 has host bits set; 10.0.0.0/8?",
      "dst",
    ],
    [
      "host bits within a byte",
      () => parsePrefix("route.dst", "10.0.15.0/21"),
      "route.dst: 10.0.15.0/21 has host bits set; 10.0.8.0/21?",
      "dst",
    ],
    [
      "host bits of IPv6",
      () => parsePrefix("route.dst", "2001:db8::1/33"),
      "route.dst: 2001:db8::1/33 has host bits set; 2001:db8::/33?",
      "dst",
    ],
    [
      "a default route's host bits",
      () => parsePrefix("route.dst", "1.0.0.0/0"),
      "route.dst: 1.0.0.0/0 has host bits set; 0.0.0.0/0?",
      "dst",
    ],
    [
      "a word that is none",
      () => wordNumber("route.scope", scopes, "galaxy"),
      'route.scope: "galaxy" is not one of global, site, link, host, nowhere',
      "scope",
    ],
    [
      "a word of every object",
      () => wordNumber("route.scope", scopes, "toString"),
      'route.scope: "toString" is not one of global, site, link, host, nowhere',
      "scope",
    ],
    [
      "a fraction",
      () => integer("route.metric", 1.5),
      "route.metric: 1.5 is not an integer from 0 to 4294967295",
      "metric",
    ],
    [
      "a number as text",
      () => integer("route.tos", "7" as never, 255),
      'route.tos: "7" is not an integer from 0 to 255',
      "tos",
    ],
    [
      "a family that is none",
      () => familyNumber("routes.family", "ipx" as never),
      'routes.family: "ipx" is not one of unspec, inet, bridge, inet6, mpls',
      "family",
    ],
    [
      "a key that is unknown",
      () => checkOptions("route", { dts: 1 }, ["dst", "via"]),
      "route.dts: there is no such option; there are dst, via",
      "dts",
    ],
  ])("%s", (_what, f, message, option) => {
    expect(f).toThrow(OptionError);
    expect(f).toThrow(TypeError);
    expect(f).toThrow(message);
    try {
      f();
    } catch (e) {
      expect((e as OptionError).message).toBe(message);
      expect((e as OptionError).option).toBe(option);
      expect((e as OptionError).expected).not.toBe("");
    }
  });

  test("prefixes", () => {
    expect(parsePrefix("x", "10.0.0.0/8")).toEqual({ family: 2, address: "10.0.0.0", length: 8 });
    expect(parsePrefix("x", "10.0.0.1")).toEqual({ family: 2, address: "10.0.0.1", length: 32 });
    expect(parsePrefix("x", "0.0.0.0/0")).toEqual({ family: 2, address: "0.0.0.0", length: 0 });
    expect(parsePrefix("x", "::1")).toEqual({ family: 10, address: "::1", length: 128 });
    expect(parsePrefix("x", "192.0.2.1/24", true)).toEqual({ family: 2, address: "192.0.2.1", length: 24 });
  });

  test("what lies in a prefix", () => {
    const within = (prefix: string, address: string) => contains(parsePrefix("x", prefix), address);
    expect(within("10.0.8.0/21", "10.0.15.255")).toBe(true);
    expect(within("10.0.8.0/21", "10.0.16.0")).toBe(false);
    expect(within("0.0.0.0/0", "192.0.2.1")).toBe(true);
    expect(within("0.0.0.0/0", "::1")).toBe(false);
    expect(within("10.0.0.1", "10.0.0.1")).toBe(true);
    expect(within("10.0.0.1", "10.0.0.0")).toBe(false);
    expect(within("2001:db8::/33", "2001:db8:7fff::1")).toBe(true);
    expect(within("2001:db8::/33", "2001:db8:8000::")).toBe(false);
  });

  test("words, numbers, families, addresses", () => {
    expect(wordNumber("x", scopes, "link")).toBe(253);
    expect(wordNumber("x", scopes, 42)).toBe(42);
    expect(wordNumber("x", scopes, "42")).toBe(42);
    expect(familyNumber("x", "inet6")).toBe(10);
    expect(familyName(2)).toBe("inet");
    expect(familyName(99)).toBe("99");
    expect(canonicalAddress("x", "2001:DB8:0:0::1")).toBe("2001:db8::1");
  });

  test("settings of a schema", () => {
    expect(fromOptions("route.metrics", metrics, { mtu: 1400, lock: ["mtu"], quickack: true })).toEqual({
      mtu: 1400,
      lock: 4,
      quickack: 1,
    });
    expect(() => fromOptions("route.metrics", metrics, { mtus: 1 } as never)).toThrow(
      /route\.metrics\.mtus: there is no such option/,
    );
    expect(() => fromOptions("route.metrics", metrics, { mtu: -1 })).toThrow(OptionError);
  });
});
