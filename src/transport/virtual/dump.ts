/** Dumps: answers in parts, each made when the one before it was read (netlink_dump of net/netlink/af_netlink.c). @module */
import {
  beginMessage,
  endMessage,
  NLM_F_DUMP_FILTERED,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLMSG_DONE,
  type RawMessage,
} from "../../codec/nlmsg/header.ts";
import type { Attrs } from "../../codec/schema/attrs.ts";
import { encodeTo } from "../../codec/schema/engine.ts";
import { Writer } from "../../codec/wire/writer.ts";
import type { VirtualSocket } from "./socket.ts";

/** What is listed: a message for each item, unless it is passed over. */
export interface Listing {
  readonly type: number;
  readonly schema: Attrs;
  readonly items: Iterable<unknown>;
  /** The message's value; undefined passes the item over. */
  readonly fill: (item: never) => object | undefined;
  /** Whether it lists only what was asked for. */
  readonly filtered?: boolean;
  /** Counts changes to what is listed. */
  readonly generation?: () => number;
}

export interface Dump {
  /** Makes the next part, if there is one. */
  next(): void;
}

/** Bytes of a part: as much as netlink_dump allocates for a reader that has room. */
const PART = 32_768 - 512;

/** Starts a dump: its first part is queued when this returns. */
export function startDump(socket: VirtualSocket, request: RawMessage, listings: readonly Listing[]): void {
  const { portId } = socket;
  const header = { sequence: request.sequence, portId };
  const before = listings.map((listing) => listing.generation?.());
  const interrupted = () => (listings.some((listing, i) => listing.generation?.() !== before[i]) ? NLM_F_DUMP_INTR : 0);
  function* messages(): Generator<(w: Writer) => void> {
    for (const { type, schema, items, fill, filtered } of listings) {
      const flags = NLM_F_MULTI | (filtered ? NLM_F_DUMP_FILTERED : 0);
      for (const item of items) {
        const value = fill(item as never);
        if (value === undefined) continue;
        yield (w) => {
          const at = beginMessage(w, { ...header, type, flags: flags | interrupted() });
          encodeTo(w, schema, value);
          endMessage(w, at);
        };
      }
    }
  }
  const source = messages();
  let pending: ((w: Writer) => void) | undefined;
  let ended = false;
  const w = new Writer(socket.byteOrder, PART);
  const next = () => {
    w.reset();
    while (!ended) {
      const result = pending ? { value: pending, done: false as const } : source.next();
      pending = undefined;
      if (result.done) {
        ended = true;
        const at = beginMessage(w, { ...header, type: NLMSG_DONE, flags: NLM_F_MULTI | interrupted() });
        w.view.setInt32(w.room(4), 0, w.little);
        endMessage(w, at);
        break;
      }
      const start = w.length;
      result.value(w);
      if (w.length <= PART || start === 0) continue;
      w.length = start;
      pending = result.value;
      break;
    }
    if (ended) socket.dump = undefined;
    socket.deliver(w.take());
  };
  socket.dump = { next };
  next();
}
