/** AF_XDP sockets (linux/xdp_diag.h). @module */
import { attrs } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { device, enumeration, flags, names, u8, u32, u64, unit } from "../schema/scalar.ts";
import { list, pad, struct } from "../schema/struct.ts";
import { skMeminfo } from "./meminfo.ts";
import { socketTypes } from "./types.ts";

/** XDP_SHOW_* */
export const xdpShow = names("XDP_SHOW_", { info: 0x01, "ring-cfg": 0x02, umem: 0x04, meminfo: 0x08, stats: 0x10 });
/** XDP_DU_F_* */
export const umemFlags = names("XDP_DU_F_", { zerocopy: 1 });

export const xdpRequest = attrs(
  "xdpRequest",
  {
    c: "",
    head: struct(
      "xdp_diag_req",
      { size: 20, c: "xdiag_", names: { family: "sdiag_family", protocol: "sdiag_protocol" } },
      { family: u8, protocol: u8, _pad: pad(2), ino: u32, show: flags(u32, xdpShow), cookie: list(u32, 2) },
    ),
  },
  {},
);

const ring = struct("xdp_diag_ring", { size: 4 }, { entries: u32 });
const packets = unit(u64, "packets");

export const xdpSocket = attrs(
  "xdpSocket",
  {
    c: "XDP_DIAG_",
    head: struct(
      "xdp_diag_msg",
      { size: 16, c: "xdiag_" },
      { family: u8, type: enumeration(u8, socketTypes), _pad: pad(2), ino: u32, cookie: list(u32, 2) },
    ),
  },
  {
    info: [1, struct("xdp_diag_info", { size: 8 }, { ifindex: device(u32), queueId: u32 })],
    uid: [2, u32],
    rxRing: [3, ring],
    txRing: [4, ring],
    umem: [
      5,
      struct(
        "xdp_diag_umem",
        { size: 40 },
        {
          size: unit(u64, "bytes"),
          id: u32,
          numPages: u32,
          chunkSize: unit(u32, "bytes"),
          headroom: unit(u32, "bytes"),
          ifindex: device(u32),
          queueId: u32,
          flags: flags(u32, umemFlags),
          refs: u32,
        },
      ),
    ],
    umemFillRing: [6, ring],
    umemCompletionRing: [7, ring],
    meminfo: [8, skMeminfo],
    stats: [
      9,
      struct(
        "xdp_diag_stats",
        { size: 48 },
        {
          nRxDropped: packets,
          nRxInvalid: packets,
          nRxFull: packets,
          nFillRingEmpty: packets,
          nTxInvalid: packets,
          nTxRingEmpty: packets,
        },
      ),
    ],
  },
);
export interface XdpMessage extends Value<typeof xdpSocket> {}
