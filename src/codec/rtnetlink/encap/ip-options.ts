/** Options of the tunnel header, for IPv4 and IPv6 encapsulations through a device that collects metadata. @module */
import { attrs, bare, bytes, multi } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { be16, be32, flags, names, u8, u32 } from "../../schema/scalar.ts";

/**
 * TUNNEL_*, the first sixteen of the kernel's tunnel flags. The header has them in network byte order or as numbers of bits:
 * no constant is worth the mask.
 */
export const ipTunnelFlags = names("", {
  csum: 0x0001,
  routing: 0x0002,
  key: 0x0004,
  seq: 0x0008,
  strict: 0x0010,
  rec: 0x0020,
  version: 0x0040,
  "no-key": 0x0080,
  "dont-fragment": 0x0100,
  oam: 0x0200,
  "crit-opt": 0x0400,
  "geneve-opt": 0x0800,
  "vxlan-opt": 0x1000,
  nocache: 0x2000,
  "erspan-opt": 0x4000,
  "gtp-opt": 0x8000,
});
export const ipTunnelFlagBits = /* @__PURE__ */ flags(be16, ipTunnelFlags);

// iproute2 sends a nest for each option; the kernel answers with the members of all of them, one after the other, in one nest.
const geneve = attrs(
  "geneve",
  { c: "LWTUNNEL_IP_OPT_GENEVE_" },
  { class: [1, multi(be16)], type: [2, multi(u8)], data: [3, multi(bytes)] },
);
const vxlan = attrs("vxlan", { c: "LWTUNNEL_IP_OPT_VXLAN_" }, { gbp: [1, u32] });
/** `index` belongs to version 1, `dir` and `hwid` to version 2. */
const erspan = attrs(
  "erspan",
  { c: "LWTUNNEL_IP_OPT_ERSPAN_" },
  { ver: [1, u8], index: [2, be32], dir: [3, u8], hwid: [4, u8] },
);

/** LWTUNNEL_IP_OPTS and LWTUNNEL_IP6_OPTS (ip_tun_fill_encap_opts): options of one kind. */
export const ipOptions = attrs(
  "opts",
  { c: "LWTUNNEL_IP_OPTS_" },
  { geneve: [1, multi(bare(geneve))], vxlan: [2, bare(vxlan)], erspan: [3, bare(erspan)] },
);
export interface IpOptions extends Value<typeof ipOptions> {}
