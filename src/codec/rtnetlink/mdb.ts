/** The multicast database of bridges and VXLANs: which ports or remotes want which groups. @module */
import { attrs, bare, ip, multi } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { be16, device, enumeration, flags, names, s32, time, u8, u16, u32 } from "../schema/scalar.ts";
import { etherAddr, in6Addr, inAddr, struct, union } from "../schema/struct.ts";
import { multicastRouters } from "./link/kinds/bridge.ts";
import { routeProtocols } from "./route-protocol.ts";

/** How an entry came to be: learned, to be forgotten; or set, to stay (linux/if_bridge.h). */
export const mdbStates = names("MDB_", { temp: 0, permanent: 1 }, { temp: "TEMPORARY" });
export const mdbFlags = names(
  "MDB_FLAGS_",
  { offload: 0x1, fast_leave: 0x2, added_by_star_ex: 0x4, blocked: 0x8 },
  {
    added_by_star_ex: "STAR_EXCL",
  },
);
/** Whether the source list says who may send, or who may not (linux/in.h). */
export const mdbModes = names("MCAST_", { exclude: 0, include: 1 });

// clock_t: 1/100 s whatever the kernel's HZ
const clock = time(u32, "USER_HZ");
const mode = enumeration(u8, mdbModes);
const protocol = enumeration(u8, routeProtocols);

/** `struct br_port_msg`: the bridge or the VXLAN. */
export const brPortMsg = struct("br_port_msg", { size: 8 }, { family: u8, ifindex: device(u32) });

/**
 * `struct br_mdb_entry`: a group and its port, which is the bridge itself if the host has joined. `proto` is the
 * ethertype that says what `addr` is: IPv4 (0x800), IPv6 (0x86dd), or 0 for a link-layer address.
 */
export const mdbEntry = struct(
  "br_mdb_entry",
  { size: 28, names: { addr: "addr.u", proto: "addr.proto" } },
  {
    ifindex: device(u32),
    state: enumeration(u8, mdbStates),
    flags: flags(u8, mdbFlags),
    vid: u16,
    addr: union("proto", { 0: etherAddr, 2048: inAddr, 34525: in6Addr }),
    proto: be16,
  },
);
export interface MdbEntry extends Value<typeof mdbEntry> {}

const source = attrs("mdb_source", { c: "MDBA_MDB_SRCATTR_" }, { address: [1, ip], timer: [2, clock] });
const sourceList = attrs("mdb_source_list", { c: "MDBA_MDB_SRCLIST_" }, { entry: [1, multi(source)] });

/**
 * MDBA_MDB_ENTRY_INFO: one port of a group (__mdb_fill_info in net/bridge/br_mdb.c; vxlan_mdb_entry_info_fill in
 * drivers/net/vxlan/vxlan_mdb.c, where the mode stands before the sources).
 */
export const mdbEntryInfo = attrs(
  "mdb_entry_info",
  { c: "MDBA_MDB_EATTR_", head: mdbEntry },
  {
    /** Until the entry is forgotten; 0 if it is permanent. */
    timer: [1, clock],
    /** Of a group that is joined for one source, (S, G). */
    source: [4, ip],
    rtprot: [5, protocol],
    srcList: [2, sourceList],
    groupMode: [3, mode],
    // From here on VXLAN's, all in the host's byte order.
    /** The remote. */
    dst: [6, ip],
    dstPort: [7, u16],
    vni: [8, u32],
    /** The device to send by; the head has an `ifindex` already. */
    outIfindex: [9, device(u32), "IFINDEX"],
    srcVni: [10, u32],
  },
);
export interface MdbEntryInfo extends Value<typeof mdbEntryInfo> {}

// struct: an unnamed u32 leads the attributes of MDBA_ROUTER_PORT.
const routerPortHead = struct("", { size: 4 }, { ifindex: device(u32) });
/** MDBA_ROUTER: the ports behind which there are multicast routers (br_rports_fill_info in net/bridge/br_mdb.c). */
export const mdbRouter = attrs(
  "mdb_router",
  { c: "MDBA_ROUTER_" },
  {
    port: [
      1,
      multi(
        bare(
          attrs(
            "mdb_router_port",
            { c: "MDBA_ROUTER_PATTR_", head: routerPortHead },
            {
              /** The longer of the other two. */
              timer: [1, clock],
              type: [2, enumeration(u8, multicastRouters)],
              inetTimer: [3, clock],
              inet6Timer: [4, clock],
              vid: [5, u16],
            },
          ),
        ),
      ),
    ],
  },
);
export interface MdbRouter extends Value<typeof mdbRouter> {}

const mdbGroup = attrs("mdb_group", { c: "MDBA_MDB_ENTRY_" }, { info: [1, multi(bare(mdbEntryInfo))] });

/**
 * RTM_NEWMDB and RTM_DELMDB from the kernel. A bridge answers dumps in messages of type RTM_GETMDB and family 0
 * (br_mdb_dump), a VXLAN in RTM_NEWMDB and AF_BRIDGE: that it comes from the kernel is told by the missing
 * NLM_F_REQUEST. Requests have {@link mdbRequest} in the same numbers.
 */
export const mdb = attrs(
  "mdb",
  { c: "MDBA_", head: brPortMsg },
  {
    mdb: [1, bare(attrs("mdb_groups", { c: "MDBA_MDB_" }, { entry: [1, multi(bare(mdbGroup))] }))],
    router: [2, bare(mdbRouter)],
  },
);
export interface Mdb extends Value<typeof mdb> {}

const requestSource = attrs("mdb_request_source", { c: "MDBE_SRCATTR_" }, { address: [1, ip] });
const requestSources = attrs("mdb_request_sources", { c: "MDBE_SRC_LIST_" }, { entry: [1, multi(requestSource)] });

/** MDBA_SET_ENTRY_ATTRS and MDBA_GET_ENTRY_ATTRS. */
export const mdbRequestAttrs = attrs(
  "mdb_request_attrs",
  { c: "MDBE_ATTR_" },
  {
    source: [1, ip],
    srcList: [2, requestSources],
    groupMode: [3, mode],
    rtprot: [4, protocol],
    // From here on VXLAN's, all in the host's byte order.
    dst: [5, ip],
    dstPort: [6, u16],
    vni: [7, u32],
    outIfindex: [8, device(s32), "IFINDEX"],
    srcVni: [9, u32],
    /** Of RTM_DELMDB with NLM_F_BULK: which bits of the entry's `state` to compare. */
    stateMask: [10, flags(u8, mdbStates)],
  },
);
export interface MdbRequestAttrs extends Value<typeof mdbRequestAttrs> {}

/** RTM_NEWMDB, RTM_DELMDB and RTM_GETMDB from user space: the MDBA_GET_ENTRY numbers are the MDBA_SET_ENTRY ones. */
export const mdbRequest = attrs(
  "mdb_request",
  { c: "MDBA_SET_", head: brPortMsg },
  { entry: [1, mdbEntry], entryAttrs: [2, mdbRequestAttrs] },
);
export interface MdbRequest extends Value<typeof mdbRequest> {}
