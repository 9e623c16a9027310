/** Any message of any known family. @module */

import { ctrl } from "./genetlink/ctrl.ts";
import type { Families } from "./genetlink/families.ts";
import { GENERIC, GENL_ID_CTRL, genericMessage } from "./genetlink/header.ts";
import { NETFILTER, netfilterMessage, netfilterName } from "./netfilter/header.ts";
import { type Acknowledgement, type Done, decodeControl } from "./nlmsg/ack.ts";
import {
  type MessageHeader,
  messages,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_MIN_TYPE,
  type RawMessage,
} from "./nlmsg/header.ts";
import { rtnetlinkMessages } from "./rtnetlink/messages.ts";
import type { Attrs } from "./schema/attrs.ts";
import { decode } from "./schema/engine.ts";
import { sockDiagMessage } from "./sockdiag/messages.ts";
import { SOCK_DIAG } from "./sockdiag/types.ts";
import { CodecError } from "./wire/error.ts";
import { type ByteOrder, hostOrder } from "./wire/order.ts";
import { source } from "./wire/source.ts";
import { xfrmMessage } from "./xfrm/messages.ts";
import { XFRM } from "./xfrm/types.ts";

/** A decoded message. What could not be decoded has its payload in `raw`, and in `error` why if it should have been. */
export type DecodedMessage = { readonly header: MessageHeader } & (
  | { readonly name: "error"; readonly value: Acknowledgement }
  | { readonly name: "done"; readonly value: Done }
  | { readonly name: string; readonly value: unknown }
  | { readonly name: string; readonly raw: Uint8Array; readonly error?: CodecError }
);

const control = ["", "noop", "error", "done", "overrun"];
const ROUTE = 0;

/** The name and the schema of a message, or undefined for what has none here. `families` tells generic netlink's ids. */
export function schemaOf(
  protocol: number,
  header: Pick<MessageHeader, "type" | "flags">,
  payload: Uint8Array,
  order: ByteOrder,
  families?: Families,
): { readonly name: string; readonly schema: Attrs } | undefined {
  switch (protocol) {
    case ROUTE: {
      const known = rtnetlinkMessages[header.type];
      const request = (header.flags & NLM_F_REQUEST) !== 0 ? known?.request : undefined;
      return known && request ? { name: known.name, schema: request } : known;
    }
    case SOCK_DIAG:
      return sockDiagMessage(header.type, header.flags, source(payload), 0, payload.length, order === "little");
    case XFRM:
      return xfrmMessage(header.type, header.flags);
    case GENERIC:
      if (header.type === GENL_ID_CTRL) return { name: "nlctrl", schema: ctrl };
      return { name: families?.nameOf(header.type) ?? `family #${header.type}`, schema: genericMessage };
    case NETFILTER:
      return { name: netfilterName(header.type), schema: netfilterMessage };
    default:
      return undefined;
  }
}

/** What a message is called: `"newlink"`, `"error"`, `"#99"` where it has no name. */
export function messageName(
  protocol: number,
  header: Pick<MessageHeader, "type" | "flags">,
  payload: Uint8Array,
  order: ByteOrder,
  families?: Families,
): string {
  const known =
    header.type < NLMSG_MIN_TYPE ? control[header.type] : schemaOf(protocol, header, payload, order, families)?.name;
  return known ?? `#${header.type}`;
}

function decodeOne(
  protocol: number,
  { payload, offset: _, ...header }: RawMessage,
  order: ByteOrder,
  families?: Families,
): DecodedMessage {
  const raw = (name: string, error?: CodecError): DecodedMessage =>
    error ? { header, name, raw: payload.slice(), error } : { header, name, raw: payload.slice() };
  const attempt = (name: string, make: () => unknown): DecodedMessage => {
    try {
      return { header, name, value: make() };
    } catch (e) {
      if (e instanceof CodecError) return raw(name, e);
      throw e;
    }
  };
  if (header.type < NLMSG_MIN_TYPE) {
    const name = control[header.type] ?? `#${header.type}`;
    if (header.type !== NLMSG_ERROR && header.type !== NLMSG_DONE) return raw(name);
    return attempt(name, () => decodeControl(header, payload, order));
  }
  const known = schemaOf(protocol, header, payload, order, families);
  if (!known) return raw(`#${header.type}`);
  const { schema } = known;
  // A request for a dump may hold no more than a family (struct rtgenmsg).
  if (payload.length < (schema.head?.size ?? 0)) return raw(known.name);
  return attempt(known.name, () => decode(schema, payload, order));
}

/**
 * Decodes the message that a buffer starts with. Payloads never make it throw. `families` names those of generic netlink.
 * @throws {CodecError} the message's header does not fit
 */
export function decodeMessage(
  protocol: number,
  bytes: Uint8Array,
  order: ByteOrder = hostOrder,
  families?: Families,
): DecodedMessage {
  for (const message of messages(bytes, order)) return decodeOne(protocol, message, order, families);
  throw new CodecError("nlmsghdr", 0, "there is no message in 0 bytes");
}

/** Decodes all messages of a datagram. @throws {CodecError} where a header does not fit */
export function decodeMessages(
  protocol: number,
  datagram: Uint8Array,
  order: ByteOrder = hostOrder,
  families?: Families,
): DecodedMessage[] {
  return Array.from(messages(datagram, order), (message) => decodeOne(protocol, message, order, families));
}
