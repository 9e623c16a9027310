/** Netlink's own sockets (linux/netlink_diag.h). @module */
import { array, attrs } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { enumeration, flags, names, u8, u32 } from "../schema/scalar.ts";
import { list, pad, struct } from "../schema/struct.ts";
import { skMeminfo } from "./meminfo.ts";
import { socketTypes } from "./types.ts";

/** NETLINK_*: netlink's protocols, in iproute2's words. */
export const netlinkProtocols = names(
  "NETLINK_",
  {
    rtnl: 0,
    unused: 1,
    usersock: 2,
    fw: 3,
    tcpdiag: 4,
    nflog: 5,
    xfrm: 6,
    selinux: 7,
    iscsi: 8,
    audit: 9,
    fiblookup: 10,
    connector: 11,
    nft: 12,
    ip6fw: 13,
    "dec-rt": 14,
    uevent: 15,
    genl: 16,
    "scsi-trans": 18,
    ecryptfs: 19,
    rdma: 20,
    crypto: 21,
    smc: 22,
  },
  {
    rtnl: "ROUTE",
    fw: "FIREWALL",
    tcpdiag: "SOCK_DIAG",
    fiblookup: "FIB_LOOKUP",
    nft: "NETFILTER",
    ip6fw: "IP6_FW",
    "dec-rt": "DNRTMSG",
    uevent: "KOBJECT_UEVENT",
    genl: "GENERIC",
    "scsi-trans": "SCSITRANSPORT",
  },
);

/** NDIAG_SHOW_*. Without one only sockets are told that are bound to a port id; `groups` shows the others too. */
export const netlinkShow = names("NDIAG_SHOW_", { meminfo: 1, groups: 2, "ring-cfg": 4, flags: 8 });

/** NDIAG_FLAG_* */
export const netlinkFlags = names("NDIAG_FLAG_", {
  "cb-running": 0x01,
  pktinfo: 0x02,
  "broadcast-error": 0x04,
  "no-enobufs": 0x08,
  "listen-all-nsid": 0x10,
  "cap-ack": 0x20,
});

/** NDIAG_PROTO_ALL */
export const NDIAG_PROTO_ALL = 255;

export const netlinkRequest = attrs(
  "netlinkRequest",
  {
    c: "",
    head: struct(
      "netlink_diag_req",
      { size: 20, c: "ndiag_", names: { family: "sdiag_family", protocol: "sdiag_protocol" } },
      {
        family: u8,
        /** NDIAG_PROTO_ALL, or one of `netlinkProtocols`. */
        protocol: u8,
        _pad: pad(2),
        ino: u32,
        show: flags(u32, netlinkShow),
        cookie: list(u32, 2),
      },
    ),
  },
  {},
);

const ring = struct(
  "netlink_diag_ring",
  { size: 16, c: "ndr_" },
  { blockSize: u32, blockNr: u32, frameSize: u32, frameNr: u32 },
);

export const netlinkSocket = attrs(
  "netlinkSocket",
  {
    c: "NETLINK_DIAG_",
    head: struct(
      "netlink_diag_msg",
      { size: 28, c: "ndiag_" },
      {
        family: u8,
        type: enumeration(u8, socketTypes),
        protocol: enumeration(u8, netlinkProtocols),
        /** NETLINK_CONNECTED 1; else it is 0 or, of one that never was, TCP_CLOSE: not a state of TCP. */
        state: u8,
        portid: u32,
        dstPortid: u32,
        dstGroup: u32,
        ino: u32,
        cookie: list(u32, 2),
      },
    ),
  },
  {
    /** A bit a multicast group, the first of which is group 1: words of 32 on most hosts, which are unsigned longs of the kernel's. */
    groups: [1, array(u32)],
    meminfo: [0, skMeminfo],
    flags: [4, flags(u32, netlinkFlags)],
    // Rings were given up with Linux 4.6.
    rxRing: [2, ring],
    txRing: [3, ring],
  },
);
export interface NetlinkMessage extends Value<typeof netlinkSocket> {}
