/** The head of traffic control's messages. @module */
import type { Value } from "../schema/codec.ts";
import { device, s32, u8, u32 } from "../schema/scalar.ts";
import { pad, struct } from "../schema/struct.ts";

/**
 * `struct tcmsg` of linux/rtnetlink.h. `info` is a qdisc's number of references, a class's leaf qdisc, a filter's
 * priority and protocol (`prio << 16 | htons(ethertype)`). With `ifindex` 0xffffffff, −1 here, `parent` is the number
 * of a shared block.
 */
export const tcmsg = struct(
  "tcmsg",
  { size: 20, c: "tcm_" },
  { family: u8, _pad1: pad(1), _pad2: pad(2), ifindex: device(s32), handle: u32, parent: u32, info: u32 },
);
export interface Tcmsg extends Value<typeof tcmsg> {}

/** `ifindex` of a shared block (TCM_IFINDEX_MAGIC_BLOCK). */
export const MAGIC_BLOCK = -1;

/** `struct tcamsg`: all that actions standing alone have. */
export const tcamsg = struct("tcamsg", { size: 4, c: "tca_" }, { family: u8, _pad1: pad(1), _pad2: pad(2) });

/** `info` of a filter: priority and ethertype. In the sender's byte order but for the ethertype, hence `little`. */
export const filterInfo = (priority: number, protocol: number, little: boolean): number =>
  ((priority << 16) | networkOrder(protocol, little)) >>> 0;
export const priorityOf = (info: number): number => info >>> 16;
export const protocolOf = (info: number, little: boolean): number => networkOrder(info & 0xffff, little);
const networkOrder = (x: number, little: boolean): number => (little ? ((x & 0xff) << 8) | (x >> 8) : x);
