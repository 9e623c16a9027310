/** From an offset in a request to the name of the attribute that stands there, by the request's schema. @module */

import { NLMSG_HDRLEN } from "../nlmsg/header.ts";
import type { Attrs } from "../schema/attrs.ts";
import { type ByteOrder, hostOrder } from "../wire/order.ts";
import { source } from "../wire/source.ts";
import { type Explained, nodesAt, pathOf } from "./node.ts";
import { explainSet, setOf } from "./payload.ts";

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
  return pathOf(nodesTo(schema, request, offset, order)) || undefined;
}

/** Path of the attribute `type` that is missing from the nest at `nest` (undefined: from the top level). */
export function locateMissing(
  schema: Attrs,
  request: Uint8Array,
  type: number,
  nest: number | undefined,
  order: ByteOrder = hostOrder,
): string {
  const nodes =
    nest === undefined ? [] : nodesTo(schema, request, nest, order).filter(({ parts }) => parts !== undefined);
  const last = nodes.at(-1);
  const set = last ? setOf(last) : schema;
  const name = Object.entries(set?.fields ?? {}).find(([, field]) => field[0] === type)?.[0] ?? `#${type}`;
  return [...(last ? [pathOf(nodes)] : []), name].join(".");
}

/** Attributes down to the one at `offset`. */
function nodesTo(schema: Attrs, request: Uint8Array, offset: number, order: ByteOrder): Explained[] {
  const walk = { src: source(request), little: order === "little", deviceName: () => undefined };
  const parts = explainSet(walk, schema, NLMSG_HDRLEN, request.length);
  const payload = { name: "", type: "payload", offset: NLMSG_HDRLEN, length: request.length - NLMSG_HDRLEN, parts };
  return nodesAt(payload, offset).slice(1);
}
