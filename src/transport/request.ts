/** Requests as transports without a kernel look at them. @module */
import { type DecodedMessage, decodeMessage, schemaOf } from "../codec/decode-message.ts";
import { explain } from "../codec/explain/explain.ts";
import type { Explained } from "../codec/explain/node.ts";
import { summarize } from "../codec/explain/summary.ts";
import type { Families } from "../codec/genetlink/families.ts";
import { type MessageHeader, messages, NLM_F_DUMP, NLMSG_HDRLEN, NLMSG_MIN_TYPE } from "../codec/nlmsg/header.ts";
import type { Attrs } from "../codec/schema/attrs.ts";
import { toFriendly } from "../codec/schema/friendly.ts";
import type { ByteOrder } from "../codec/wire/order.ts";

/** How messages are to be understood. */
export interface Dialect {
  readonly protocol: number;
  readonly order: ByteOrder;
  readonly families?: Families | undefined;
}

/** A request that was sent. */
export interface Request {
  /** `"newaddr"`. */
  readonly name: string;
  readonly header: MessageHeader;
  /** From nlmsghdr to the last attribute, without padding. */
  readonly bytes: Uint8Array;
  readonly decoded: DecodedMessage;
  /** Whether it asks for a dump. */
  readonly dump: boolean;
  readonly schema: Attrs | undefined;
  /** Its fields in the user's terms: `{ family: 2, local: "10.0.0.1", scope: "link" }`; undefined of what was not decoded. */
  readonly value: { readonly [field: string]: unknown } | undefined;
  /** `"newaddr 10.0.0.1/24 dev 3 scope link"`. */
  readonly summary: string;
}

/** The requests of a datagram. @throws {CodecError} where a header does not fit */
export const requestsOf = (datagram: Uint8Array, dialect: Dialect): Request[] =>
  Array.from(messages(datagram, dialect.order), ({ offset, length }) =>
    requestOf(datagram.slice(offset, offset + length), dialect),
  );

export function requestOf(bytes: Uint8Array, { protocol, order, families }: Dialect): Request {
  const decoded = decodeMessage(protocol, bytes, order, families);
  const { header, name } = decoded;
  const payload = bytes.subarray(NLMSG_HDRLEN);
  const schema =
    header.type < NLMSG_MIN_TYPE ? undefined : schemaOf(protocol, header, payload, order, families)?.schema;
  return {
    ...{ name, header, bytes, decoded, schema },
    dump: !/^(new|set|del)/.test(name) && (header.flags & NLM_F_DUMP) === NLM_F_DUMP,
    value: schema && "value" in decoded ? (toFriendly(schema, decoded.value as never) as Request["value"]) : undefined,
    summary: summarize(decoded, { protocol, order, families }),
  };
}

export const explainRequest = ({ bytes }: Request, { protocol, order, families }: Dialect): Explained =>
  explain(bytes, { protocol, order, families });
