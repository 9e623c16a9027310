/** Links of kind `amt`: Automatic Multicast Tunneling, RFC 7450. @module */
import { attrs, ipv4 } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { be16, device, enumeration, names, u32 } from "../../../schema/scalar.ts";

/** End of the tunnel: at the receivers (`gateway`) or at the source (`relay`). */
export const amtModes = names("AMT_MODE_", { gateway: 0, relay: 1 });

/** IFLA_INFO_DATA of `amt` (amt_fill_info in drivers/net/amt.c). Ports are big endian. */
export const amt = attrs(
  "amt",
  { c: "IFLA_AMT_" },
  {
    mode: [1, enumeration(u32, amtModes)],
    relayPort: [2, be16],
    gatewayPort: [3, be16],
    link: [4, device(u32)],
    localIp: [5, ipv4],
    discoveryIp: [7, ipv4],
    remoteIp: [6, ipv4],
    maxTunnels: [8, u32],
  },
);
export interface Amt extends Value<typeof amt> {}
