/** Security associations: `ip xfrm state`. @module */
import { array, attrs, bytes, select, text } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { be16, be32, bool, device, enumeration, flags, s32, time, u8, u16, u32, u64, unit } from "../schema/scalar.ts";
import { count, in6Addr, inAddr, pad, struct, tailed } from "../schema/struct.ts";
import { AF_INET, AF_INET6, addressAttribute, addressBy } from "./address.ts";
import { xfrmAlgo, xfrmAlgoAead, xfrmAlgoAuth } from "./algorithm.ts";
import { lifetimeLimits, lifetimeSoFar, xfrmStats } from "./lifetime.ts";
import { xfrmSelector } from "./selector.ts";
import {
  xfrmAeFlags,
  xfrmEncapTypes,
  xfrmExtraFlags,
  xfrmModes,
  xfrmOffloadFlags,
  xfrmProtocols,
  xfrmStateDirections,
  xfrmStateFlags,
} from "./types.ts";

const proto = enumeration(u8, xfrmProtocols);
/** `struct xfrm_id`: whom a packet is for, and by what it is known. */
export const idBy = /* @__PURE__ */ <const B extends string>(by: B) => ({
  daddr: addressBy(by),
  spi: be32,
  proto,
  _id: pad(3),
});
export const idNames = { daddr: "id.daddr", spi: "id.spi", proto: "id.proto" };

/** `struct xfrm_usersa_info`. */
export const stateInfo = struct(
  "xfrm_usersa_info",
  { size: 224, names: idNames },
  {
    sel: xfrmSelector,
    ...idBy("family"),
    saddr: addressBy("family"),
    lft: lifetimeLimits,
    curlft: lifetimeSoFar,
    stats: xfrmStats,
    seq: u32,
    reqid: u32,
    family: u16,
    mode: enumeration(u8, xfrmModes),
    /** Of 32 packets at most; more are in `replayEsnVal`. */
    replayWindow: unit(u8, "packets"),
    flags: flags(u8, xfrmStateFlags),
  },
);
const idMembers = { daddr: addressBy("family"), spi: be32, family: u16, proto };
/** `struct xfrm_usersa_id`. */
const stateId = struct("xfrm_usersa_id", { size: 24 }, idMembers);

const encapTmpl = { type: enumeration(u16, xfrmEncapTypes), sport: be16, dport: be16 };
const encapFacts = { size: 24, c: "encap_" };
/** `oa` is the original address, which transport mode checks sums with. */
const encap = select(
  "family",
  {
    [AF_INET]: struct("xfrm_encap_tmpl", { ...encapFacts, names: { oa: undefined } }, { ...encapTmpl, _oa: pad(2), oa: inAddr, _rest: pad(12) }),
    [AF_INET6]: struct("xfrm_encap_tmpl", encapFacts, { ...encapTmpl, oa: in6Addr }),
  },
  bytes,
); // biome-ignore format: a table
/** `struct xfrm_replay_state`: sequence numbers, and which of the last came. */
export const replayState = struct("xfrm_replay_state", { size: 12 }, { oseq: u32, seq: u32, bitmap: u32 });
/** The same with sequence numbers of 64 bits and windows of up to 4096 packets. */
export const replayStateEsn = tailed(
  struct(
    "xfrm_replay_state_esn",
    { size: 24 },
    { bmpLen: count(u32), oseq: u32, seq: u32, oseqHi: u32, seqHi: u32, replayWindow: unit(u32, "packets") },
  ),
  "bmp",
  array(u32),
);
export const xfrmMark = struct("xfrm_mark", { size: 8, names: { value: "v", mask: "m" } }, { value: u32, mask: u32 });
/** Labels of a security module. */
export const securityContext = tailed(
  struct(
    "xfrm_user_sec_ctx",
    { size: 8 },
    { len: unit(u16, "bytes"), exttype: u16, ctxAlg: u8, ctxDoi: u8, ctxLen: count(u16) },
  ),
  "context",
  text,
);
/** `struct xfrm_user_offload`: the device that does the work. */
export const offload = struct(
  "xfrm_user_offload",
  { size: 8 },
  { ifindex: device(s32), flags: flags(u8, xfrmOffloadFlags) },
);

/** XFRMA_* of a state, in the order of copy_to_user_state_extra. */
const stateAttributes = {
  extraFlags: [24, flags(u32, xfrmExtraFlags), "SA_EXTRA_FLAGS"],
  coaddr: [14, addressAttribute],
  lastused: [15, time(u64, "s")],
  algAead: [18, xfrmAlgoAead],
  algAuth: [1, xfrmAlgo],
  algAuthTrunc: [20, xfrmAlgoAuth],
  algCrypt: [2, xfrmAlgo],
  algComp: [3, xfrmAlgo],
  encap: [4, encap],
  tfcpad: [22, unit(u32, "bytes")],
  mark: [21, xfrmMark],
  setMark: [29, u32],
  setMarkMask: [30, u32],
  replayEsnVal: [23, replayStateEsn],
  replayVal: [10, replayState],
  offloadDev: [28, offload],
  ifId: [31, u32],
  secCtx: [8, securityContext],
  mtimerThresh: [32, time(u32, "s")],
  saDir: [33, enumeration(u8, xfrmStateDirections)],
  natKeepaliveInterval: [34, time(u32, "s")],
  saPcpu: [35, u32],
  replayThresh: [11, u32],
  etimerThresh: [12, u32],
} as const;
const xfrma = { c: "XFRMA_" } as const;

/** XFRM_MSG_NEWSA, XFRM_MSG_UPDSA; answers and notifications too. */
export const xfrmState = attrs("xfrmState", { ...xfrma, head: stateInfo }, stateAttributes);
export interface XfrmStateMessage extends Value<typeof xfrmState> {}

/** XFRM_MSG_GETSA of one, XFRM_MSG_DELSA. The kernel tells of a state that is gone by the id, and by all of it in `sa`. */
export const xfrmStateId = attrs(
  "xfrmStateId",
  { ...xfrma, head: stateId },
  { srcaddr: [13, addressAttribute], sa: [6, stateInfo], ...stateAttributes },
);
export interface XfrmStateIdMessage extends Value<typeof xfrmStateId> {}

/** XFRM_MSG_GETSA of all, which has no head. */
export const xfrmStateDump = attrs("xfrmStateDump", xfrma, {
  addressFilter: [
    26,
    struct(
      "xfrm_address_filter",
      { size: 36 },
      { saddr: addressBy("family"), daddr: addressBy("family"), family: u16, splen: u8, dplen: u8 },
    ),
  ],
  proto: [25, proto],
});

/** XFRM_MSG_ALLOCSPI: a state whose SPI the kernel chooses, from `min` to `max`. */
export const xfrmAllocSpi = attrs(
  "xfrmAllocSpi",
  { ...xfrma, head: struct("xfrm_userspi_info", { size: 232 }, { info: stateInfo, min: u32, max: u32 }) },
  {
    mark: stateAttributes.mark,
    ifId: stateAttributes.ifId,
    saDir: stateAttributes.saDir,
    saPcpu: stateAttributes.saPcpu,
  },
);
/** XFRM_MSG_EXPIRE: a soft or a `hard` limit is reached. */
export const xfrmExpire = attrs(
  "xfrmExpire",
  { ...xfrma, head: struct("xfrm_user_expire", { size: 232 }, { state: stateInfo, hard: bool(u8) }) },
  {
    mark: stateAttributes.mark,
    ifId: stateAttributes.ifId,
    saDir: stateAttributes.saDir,
    saPcpu: stateAttributes.saPcpu,
  },
);
export interface XfrmExpireMessage extends Value<typeof xfrmExpire> {}
/** XFRM_MSG_FLUSHSA. */
export const xfrmStateFlush = attrs(
  "xfrmStateFlush",
  { ...xfrma, head: struct("xfrm_usersa_flush", { size: 1 }, { proto }) },
  {},
);

/** XFRM_MSG_NEWAE, XFRM_MSG_GETAE: counters of a state, told so that another machine can take over. */
export const xfrmAe = attrs(
  "xfrmAe",
  {
    ...xfrma,
    head: struct(
      "xfrm_aevent_id",
      {
        size: 48,
        names: { daddr: "sa_id.daddr", spi: "sa_id.spi", family: "sa_id.family", proto: "sa_id.proto" },
      },
      { ...idMembers, _id: pad(1), saddr: addressBy("family"), flags: flags(u32, xfrmAeFlags), reqid: u32 },
    ),
  },
  {
    replayEsnVal: stateAttributes.replayEsnVal,
    replayVal: stateAttributes.replayVal,
    ltimeVal: [9, lifetimeSoFar],
    replayThresh: stateAttributes.replayThresh,
    etimerThresh: stateAttributes.etimerThresh,
    mark: stateAttributes.mark,
    ifId: stateAttributes.ifId,
    saDir: stateAttributes.saDir,
    saPcpu: stateAttributes.saPcpu,
  },
);
/** XFRM_MSG_MAPPING: the other end's address or port behind a NAT has changed. */
export const xfrmMapping = attrs(
  "xfrmMapping",
  {
    ...xfrma,
    head: struct(
      "xfrm_user_mapping",
      { size: 64, names: { daddr: "id.daddr", spi: "id.spi", family: "id.family", proto: "id.proto" } },
      {
        ...idMembers,
        _id: pad(1),
        reqid: u32,
        oldSaddr: addressBy("family"),
        newSaddr: addressBy("family"),
        oldSport: be16,
        newSport: be16,
      },
    ),
  },
  {},
);
