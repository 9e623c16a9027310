/** From an offset in a request to the name of the attribute that stands there, by the request's schema. @module */
import type { Attrs, Indexed, Multi, Numbered, Records, Select } from "../schema/attrs.ts";
import type { Codec } from "../schema/codec.ts";
import { decode } from "../schema/engine.ts";
import { counter, layout } from "../schema/layout.ts";
import { scalarAccess } from "../schema/members.ts";
import { seek } from "../schema/payload.ts";
import { caseOf, nestedFlag, unwrap } from "../schema/program.ts";
import { isScalar } from "../schema/scalar.ts";
import { NLA_F_NESTED, NLA_TYPE_MASK } from "../wire/align.ts";
import { type ByteOrder, hostOrder } from "../wire/order.ts";
import { type Source, source } from "../wire/source.ts";
import { NLMSG_HDRLEN } from "./header.ts";

/**
 * Path of what stands at `offset` of a whole request (an extended acknowledgement counts from the request's header):
 * `"linkinfo.data.id"`, a member of the head, or the number of an attribute that the schema does not know
 * (`"linkinfo.data.#99"`). Undefined if the offset is not within the request.
 */
export function locate(
  schema: Attrs,
  request: Uint8Array,
  offset: number,
  order: ByteOrder = hostOrder,
): string | undefined {
  if (offset < 0 || offset >= request.length) return undefined;
  if (offset < NLMSG_HDRLEN) return "nlmsghdr";
  return inSet(schema, source(request), NLMSG_HDRLEN, request.length, offset, order === "little")?.join(".");
}

/** Path of the attribute `type` that is missing from the nest at `nest` (undefined: from the top level). */
export function locateMissing(
  schema: Attrs,
  request: Uint8Array,
  type: number,
  nest: number | undefined,
  order: ByteOrder = hostOrder,
): string {
  const little = order === "little";
  const path =
    nest === undefined ? [] : (inSet(schema, source(request), NLMSG_HDRLEN, request.length, nest, little) ?? []);
  const set = setAt(schema, path, request, order);
  const name = set && Object.entries(set.fields).find(([, field]) => field[0] === type)?.[0];
  return [...path, name ?? `#${type}`].join(".");
}

function inSet(
  set: Attrs,
  src: Source,
  at: number,
  end: number,
  offset: number,
  little: boolean,
): string[] | undefined {
  const headSize = set.head?.size ?? 0;
  if (offset < at + headSize) {
    const member = set.head && layout(set.head).members.find((m) => offset - at >= m.at && offset - at < m.end);
    return [member?.name ?? "header"];
  }
  const counted = set.body === undefined || set.head === undefined ? undefined : counter(set.head);
  const count = counted ? (scalarAccess(counted.scalar.kind, little).get(src.view, at + counted.at) as number) : 0;
  if (offset < at + headSize + count) return [set.body!];
  for (let o = at + headSize + ((count + 3) & ~3); o + 4 <= end; ) {
    const len = src.view.getUint16(o, little);
    if (len < 4 || o + len > end) return undefined;
    const next = o + ((len + 3) & ~3);
    if (offset < next) {
      const wire = src.view.getUint16(o + 2, little);
      const type = wire & NLA_TYPE_MASK;
      const all = Object.entries(set.fields).filter(([, field]) => field[0] === type);
      // Of two with one number, NLA_F_NESTED tells which it is.
      const found = all.find(([, field]) => nestedFlag(field[1]) === (wire & NLA_F_NESTED)) ?? all[0];
      if (!found) return [`#${type}`];
      const [name, [, codec]] = found;
      if (offset === o) return [name];
      return [name, ...(inPayload(codec, set, src, at, o + 4, o + len, next, end, offset, little) ?? [])];
    }
    o = next;
  }
  return undefined;
}

function inPayload(
  wrapped: Codec,
  parent: Attrs,
  src: Source,
  head: number,
  at: number,
  end: number,
  next: number,
  setEnd: number,
  offset: number,
  little: boolean,
): string[] | undefined {
  const { codec } = unwrap(wrapped);
  const again = (inner: Codec, from: number, to: number) =>
    inPayload(inner, parent, src, head, from, to, next, setEnd, offset, little);
  switch (codec.kind) {
    case "attrs":
      return offset < at ? undefined : inSet(codec as Attrs, src, at, end, offset, little);
    case "multi":
      return again((codec as Multi).item, at, end);
    case "select": {
      const { by } = codec as Select;
      const first = head + (parent.head?.size ?? 0);
      const sibling = seek(parent, by, src, first, setEnd, little) ?? headMember(parent, by, src, head, little);
      const form = caseOf(codec as Select, sibling);
      return form && again(form, at, end);
    }
    case "indexed":
    case "numbered":
      for (let o = at, i = 0; o + 4 <= end; i++) {
        const len = src.view.getUint16(o, little);
        if (len < 4 || o + len > end) return undefined;
        const name = codec.kind === "indexed" ? i : src.view.getUint16(o + 2, little) & NLA_TYPE_MASK;
        if (offset < o + ((len + 3) & ~3))
          return [
            String(name),
            ...(offset === o ? [] : (again((codec as Indexed | Numbered).item, o + 4, o + len) ?? [])),
          ];
        o += (len + 3) & ~3;
      }
      return undefined;
    case "records":
      for (let o = at, i = 0; o + 2 <= end; i++) {
        const len = src.view.getUint16(o, little);
        if (len < 4) return undefined;
        if (offset < o + len)
          return [
            String(i),
            ...(offset === o ? [] : (inSet((codec as Records).item, src, o, o + len, offset, little) ?? [])),
          ];
        o += len;
      }
      return undefined;
    default:
      return undefined;
  }
}

function headMember(set: Attrs, name: string, src: Source, at: number, little: boolean): unknown {
  const member = set.head && layout(set.head).members.find((m) => m.name === name);
  if (!member || !set.head || !isScalar(member.member as Codec)) return undefined;
  const head: Attrs = { kind: "attrs", name: "head", c: "", head: set.head, fields: {} };
  const value = decode(head, src.bytes.subarray(at, at + set.head.size), little ? "little" : "big") as Record<
    string,
    unknown
  >;
  return value[name];
}

/** The set that a path of `inSet` leads to. */
function setAt(schema: Attrs, path: readonly string[], request: Uint8Array, order: ByteOrder): Attrs | undefined {
  let codec: Codec = schema;
  let value: unknown = decode(schema, request.subarray(NLMSG_HDRLEN), order);
  for (const name of path) {
    const { codec: inner } = unwrap(codec);
    const parent = value as Record<string, unknown> | undefined;
    if (inner.kind === "attrs") codec = (inner as Attrs).fields[name]?.[1] ?? inner;
    else if (inner.kind === "indexed" || inner.kind === "numbered") codec = (inner as Indexed | Numbered).item;
    else if (inner.kind === "records") codec = (inner as Records).item;
    value = parent?.[name];
    const { codec: reached } = unwrap(codec);
    if (reached.kind === "multi") codec = (reached as Multi).item;
    else if (reached.kind === "select") codec = caseOf(reached as Select, parent?.[(reached as Select).by]) ?? inner;
  }
  const { codec: last } = unwrap(codec);
  return last.kind === "attrs" ? (last as Attrs) : undefined;
}
