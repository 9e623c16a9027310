/** Policies: which packets are to be protected, and how: `ip xfrm policy`. @module */
import { array, attrs } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { bool, enumeration, flags, time, u8, u16, u32, u64 } from "../schema/scalar.ts";
import { pad, struct } from "../schema/struct.ts";
import { addressBy } from "./address.ts";
import { lifetimeLimits, lifetimeSoFar } from "./lifetime.ts";
import { xfrmSelector } from "./selector.ts";
import { idBy, idNames, offload, securityContext, xfrmMark } from "./state.ts";
import {
  xfrmActions,
  xfrmDirections,
  xfrmModes,
  xfrmPolicyFlags,
  xfrmPolicyTypes,
  xfrmProtocols,
  xfrmShares,
} from "./types.ts";

/** `struct xfrm_userpolicy_info`. The kernel makes `index` up; its low bits are the direction. */
const policyInfo = struct(
  "xfrm_userpolicy_info",
  { size: 168 },
  {
    sel: xfrmSelector,
    lft: lifetimeLimits,
    curlft: lifetimeSoFar,
    priority: u32,
    index: u32,
    dir: enumeration(u8, xfrmDirections),
    action: enumeration(u8, xfrmActions),
    flags: flags(u8, xfrmPolicyFlags),
    share: enumeration(u8, xfrmShares),
  },
);
/** `struct xfrm_user_tmpl`: a state that packets must go through. Algorithms as bits of their numbers; all ones allow any. */
export const xfrmTemplate = struct(
  "xfrm_user_tmpl",
  { size: 64, names: idNames },
  {
    ...idBy("family"),
    family: u16,
    saddr: addressBy("family"),
    reqid: u32,
    mode: enumeration(u8, xfrmModes),
    share: enumeration(u8, xfrmShares),
    /** Packets pass also without such a state. */
    optional: bool(u8),
    aalgos: u32,
    ealgos: u32,
    calgos: u32,
  },
);
export interface XfrmTemplate extends Value<typeof xfrmTemplate> {}

const policyType = struct(
  "xfrm_userpolicy_type",
  { size: 6 },
  { type: enumeration(u8, xfrmPolicyTypes), _reserved: pad(5) },
);
const policyAttributes = {
  tmpl: [5, array(xfrmTemplate)],
  secCtx: [8, securityContext],
  policyType: [16, policyType],
  mark: [21, xfrmMark],
  ifId: [31, u32],
  offloadDev: [28, offload],
  lastused: [15, time(u64, "s")],
} as const;
const xfrma = { c: "XFRMA_" } as const;

/** XFRM_MSG_NEWPOLICY, XFRM_MSG_UPDPOLICY; answers and notifications too. */
export const xfrmPolicy = attrs("xfrmPolicy", { ...xfrma, head: policyInfo }, policyAttributes);
export interface XfrmPolicyMessage extends Value<typeof xfrmPolicy> {}

const policyId = struct(
  "xfrm_userpolicy_id",
  { size: 64 },
  { sel: xfrmSelector, index: u32, dir: enumeration(u8, xfrmDirections) },
);
/** XFRM_MSG_GETPOLICY of one, XFRM_MSG_DELPOLICY: by selector, or by index. The kernel tells of one that is gone by all of it in `policy`. */
export const xfrmPolicyId = attrs(
  "xfrmPolicyId",
  { ...xfrma, head: policyId },
  { policy: [7, policyInfo], ...policyAttributes },
);
export interface XfrmPolicyIdMessage extends Value<typeof xfrmPolicyId> {}

/** XFRM_MSG_GETPOLICY of all, XFRM_MSG_FLUSHPOLICY: no head. */
export const xfrmPolicyDump = attrs("xfrmPolicyDump", xfrma, { policyType: policyAttributes.policyType });

/** XFRM_MSG_POLEXPIRE. */
export const xfrmPolicyExpire = attrs(
  "xfrmPolicyExpire",
  { ...xfrma, head: struct("xfrm_user_polexpire", { size: 176 }, { pol: policyInfo, hard: bool(u8) }) },
  policyAttributes,
);
export interface XfrmPolicyExpireMessage extends Value<typeof xfrmPolicyExpire> {}
/** XFRM_MSG_ACQUIRE: packets wait for a state like this, which a key exchange is to make. */
export const xfrmAcquire = attrs(
  "xfrmAcquire",
  {
    ...xfrma,
    head: struct(
      "xfrm_user_acquire",
      { size: 280, names: idNames },
      {
        ...idBy("sel.family"),
        saddr: addressBy("sel.family"),
        sel: xfrmSelector,
        policy: policyInfo,
        aalgos: u32,
        ealgos: u32,
        calgos: u32,
        seq: u32,
      },
    ),
  },
  { ...policyAttributes, saDir: [33, u8], saPcpu: [35, u32] },
);

export interface XfrmAcquireMessage extends Value<typeof xfrmAcquire> {}

const addresses = {
  proto: enumeration(u8, xfrmProtocols),
  mode: enumeration(u8, xfrmModes),
  _reserved: pad(2),
  reqid: u32,
};
/** XFRM_MSG_MIGRATE: a tunnel's ends move. */
export const xfrmMigrate = attrs(
  "xfrmMigrate",
  { ...xfrma, head: policyId },
  {
    kmaddress: [
      19,
      struct(
        "xfrm_user_kmaddress",
        { size: 40 },
        { local: addressBy("family"), remote: addressBy("family"), _reserved: pad(4), family: u16 },
      ),
    ],
    policyType: policyAttributes.policyType,
    migrate: [
      17,
      array(
        struct(
          "xfrm_user_migrate",
          { size: 76 },
          {
            oldDaddr: addressBy("oldFamily"),
            oldSaddr: addressBy("oldFamily"),
            newDaddr: addressBy("newFamily"),
            newSaddr: addressBy("newFamily"),
            ...addresses,
            oldFamily: u16,
            newFamily: u16,
          },
        ),
      ),
    ],
    ifId: policyAttributes.ifId,
  },
);
/** XFRM_MSG_REPORT: a packet that no policy was for. */
export const xfrmReport = attrs(
  "xfrmReport",
  {
    ...xfrma,
    head: struct("xfrm_user_report", { size: 60 }, { proto: enumeration(u8, xfrmProtocols), sel: xfrmSelector }),
  },
  { coaddr: [14, array(u8)] },
);
