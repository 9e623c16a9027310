import { describe, expect, test } from "vitest";
import { Addresses, type AddressOptions } from "../../src/api/addresses.ts";
import { Channel } from "../../src/api/channel.ts";
import { OptionError } from "../../src/api/options.ts";
import { encode } from "../../src/codec/schema/engine.ts";
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
const addresses = new Addresses(new Channel(silent));
const body = (verb: "add" | "remove", address: string, options?: AddressOptions) => {
  const { message } = addresses.prepare(verb, 3, address, options);
  return Buffer.from(encode(message.schema, message.value as never, "little")).toString("hex");
};

describe("addresses: the bytes that iproute2 sends", () => {
  test.each<[string, string, string]>([
    // The schema emits attributes in the kernel's order, iproute2 `local` before `address`: the same when sorted.
    ["ip addr add 10.0.0.1/24 dev v0", body("add", "10.0.0.1/24"), "0218000003000000080001000a000001080002000a000001"],
    [
      "ip addr del 10.0.0.1/24 dev v0",
      body("remove", "10.0.0.1/24"),
      "0218000003000000080001000a000001080002000a000001",
    ],
  ])("%s", (_command, hex, golden) => expect(hex).toBe(golden));
  test.each<[string, "add" | "remove", string, AddressOptions | undefined, object]>([
    [
      "ip addr add 10.0.0.1/24",
      "add",
      "10.0.0.1/24",
      undefined,
      { prefixlen: 24, local: "10.0.0.1", address: "10.0.0.1", scope: 0 },
    ],
    [
      "ip addr add 10.0.1.1/24 brd + label v0:1",
      "add",
      "10.0.1.1/24",
      { broadcast: "+", label: "v0:1" },
      { broadcast: "10.0.1.255", label: "v0:1" },
    ],
    ["ip addr add 10.0.17.1/20 brd -", "add", "10.0.17.1/20", { broadcast: "-" }, { broadcast: "10.0.16.0" }],
    [
      "ip addr add 10.9.9.1 peer 10.9.9.2/32",
      "add",
      "10.9.9.1",
      { peer: "10.9.9.2/32" },
      { prefixlen: 32, local: "10.9.9.1", address: "10.9.9.2" },
    ],
    ["ip addr add 127.0.0.2/8: scope host", "add", "127.0.0.2/8", undefined, { scope: 254 }],
    [
      "ip addr add … nodad valid_lft 3600 preferred_lft 1800",
      "add",
      "2001:db8::1/64",
      { flags: ["nodad"], validLifetime: 3600, preferredLifetime: 1800 },
      { allFlags: 2, cacheinfo: { valid: 3600, preferred: 1800 } },
    ],
    [
      "flags beyond the header's byte",
      "add",
      "2001:db8::1/64",
      { flags: ["noprefixroute", "mngtmpaddr"] },
      { allFlags: 0x300 },
    ],
    [
      "a life that ends now is not one, but preferred may",
      "add",
      "2001:db8::1/64",
      { preferredLifetime: 0 },
      { cacheinfo: { valid: 0xffffffff, preferred: 0 } },
    ],
    ["metric and protocol", "add", "10.0.0.1/24", { metric: 5, protocol: "kernel_ra" }, { rtPriority: 5, proto: 2 }],
  ])("%s", (_what, verb, address, options, value) => {
    expect(addresses.prepare(verb, 3, address, options).message.value).toMatchObject(value);
  });
  test("type and flags of each verb", () => {
    expect(addresses.prepare("add", 3, "10.0.0.1/24").message).toMatchObject({ type: 20, flags: 0x600 });
    expect(addresses.prepare("replace", 3, "10.0.0.1/24").message).toMatchObject({ type: 20, flags: 0x500 });
    expect(addresses.prepare("remove", 3, "10.0.0.1/24").message).toMatchObject({ type: 21, flags: 0 });
  });
});

describe("addresses: what is wrong is said, and nothing is sent", () => {
  test.each<[string, string, object, string]>([
    ["text", "eth0", {}, 'address: "eth0" is not an IP address'],
    ["length", "10.0.0.1/40", {}, "needs a prefix length from 0 to 32"],
    ["unknown option", "10.0.0.1/24", { brd: "+" }, "address.brd: there is no such option"],
    [
      "peer of another family",
      "10.0.0.1/24",
      { peer: "::1" },
      "address.peer: ::1 is of another family than 10.0.0.1/24",
    ],
    ["broadcast of a /31", "10.0.0.1/31", { broadcast: true }, "address.broadcast: 10.0.0.1/31 has none"],
    ["broadcast of IPv6", "::1/64", { broadcast: "+" }, "address.broadcast: ::1/64 has none"],
    [
      "an IPv4 broadcast of IPv6",
      "::1/64",
      { broadcast: "10.0.0.255" },
      "address.broadcast: 10.0.0.255 is not for ::1/64",
    ],
    [
      "anycast of another family",
      "2001:db8::1/64",
      { anycast: "10.0.0.1" },
      "address.anycast: 10.0.0.1 is of another family",
    ],
    ["label of IPv6", "2001:db8::1/64", { label: "v0" }, "is not a label of an IPv4 address"],
    ["label too long", "10.0.0.1/24", { label: "a-name-beyond-15" }, "up to 15 bytes"],
    ["flags not a list", "10.0.0.1/24", { flags: "nodad" }, 'address.flags: "nodad" is not a list'],
    ["unknown flag", "10.0.0.1/24", { flags: ["nodat"] }, 'address.flags: "nodat" is not one of'],
    ["unknown scope", "10.0.0.1/24", { scope: "galaxy" }, 'address.scope: "galaxy" is not one of'],
    ["no life", "10.0.0.1/24", { validLifetime: 0 }, "address.validLifetime: 0 is no life"],
    [
      "life of another unit",
      "10.0.0.1/24",
      { validLifetime: "1h" },
      'address.validLifetime: 1h is not a number of seconds or "forever"',
    ],
    ["preferred beyond valid", "10.0.0.1/24", { validLifetime: 5, preferredLifetime: 6 }, "longer than the valid one"],
    ["metric as text", "10.0.0.1/24", { metric: "5" }, 'address.metric: "5" is not an integer'],
  ])("%s", async (_what, address, options, message) => {
    const e = await addresses.add("v0", address, options as AddressOptions).catch((e) => e);
    expect(e).toBeInstanceOf(OptionError);
    expect(e.message).toContain(message);
  });
  test("filters", async () => {
    await expect(addresses.list({ device: "v0" } as never)).rejects.toThrow(
      "addresses.device: there is no such option",
    );
    await expect(addresses.list({ address: "10.0.0.0/40" })).rejects.toThrow("addresses.address:");
    await expect(addresses.list({ dev: "v0", scope: "galaxy" })).rejects.toThrow("addresses.scope:");
    await expect(addresses.list({ flags: ["nodat"] })).rejects.toThrow('addresses.flags: "nodat" is not one of');
    await expect(addresses.list({ protocol: "me" })).rejects.toThrow('addresses.protocol: "me" is not one of');
    await expect(addresses.list({ cast: "broad" as never })).rejects.toThrow('addresses.cast: "broad" is not one of');
    await expect(addresses.list({ nsid: -1 })).rejects.toThrow("addresses.nsid: -1 is not an integer");
    await expect(addresses.list({ nsid: 1, dev: "v0" })).rejects.toThrow("addresses.dev: of another namespace");
    await expect(addresses.find("10.0.0.300")).rejects.toThrow('address: "10.0.0.300" is not an IP address');
  });
});
