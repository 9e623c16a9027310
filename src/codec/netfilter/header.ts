/** Netfilter's netlink: a subsystem and a message in one number (linux/netfilter/nfnetlink.h). @module */
import { attrs } from "../schema/attrs.ts";
import { be16, names, u8 } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";

/** Netlink protocol number (NETLINK_NETFILTER). */
export const NETFILTER = 12;

/** `struct nfgenmsg`. Integers in attributes are big endian throughout. */
export const nfgenmsg = struct("nfgenmsg", { size: 4 }, { nfgenFamily: u8, version: u8, resId: be16 });

/** A message of netfilter: its attributes stay raw, in `unknown`. */
export const netfilterMessage = attrs("netfilter", { c: "", head: nfgenmsg }, {});

export const subsystems = names("NFNL_SUBSYS_", {
  none: 0, ctnetlink: 1, ctnetlink_exp: 2, queue: 3, ulog: 4, osf: 5, ipset: 6, acct: 7, ctnetlink_timeout: 8, cthelper: 9, nftables: 10, nft_compat: 11, hook: 12,
}); // biome-ignore format: a table
const BATCH_BEGIN = 16;
const BATCH_END = 17;

/** `"nftables 0"`, `"batch_begin"`. */
export function netfilterName(type: number): string {
  if (type === BATCH_BEGIN) return "batch_begin";
  if (type === BATCH_END) return "batch_end";
  const { values } = subsystems;
  const name = Object.keys(values).find((key) => values[key as keyof typeof values] === type >> 8);
  return `${name ?? `#${type >> 8}`} ${type & 0xff}`;
}
