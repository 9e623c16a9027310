/** Links of kind `ipoib`: IP over InfiniBand. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { bool, enumeration, names, u16 } from "../../../schema/scalar.ts";

/** Transport of the queue pairs: unreliable datagrams, or connections. */
export const ipoibModes = names("IPOIB_MODE_", { datagram: 0, connected: 1 });

/** IFLA_INFO_DATA of `ipoib` (ipoib_fill_info in drivers/infiniband/ulp/ipoib/ipoib_netlink.c). */
export const ipoib = attrs(
  "ipoib",
  { c: "IFLA_IPOIB_" },
  {
    /** Partition key. */
    pkey: [1, u16],
    mode: [2, enumeration(u16, ipoibModes)],
    /** User space may join multicast groups. */
    umcast: [3, bool(u16)],
  },
);
export interface Ipoib extends Value<typeof ipoib> {}
