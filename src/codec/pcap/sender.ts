/** Who sent the datagrams of a capture. @module */
import { NLM_F_REQUEST, NLMSG_HDRLEN } from "../nlmsg/header.ts";
import type { ByteOrder } from "../wire/order.ts";
import type { Direction } from "./cooked.ts";

/** Requests that are remembered; older ones are forgotten. */
const REMEMBERED = 4096;

/**
 * Tells directions, packet by packet. nlmon's packets all say "outgoing": dev_queue_xmit_nit overwrites what netlink wrote there. So the
 * header must do. The kernel repeats the flags of a request in some of its notifications, NLM_F_REQUEST too, and then the sequence number
 * and the port id of who asked as well; few programs write their port id into requests.
 */
export function createSenders(): (told: Direction, protocol: number, data: Uint8Array, order: ByteOrder) => Direction {
  const asked = new Set<string>();
  return (told, protocol, data, order) => {
    if (told === "to-kernel" || told === "to-user" || data.length < NLMSG_HDRLEN) return told;
    const view = new DataView(data.buffer, data.byteOffset, NLMSG_HDRLEN);
    const little = order === "little";
    const type = view.getUint16(4, little);
    if ((view.getUint16(6, little) & NLM_F_REQUEST) === 0) return "to-user";
    const key = `${protocol} ${type} ${view.getUint32(8, little)}`;
    // Every fourth type of rtnetlink gets: nobody notifies of that.
    const gets = protocol === 0 && (type & 3) === 2;
    if (!gets && view.getUint32(12, little) !== 0 && asked.has(key)) return "to-user";
    asked.add(key);
    if (asked.size > REMEMBERED)
      for (const oldest of asked) {
        asked.delete(oldest);
        break;
      }
    return "to-kernel";
  };
}
