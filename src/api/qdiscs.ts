/** Queueing disciplines: what there is. @module */
import { RTM } from "../codec/rtnetlink/types.ts";
import type { Value } from "../codec/schema/codec.ts";
import { qdisc as schema } from "../codec/tc/qdisc.ts";
import type { Channel } from "./channel.ts";
import { type Device, deviceNames, indexOf } from "./device.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDump } from "./dump.ts";
import { checkOptions } from "./options.ts";

type QdiscMessage = Value<typeof schema>;
/** Exact to 2⁵³. */
export interface QdiscStats {
  bytes: number;
  packets: number;
  drops: number;
  overlimits: number;
  requeues: number;
  /** Packets, and bytes, waiting. */
  qlen: number;
  backlog: number;
}
export interface Qdisc {
  kind: string;
  dev: string | number;
  index: number;
  /** `"8001:"`. */
  handle: string;
  /** `"root"`, `"ingress"` (clsact too), or a class: `"1:10"`. */
  parent: string;
  stats?: QdiscStats;
  message: QdiscMessage;
}

const hex = (n: number) => n.toString(16);
/** A handle as tc writes it. */
export function formatHandle(handle: number): string {
  if (handle === 0xffffffff) return "root";
  if (handle === 0xfffffff1) return "ingress";
  if (handle === 0) return "none";
  const minor = handle & 0xffff;
  return `${hex(handle >>> 16)}:${minor === 0 ? "" : hex(minor)}`;
}

export class Qdiscs {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }
  /** The qdiscs of all devices, or of one. */
  async list(filter: { readonly dev?: Device | undefined } = {}, options: DumpOptions = {}): Promise<Qdisc[]> {
    const names = await deviceNames(this.#channel, options);
    return listDump(this.#channel, await this.#dump(filter, (i) => names.get(i)), {
      operation: "list qdiscs",
      ...options,
    });
  }
  stream(filter: { readonly dev?: Device | undefined } = {}, options: DumpOptions = {}): Stream<Qdisc> {
    return streamDump(this.#channel, () => this.#dump(filter, () => undefined), {
      operation: "list qdiscs",
      ...options,
    });
  }

  async #dump(
    filter: { readonly dev?: Device | undefined },
    deviceName: (index: number) => string | undefined,
  ): Promise<Dump<typeof schema, Qdisc>> {
    checkOptions("qdiscs", filter, ["dev"]);
    const index = filter.dev === undefined ? undefined : await indexOf(this.#channel, filter.dev);
    return {
      message: { type: RTM.getqdisc, schema, value: {} },
      answer: schema,
      map: (m) => {
        // The kernel dumps the qdiscs of all devices, whatever is asked (tc_dump_qdisc).
        if (index !== undefined && m.ifindex !== index) return undefined;
        const out: Qdisc = {
          kind: m.kind ?? "",
          dev: deviceName(m.ifindex) ?? m.ifindex,
          index: m.ifindex,
          handle: formatHandle(m.handle),
          parent: formatHandle(m.parent),
          message: m,
        };
        const { basic, queue } = m.stats2 ?? {};
        if (basic && queue) {
          const { bytes, packets } = basic;
          const { qlen, backlog, drops, requeues, overlimits } = queue;
          out.stats = { bytes: Number(bytes), packets, drops, overlimits, requeues, qlen, backlog };
        }
        return out;
      },
    };
  }
}
