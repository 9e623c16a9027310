/**
 * NLMSG_ERROR and NLMSG_DONE: acknowledgement, failure and the end of a dump, with the extended acknowledgement
 * (linux/netlink.h: struct nlmsgerr, enum nlmsgerr_attrs; net/netlink/af_netlink.c: netlink_ack, netlink_dump_done).
 * @module
 */
import { attrs, bytes, string } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { decoder } from "../schema/engine.ts";
import { enumeration, names, s64, u32, u64 } from "../schema/scalar.ts";
import { align4 } from "../wire/align.ts";
import { CodecError } from "../wire/error.ts";
import { type ByteOrder, hostOrder } from "../wire/order.ts";
import { type Source, source } from "../wire/source.ts";
import {
  type MessageHeader,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_HDRLEN,
  readHeader,
} from "./header.ts";

/** enum netlink_attribute_type: what a policy wants an attribute to be. */
export const policyTypes = names("NL_ATTR_TYPE_", {
  invalid: 0,
  flag: 1,
  u8: 2,
  u16: 3,
  u32: 4,
  u64: 5,
  s8: 6,
  s16: 7,
  s32: 8,
  s64: 9,
  binary: 10,
  string: 11,
  "nul-string": 12,
  nested: 13,
  "nested-array": 14,
  bitfield32: 15,
  sint: 16,
  uint: 17,
});

/** NLMSGERR_ATTR_POLICY: what the kernel would have accepted. Which members there are depends on `type`. */
export const policy = attrs(
  "policy",
  { c: "NL_POLICY_TYPE_ATTR_" },
  {
    type: [1, enumeration(u32, policyTypes)],
    minValueS: [2, s64],
    maxValueS: [3, s64],
    minValueU: [4, u64],
    maxValueU: [5, u64],
    mask: [12, u64],
    minLength: [6, u32],
    maxLength: [7, u32],
    bitfield32Mask: [10, u32],
    policyIdx: [8, u32],
    policyMaxtype: [9, u32],
  },
);
export interface Policy extends Value<typeof policy> {}

export const extendedAck = attrs(
  "extendedAck",
  { c: "NLMSGERR_ATTR_" },
  {
    /** What went wrong, in English. */
    msg: [1, string],
    /** Where: offset of the attribute at fault from the start of the request, its header included. */
    offs: [2, u32],
    /** The cookie that the operation gave (nl80211's, and ids of new objects). */
    cookie: [3, bytes],
    policy: [4, policy],
    /** Type of an attribute that was missing from the nest at `missNest`, or from the message's top level. */
    missType: [5, u32],
    missNest: [6, u32],
  },
);
export interface ExtendedAck extends Value<typeof extendedAck> {}

/** A decoded NLMSG_ERROR. */
export interface Acknowledgement {
  readonly kind: "ack";
  /** 0 for success, else the error as a positive number. */
  readonly errno: number;
  /** Header of the request that this answers. */
  readonly request: MessageHeader;
  /** Payload of the request, where the kernel repeats it: after an error, on a socket without NETLINK_CAP_ACK. A view. */
  readonly payload: Uint8Array | undefined;
  readonly extended: ExtendedAck | undefined;
}
/** A decoded NLMSG_DONE. */
export interface Done {
  readonly kind: "done";
  /** 0 for success, else the error that ended the dump, as a positive number. */
  readonly errno: number;
  readonly extended: ExtendedAck | undefined;
}

/** @internal NLMSG_ERROR or NLMSG_DONE in bytes `at…end` (the payload), whose header has `flags`. */
export function readControl(
  type: number,
  flags: number,
  src: Source,
  at: number,
  end: number,
  order: ByteOrder,
): Acknowledgement | Done {
  const { view } = src;
  const little = order === "little";
  // A DONE without payload is legal in old families: success.
  const errno = end - at >= 4 ? -view.getInt32(at, little) || 0 : 0;
  const tlvs = (from: number): ExtendedAck | undefined =>
    (flags & NLM_F_ACK_TLVS) !== 0 && from < end ? decoder(extendedAck, order)(src, from, end) : undefined;
  if (type === NLMSG_DONE) return { kind: "done", errno, extended: tlvs(at + 4) };
  if (type !== NLMSG_ERROR) throw new CodecError("nlmsgerr", at, `message type ${type} is neither ERROR nor DONE`);
  if (end - at < 4 + NLMSG_HDRLEN) throw new CodecError("nlmsgerr", at, `20 bytes do not fit in ${end - at}`);
  const echoed = at + 4;
  // A capped one still has the length that the request had.
  const capped = (flags & NLM_F_CAPPED) !== 0;
  const request = capped
    ? { ...readHeader(src, echoed, echoed + NLMSG_HDRLEN + 0xffffffff, little) }
    : readHeader(src, echoed, end, little);
  const after = echoed + (capped ? NLMSG_HDRLEN : align4(request.length));
  return {
    kind: "ack",
    errno,
    request,
    payload: capped ? undefined : src.bytes.subarray(echoed + NLMSG_HDRLEN, echoed + request.length),
    extended: tlvs(after),
  };
}

/** Decodes the payload of an NLMSG_ERROR or NLMSG_DONE message. @throws {CodecError} */
export function decodeControl(
  header: { readonly type: number; readonly flags: number },
  payload: Uint8Array,
  order: ByteOrder = hostOrder,
): Acknowledgement | Done {
  return readControl(header.type, header.flags, source(payload), 0, payload.length, order);
}
