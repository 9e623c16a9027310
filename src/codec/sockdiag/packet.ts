/** Packet sockets (linux/packet_diag.h). @module */
import { array, attrs, bytes } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { device, enumeration, flags, names, u8, u16, u32, unit } from "../schema/scalar.ts";
import { byteArray, list, pad, struct } from "../schema/struct.ts";
import { skMeminfo } from "./meminfo.ts";
import { socketTypes } from "./types.ts";

/** PACKET_SHOW_* */
export const packetShow = names("PACKET_SHOW_", {
  info: 0x01,
  mclist: 0x02,
  "ring-cfg": 0x04,
  fanout: 0x08,
  meminfo: 0x10,
  filter: 0x20,
});
/** PDI_* */
export const packetFlags = names("PDI_", { running: 0x01, auxdata: 0x02, origdev: 0x04, vnethdr: 0x08, loss: 0x10 });
/** PACKET_FANOUT_*: how a group shares packets out. */
export const fanoutModes = names("PACKET_FANOUT_", {
  hash: 0,
  lb: 1,
  cpu: 2,
  rollover: 3,
  rnd: 4,
  qm: 5,
  cbpf: 6,
  ebpf: 7,
});

export const packetRequest = attrs(
  "packetRequest",
  {
    c: "",
    head: struct(
      "packet_diag_req",
      { size: 20, c: "pdiag_", names: { family: "sdiag_family", protocol: "sdiag_protocol" } },
      { family: u8, protocol: u8, _pad: pad(2), ino: u32, show: flags(u32, packetShow), cookie: list(u32, 2) },
    ),
  },
  {},
);

const ring = struct(
  "packet_diag_ring",
  { size: 28, c: "pdr_", names: { sizeofPriv: "pdr_sizeof_priv" } },
  {
    blockSize: unit(u32, "bytes"),
    blockNr: u32,
    frameSize: unit(u32, "bytes"),
    frameNr: u32,
    retireTmo: unit(u32, "ms"),
    sizeofPriv: unit(u32, "bytes"),
    features: u32,
  },
);

export const packetSocket = attrs(
  "packetSocket",
  {
    c: "PACKET_DIAG_",
    head: struct(
      "packet_diag_msg",
      { size: 16, c: "pdiag_" },
      {
        family: u8,
        type: enumeration(u8, socketTypes),
        /** ETH_P_* that it takes; 3 is all. */
        num: u16,
        ino: u32,
        cookie: list(u32, 2),
      },
    ),
  },
  {
    info: [
      0,
      struct(
        "packet_diag_info",
        { size: 24, c: "pdi_" },
        {
          /** The device it is bound to, or 0. */
          index: device(u32),
          /** TPACKET_V1…V3: 0…2. */
          version: u32,
          reserve: unit(u32, "bytes"),
          copyThresh: u32,
          tstamp: u32,
          flags: flags(u32, packetFlags),
        },
      ),
    ],
    uid: [5, u32],
    /** Memberships: PACKET_MR_* by `type`; of `addr`, `alen` bytes count. */
    mclist: [
      1,
      array(
        struct(
          "packet_diag_mclist",
          { size: 44, c: "pdmc_" },
          { index: device(u32), count: u32, type: u16, alen: u16, addr: byteArray(32) },
        ),
      ),
    ],
    rxRing: [2, ring],
    txRing: [3, ring],
    /** Id of the group in the low half, `fanoutModes` in the third byte, flags above. */
    fanout: [4, u32],
    meminfo: [6, skMeminfo],
    /** The classic BPF program: struct sock_filter, 8 bytes an instruction. */
    filter: [7, bytes],
  },
);
export interface PacketMessage extends Value<typeof packetSocket> {}
