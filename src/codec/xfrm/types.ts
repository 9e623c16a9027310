/** Numbers and names of IPsec's netlink protocol (linux/xfrm.h). @module */
import { names } from "../schema/scalar.ts";

/** NETLINK_XFRM. */
export const XFRM = 6;

export const xfrmTypes = names("XFRM_MSG_", {
  newsa: 0x10,
  delsa: 0x11,
  getsa: 0x12,
  newpolicy: 0x13,
  delpolicy: 0x14,
  getpolicy: 0x15,
  allocspi: 0x16,
  acquire: 0x17,
  expire: 0x18,
  updpolicy: 0x19,
  updsa: 0x1a,
  polexpire: 0x1b,
  flushsa: 0x1c,
  flushpolicy: 0x1d,
  newae: 0x1e,
  getae: 0x1f,
  report: 0x20,
  migrate: 0x21,
  newsadinfo: 0x22,
  getsadinfo: 0x23,
  newspdinfo: 0x24,
  getspdinfo: 0x25,
  mapping: 0x26,
  setdefault: 0x27,
  getdefault: 0x28,
});
export type XfrmType = keyof typeof xfrmTypes.values;
/** XFRM_MSG_*: `XFRM_MSG.newsa` is 16. */
export const XFRM_MSG = xfrmTypes.values;

/** XFRMNLGRP_*: numbers for NETLINK_ADD_MEMBERSHIP. */
export const xfrmGroups = names("XFRMNLGRP_", {
  acquire: 1,
  expire: 2,
  sa: 3,
  policy: 4,
  aevents: 5,
  report: 6,
  migrate: 7,
  mapping: 8,
});

/** In the words of `ip xfrm`, as all names here. `ipsec-any` (IPSEC_PROTO_ANY) is any of the first three, and 0 any at all. */
export const xfrmProtocols = names(
  "IPPROTO_",
  { esp: 50, ah: 51, comp: 108, route2: 43, hao: 60, "ipsec-any": 255 },
  { route2: "ROUTING", hao: "DSTOPTS", "ipsec-any": "" },
);
export const xfrmModes = names(
  "XFRM_MODE_",
  { transport: 0, tunnel: 1, ro: 2, "in-trigger": 3, beet: 4, iptfs: 5 },
  { ro: "ROUTEOPTIMIZATION", iptfs: "" },
);
export const xfrmShares = names("XFRM_SHARE_", { any: 0, session: 1, user: 2, unique: 3 });
export const xfrmDirections = names("XFRM_POLICY_", { in: 0, out: 1, fwd: 2 });
export const xfrmActions = names("XFRM_POLICY_", { allow: 0, block: 1 });
export const xfrmPolicyFlags = names("XFRM_POLICY_", { localok: 1, icmp: 2, "cpu-acquire": 4 });
export const xfrmPolicyTypes = names("XFRM_POLICY_TYPE_", { main: 0, sub: 1, any: 255 });
export const xfrmDefaults = names("XFRM_USERPOLICY_", { unspec: 0, block: 1, accept: 2 });
/** What a state wants of packets. */
export const xfrmStateFlags = names("XFRM_STATE_", {
  noecn: 1,
  "decap-dscp": 2,
  nopmtudisc: 4,
  wildrecv: 8,
  icmp: 16,
  "af-unspec": 32,
  align4: 64,
  esn: 128,
});
export const xfrmExtraFlags = names("XFRM_SA_XFLAG_", { "dont-encap-dscp": 1, "oseq-may-wrap": 2 });
export const xfrmStateDirections = names("XFRM_SA_DIR_", { in: 1, out: 2 });
/** How ESP goes through NAT: UDP_ENCAP_* of linux/udp.h, TCP_ENCAP_ESPINTCP. */
export const xfrmEncapTypes = names("", { "espinudp-nonike": 1, espinudp: 2, espintcp: 7 });
export const xfrmOffloadFlags = names("XFRM_OFFLOAD_", { ipv6: 1, in: 2, packet: 4 }, { in: "INBOUND" });
/** Why the kernel tells of a state's counters. */
export const xfrmAeFlags = names("XFRM_AE_", {
  rthr: 1,
  rval: 2,
  lval: 4,
  ethr: 8,
  cr: 16,
  ce: 32,
  cu: 64,
});
