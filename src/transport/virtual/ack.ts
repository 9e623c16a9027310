/** How the kernel says no: errno, the text of the extended acknowledgement, and the attribute at fault. @module */
import { extendedAck } from "../../codec/nlmsg/ack.ts";
import { type ErrnoName, errno } from "../../codec/nlmsg/errno.ts";
import {
  beginMessage,
  endMessage,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSG_ERROR,
  NLMSG_HDRLEN,
  type RawMessage,
} from "../../codec/nlmsg/header.ts";
import type { Attrs } from "../../codec/schema/attrs.ts";
import type { Codec } from "../../codec/schema/codec.ts";
import { encodeTo } from "../../codec/schema/engine.ts";
import { unwrap } from "../../codec/schema/program.ts";
import type { Writer } from "../../codec/wire/writer.ts";

export interface RefusalFacts {
  /** Field of the request's schema that is at fault: `["linkinfo", "kind"]`. */
  readonly at?: readonly string[];
  /** Type of an attribute that is missing, and the nest that it is missing from. */
  readonly missing?: number;
  readonly nest?: readonly string[];
}

/** What a request fails with. */
export class Refusal extends Error {
  readonly code: ErrnoName;
  readonly text: string | undefined;
  readonly facts: RefusalFacts;
  constructor(code: ErrnoName, text?: string, facts: RefusalFacts = {}) {
    super(text ?? code);
    this.code = code;
    this.text = text;
    this.facts = facts;
  }
}
export function refuse(code: ErrnoName, text?: string, facts?: RefusalFacts): never {
  throw new Refusal(code, text, facts);
}

/** Offset of a field in a message, counted from its header; undefined if it is not there. */
export function offsetOf(schema: Attrs, message: RawMessage, path: readonly string[], little: boolean) {
  const { payload } = message;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  let set: Attrs | undefined = schema;
  let at = set.head?.size ?? 0;
  let end = payload.length;
  let found: number | undefined;
  for (const name of path) {
    const field: Attrs["fields"][string] | undefined = set?.fields[name];
    if (field === undefined) return undefined;
    found = undefined;
    for (let o = at; o + 4 <= end; o += (view.getUint16(o, little) + 3) & ~3) {
      const length = view.getUint16(o, little);
      if (length < 4) return undefined;
      if ((view.getUint16(o + 2, little) & 0x3fff) !== field[0]) continue;
      found = o;
      at = o + 4;
      end = o + length;
      break;
    }
    if (found === undefined) return undefined;
    const inner: Codec = unwrap(field[1]).codec;
    set = inner.kind === "attrs" ? (inner as Attrs) : undefined;
  }
  return found === undefined ? undefined : NLMSG_HDRLEN + found;
}

/** Appends NLMSG_ERROR: success, or a refusal (netlink_ack of net/netlink/af_netlink.c). */
export function writeAck(
  w: Writer,
  request: RawMessage,
  portId: number,
  refusal: Refusal | undefined,
  schema: Attrs | undefined,
): void {
  const { text, facts } = refusal ?? { text: undefined, facts: {} as RefusalFacts };
  const place = (path: readonly string[] | undefined) =>
    path && schema ? offsetOf(schema, request, path, w.little) : undefined;
  const offs = place(facts.at);
  const missNest = place(facts.nest);
  const tlvs = text !== undefined || offs !== undefined || facts.missing !== undefined;
  const start = beginMessage(w, {
    type: NLMSG_ERROR,
    flags: NLM_F_CAPPED | (tlvs ? NLM_F_ACK_TLVS : 0),
    sequence: request.sequence,
    portId,
  });
  w.view.setInt32(w.room(4), refusal ? -errno[refusal.code] : 0, w.little);
  const at = w.room(NLMSG_HDRLEN);
  w.view.setUint32(at, request.length, w.little);
  w.view.setUint16(at + 4, request.type, w.little);
  w.view.setUint16(at + 6, request.flags, w.little);
  w.view.setUint32(at + 8, request.sequence, w.little);
  w.view.setUint32(at + 12, request.portId, w.little);
  if (tlvs)
    encodeTo(w, extendedAck, {
      ...(text === undefined ? {} : { msg: text }),
      ...(offs === undefined ? {} : { offs }),
      ...(facts.missing === undefined ? {} : { missType: facts.missing }),
      ...(missNest === undefined ? {} : { missNest }),
    });
  endMessage(w, start);
}
