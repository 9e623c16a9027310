/** Prefixes that IPv6 routers advertise: the events of RTNLGRP_IPV6_PREFIX. @module */
import { attrs, ipv6 } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { device, flags, names, s32, u8, u32, unit } from "../schema/scalar.ts";
import { pad, struct } from "../schema/struct.ts";

/** IF_PREFIX_* of the kernel's net/if_inet6.h. */
export const prefixFlags = names("", { onlink: 0x01, autoconf: 0x02 });

/** struct prefixmsg. `type` is the neighbour discovery option's, 3. */
export const prefixmsg = struct(
  "prefixmsg",
  { size: 12, c: "prefix_" },
  {
    family: u8,
    _pad1: pad(3),
    ifindex: device(s32),
    type: u8,
    len: unit(u8, "bits"),
    flags: flags(u8, prefixFlags),
    _pad3: pad(1),
  },
);

/** struct prefix_cacheinfo: 0xffffffff is for ever. */
export const prefixCacheinfo = struct(
  "prefix_cacheinfo",
  { size: 8 },
  { preferredTime: unit(u32, "s"), validTime: unit(u32, "s") },
);

/** RTM_NEWPREFIX (inet6_fill_prefix). */
export const prefix = attrs(
  "prefix",
  { c: "PREFIX_", head: prefixmsg },
  { address: [1, ipv6], cacheinfo: [2, prefixCacheinfo] },
);
export interface Prefix extends Value<typeof prefix> {}
