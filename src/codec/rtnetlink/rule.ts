/** Rules that choose the routing table. @module */
import { attrs, ip, string } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { be32, be64, bool, enumeration, flags, names, s32, u8, u16, u32, unit } from "../schema/scalar.ts";
import { pad, struct } from "../schema/struct.ts";
import { routeProtocols } from "./route-protocol.ts";
import { routeTables } from "./route-table.ts";

/** FR_ACT_*, in iproute2's words; `lookup` goes to the table. */
export const ruleActions = names(
  "FR_ACT_",
  { unspec: 0, lookup: 1, goto: 2, nop: 3, blackhole: 6, unreachable: 7, prohibit: 8 },
  { lookup: "TO_TBL" },
);

/** FIB_RULE_*. The detached and unresolved ones are the kernel's: the device or the rule gone to is not there. */
export const ruleFlags = names("FIB_RULE_", {
  permanent: 0x01,
  invert: 0x02,
  unresolved: 0x04,
  "iif-detached": 0x08,
  "oif-detached": 0x10,
  "find-saddr": 0x10000,
});

/** struct fib_rule_hdr. `table` is `compat` (252) for a table above 255: its number is in `tableId`. */
export const fibRuleHdr = struct(
  "fib_rule_hdr",
  { size: 12 },
  {
    family: u8,
    dstLen: unit(u8, "bits"),
    srcLen: unit(u8, "bits"),
    tos: u8,
    table: enumeration(u8, routeTables),
    _res: pad(2),
    action: enumeration(u8, ruleActions),
    flags: flags(u32, ruleFlags),
  },
);

/** Both ends belong to the range. */
export const uidRange = struct("fib_rule_uid_range", { size: 8 }, { start: u32, end: u32 });
/** Both ends belong to the range; in the host's byte order, unlike ports elsewhere. */
export const portRange = struct("fib_rule_port_range", { size: 4 }, { start: u16, end: u16 });

/** RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE (fib_nl_fill_rule). */
export const rule = attrs(
  "rule",
  { c: "FRA_", head: fibRuleHdr },
  {
    tableId: [15, enumeration(u32, routeTables), "TABLE"],
    /** Ignore what the table has for prefixes of up to this length; −1: nothing. */
    suppressPrefixlen: [14, unit(s32, "bits")],
    protocol: [21, enumeration(u8, routeProtocols)],
    iifname: [3, string],
    oifname: [17, string],
    priority: [6, u32],
    fwmark: [10, u32],
    fwmask: [16, u32],
    /** Priority of the rule to go on with. */
    goto: [4, u32],
    tunId: [12, be64],
    l3mdev: [19, bool(u8)],
    uidRange: [20, uidRange],
    sportRange: [23, portRange],
    sportMask: [28, u16, ""],
    dportRange: [24, portRange],
    dportMask: [29, u16, ""],
    ipProto: [22, u8],
    suppressIfgroup: [13, s32],
    dscp: [25, u8],
    dscpMask: [30, u8, ""],
    flowlabel: [26, be32, ""],
    flowlabelMask: [27, be32, ""],
    dst: [1, ip],
    src: [2, ip],
    /** Realms: that of the source in the upper half, that of the destination in the lower one. */
    flow: [11, u32],
  },
);
export interface Rule extends Value<typeof rule> {}
