/** Labels that IPv6 source address selection goes by (RFC 6724). @module */
import { attrs, ipv6 } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { device, u8, u32, unit } from "../schema/scalar.ts";
import { pad, struct } from "../schema/struct.ts";

/** struct ifaddrlblmsg. `index` is 0 for a label that holds on every device; `seq` the table's generation. */
export const ifaddrlblmsg = struct(
  "ifaddrlblmsg",
  { size: 12, c: "ifal_" },
  { family: u8, _reserved: pad(1), prefixlen: unit(u8, "bits"), flags: u8, index: device(u32), seq: u32 },
);

/** RTM_NEWADDRLABEL, RTM_DELADDRLABEL, RTM_GETADDRLABEL (net/ipv6/addrlabel.c). */
export const addressLabel = attrs(
  "addressLabel",
  { c: "IFAL_", head: ifaddrlblmsg },
  { address: [1, ipv6], label: [2, u32] },
);
export interface AddressLabel extends Value<typeof addressLabel> {}
