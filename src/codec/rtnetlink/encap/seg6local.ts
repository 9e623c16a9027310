/** Segment routing over IPv6: what a node does with packets for one of its segments. @module */
import { attrs, bare, ipv4, ipv6, string } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { device, enumeration, flags, names, u8, u32, u64, unit } from "../../schema/scalar.ts";
import { srh } from "./srh.ts";

/** SEG6_LOCAL_ACTION_*, in iproute2's words (RFC 8986). */
export const seg6localActions = names(
  "SEG6_LOCAL_ACTION_",
  {
    unspec: 0,
    End: 1,
    "End.X": 2,
    "End.T": 3,
    "End.DX2": 4,
    "End.DX6": 5,
    "End.DX4": 6,
    "End.DT6": 7,
    "End.DT4": 8,
    "End.B6": 9,
    "End.B6.Encaps": 10,
    "End.BM": 11,
    "End.S": 12,
    "End.AS": 13,
    "End.AM": 14,
    "End.BPF": 15,
    "End.DT46": 16,
  },
  {
    "End.X": "END_X",
    "End.T": "END_T",
    "End.DX2": "END_DX2",
    "End.DX6": "END_DX6",
    "End.DX4": "END_DX4",
    "End.DT6": "END_DT6",
    "End.DT4": "END_DT4",
    "End.B6": "END_B6",
    "End.B6.Encaps": "END_B6_ENCAP",
    "End.BM": "END_BM",
    "End.S": "END_S",
    "End.AS": "END_AS",
    "End.AM": "END_AM",
    "End.BPF": "END_BPF",
    "End.DT46": "END_DT46",
  },
);

export const seg6localFlavorOps = names("SEG6_LOCAL_FLV_OP_", { psp: 1, usp: 2, usd: 3, "next-csid": 4 });
/** `1 << SEG6_LOCAL_FLV_OP_…`: a set of them. */
export const seg6localFlavors = names("", {
  psp: 1 << seg6localFlavorOps.values.psp,
  usp: 1 << seg6localFlavorOps.values.usp,
  usd: 1 << seg6localFlavorOps.values.usd,
  "next-csid": 1 << seg6localFlavorOps.values["next-csid"],
});

const program = attrs("bpf", { c: "SEG6_LOCAL_BPF_" }, { prog: [1, u32], progName: [2, string] });

const counters = attrs(
  "counters",
  { c: "SEG6_LOCAL_CNT_" },
  { packets: [2, unit(u64, "packets")], bytes: [3, unit(u64, "bytes")], errors: [4, unit(u64, "packets")] },
);

const flavors = attrs(
  "flavors",
  { c: "SEG6_LOCAL_FLV_" },
  {
    operation: [1, flags(u32, seg6localFlavors)],
    lcblockBits: [2, unit(u8, "bits")],
    lcnodeFnBits: [3, unit(u8, "bits")],
  },
);

/**
 * LWTUNNEL_ENCAP_SEG6_LOCAL (seg6_local_fill_encap): the action, then its parameters by number. `bpf.prog` is a file descriptor in
 * requests and the program's id in answers; a request asks for counting by `counters` of any value.
 */
export const seg6localEncap = attrs(
  "seg6localEncap",
  { c: "SEG6_LOCAL_" },
  {
    action: [1, enumeration(u32, seg6localActions)],
    srh: [2, srh],
    table: [3, u32],
    nh4: [4, ipv4],
    nh6: [5, ipv6],
    iif: [6, device(u32)],
    oif: [7, device(u32)],
    bpf: [8, bare(program)],
    vrftable: [9, u32],
    counters: [10, counters],
    flavors: [11, flavors],
  },
);
export interface Seg6localEncap extends Value<typeof seg6localEncap> {}
