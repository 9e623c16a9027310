/** Addresses of interfaces. @module */
import { attrs, ip, string } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { device, enumeration, flags, names, s32, u8, u32, unit } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";
import { scopes } from "./scope.ts";

/** The IFA_F_* that fit in the header. */
const headerFlags = names(
  "IFA_F_",
  {
    secondary: 0x01,
    nodad: 0x02,
    optimistic: 0x04,
    dadfailed: 0x08,
    home: 0x10,
    deprecated: 0x20,
    tentative: 0x40,
    permanent: 0x80,
  },
  { home: "HOMEADDRESS" },
);

/** IFA_F_*, in iproute2's words. A `secondary` address of IPv6 is a temporary one (privacy extensions). */
export const addressFlags = names(
  "IFA_F_",
  {
    ...headerFlags.values,
    mngtmpaddr: 0x100,
    noprefixroute: 0x200,
    autojoin: 0x400,
    "stable-privacy": 0x800,
  },
  { home: "HOMEADDRESS", mngtmpaddr: "MANAGETEMPADDR", autojoin: "MCAUTOJOIN" },
);

/** Who set an address (Linux 5.18 and later), in iproute2's words. */
export const addressProtocols = names("IFAPROT_", { unspec: 0, kernel_lo: 1, kernel_ra: 2, kernel_ll: 3 });

/** struct ifaddrmsg. `flags` holds the lower eight bits of `allFlags`. */
export const ifaddrmsg = struct(
  "ifaddrmsg",
  { size: 8, c: "ifa_" },
  {
    family: u8,
    prefixlen: unit(u8, "bits"),
    flags: flags(u8, headerFlags),
    scope: enumeration(u8, scopes),
    index: device(u32),
  },
);

/** struct ifa_cacheinfo. Lifetimes of 0xffffffff are for ever; the stamps count from boot. */
export const addressCacheinfo = struct(
  "ifa_cacheinfo",
  { size: 16, c: "ifa_", names: { preferred: "ifa_prefered", cstamp: "cstamp", tstamp: "tstamp" } },
  {
    preferred: unit(u32, "s"),
    valid: unit(u32, "s"),
    cstamp: unit(u32, "USER_HZ"),
    tstamp: unit(u32, "USER_HZ"),
  },
);

/**
 * RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR; RTM_GETMULTICAST and RTM_GETANYCAST for IPv6. Of an IPv4 address, and of an IPv6 one with a
 * peer, `local` is the own address and `address` the peer's or again the own; other IPv6 ones have only `address`.
 * The order is IPv4's (inet_fill_ifaddr); IPv6 emits `cacheinfo` before `allFlags` (inet6_fill_ifaddr).
 */
export const address = attrs(
  "address",
  { c: "IFA_", head: ifaddrmsg },
  {
    targetNetnsid: [10, s32],
    address: [1, ip],
    local: [2, ip],
    broadcast: [4, ip],
    label: [3, string],
    proto: [11, enumeration(u8, addressProtocols)],
    /** Where it is present, `flags` is not looked at. */
    allFlags: [8, flags(u32, addressFlags), "FLAGS"],
    /** Metric of the address's prefix route. */
    rtPriority: [9, u32],
    multicast: [7, ip],
    anycast: [5, ip],
    cacheinfo: [6, addressCacheinfo],
  },
);
export interface Address extends Value<typeof address> {}
