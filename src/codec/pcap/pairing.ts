/** Which request a message answers, going by what headers say. @module */
import { NLM_F_DUMP, NLMSG_DONE, NLMSG_ERROR, NLMSG_HDRLEN, NLMSG_MIN_TYPE } from "../nlmsg/header.ts";
import type { ByteOrder } from "../wire/order.ts";

/** A request that answers may come to. */
export interface Asked {
  readonly protocol: number;
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** Of who asked: known once something was answered, for few requests say it. */
  portId: number | undefined;
  /** It was acknowledged, or its dump has ended. */
  finished: boolean;
}
/** What headers say of a message that may be an answer. */
export interface Answering {
  readonly protocol: number;
  readonly type: number;
  readonly sequence: number;
  readonly portId: number;
  /** Of an acknowledgement: the type of the request, which it repeats. */
  readonly acknowledges?: number | undefined;
}

/** The type of the request that an NLMSG_ERROR repeats, if `bytes` are one. */
export function acknowledgedType(bytes: Uint8Array, order: ByteOrder): number | undefined {
  const at = NLMSG_HDRLEN + 4;
  if (bytes.length < at + NLMSG_HDRLEN) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = order === "little";
  return view.getUint16(4, little) === NLMSG_ERROR ? view.getUint16(at + 4, little) : undefined;
}

/**
 * Requests that wait for answers. Sequence numbers do not tell sockets apart (those of iproute2 begin with the time, and two programs of one
 * second have the same), so that the type and the port id have a say.
 */
export class Pairing<T extends Asked> {
  readonly #waiting = new Map<string, T[]>();
  readonly #limit: number;
  #count = 0;

  /** `limit`: how many are remembered; older ones are forgotten. */
  constructor(limit = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
  }

  add(asked: T): void {
    const key = `${asked.protocol} ${asked.sequence}`;
    const same = this.#waiting.get(key)?.filter(({ finished }) => !finished) ?? [];
    this.#count += same.length + 1 - (this.#waiting.get(key)?.length ?? 0);
    this.#waiting.delete(key);
    this.#waiting.set(key, [...same, asked]);
    for (const [oldest, list] of this.#waiting) {
      if (this.#count <= this.#limit) break;
      this.#waiting.delete(oldest);
      this.#count -= list.length;
    }
  }

  /** The latest request that a message can be an answer to, for which `also` says yes. It is noted there. */
  find(message: Answering, also: (asked: T) => boolean = () => true): T | undefined {
    if (message.sequence === 0) return undefined;
    const found = this.#waiting
      .get(`${message.protocol} ${message.sequence}`)
      ?.findLast((asked) => fits(asked, message) && also(asked));
    if (!found) return undefined;
    found.portId ??= message.portId;
    if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) found.finished = true;
    return found;
  }
}

const ROUTE = 0;
function fits(asked: Asked, { protocol, type, portId, acknowledges }: Answering): boolean {
  if (asked.finished || (asked.portId !== undefined && asked.portId !== portId)) return false;
  if (type === NLMSG_ERROR) return acknowledges === undefined || acknowledges === asked.type;
  if (type === NLMSG_DONE) return (asked.flags & NLM_F_DUMP) === NLM_F_DUMP;
  // To each noun of rtnetlink four numbers.
  return type < NLMSG_MIN_TYPE || protocol !== ROUTE || type >> 2 === asked.type >> 2;
}
