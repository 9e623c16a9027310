/** Counters of links. @module */
import { type LinkStats64, linkStats64 } from "../../codec/rtnetlink/link/stats.ts";

export const zeroStats = (): LinkStats64 =>
  Object.fromEntries(Object.keys(linkStats64.members).map((name) => [name, 0n])) as unknown as LinkStats64;
