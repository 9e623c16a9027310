/** Names of nlmsg_flags, whose upper bits mean something else in each kind of message (linux/netlink.h). @module */
import { type Names, names } from "../schema/scalar.ts";
import { NLM_F_DUMP, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, NLMSG_MIN_TYPE } from "./header.ts";

const common = { request: 0x01, multi: 0x02, ack: 0x04, echo: 0x08, dump_intr: 0x10, dump_filtered: 0x20 } as const;

/** Of answers and events. */
export const answerFlags = names("NLM_F_", common);
/** Of requests to get. */
export const getFlags = names("NLM_F_", { ...common, dump: 0x300, root: 0x100, match: 0x200, atomic: 0x400 });
/** Of requests to create or change. */
export const newFlags = names("NLM_F_", { ...common, replace: 0x100, excl: 0x200, create: 0x400, append: 0x800 });
/** Of requests to delete. */
export const deleteFlags = names("NLM_F_", { ...common, nonrec: 0x100, bulk: 0x200 });
/** Of NLMSG_ERROR and NLMSG_DONE. */
export const acknowledgementFlags = names("NLM_F_", { ...common, capped: 0x100, ack_tlvs: 0x200 });

/** What the flags of a message mean, whose name is `name`. */
export function flagNames(type: number, flags: number, name: string): Names {
  if (type === NLMSG_ERROR || type === NLMSG_DONE) return acknowledgementFlags;
  if (type < NLMSG_MIN_TYPE || (flags & NLM_F_REQUEST) === 0) return newOrAnswer(flags, name);
  if (name.startsWith("del")) return deleteFlags;
  // What other protocols' messages do is not in their numbers: asked for a dump, or created.
  const gets = name.startsWith("get") || (!/^(new|set)/.test(name) && (flags & NLM_F_DUMP) === NLM_F_DUMP);
  return gets ? getFlags : newFlags;
}
/** Notifications of what was created tell how: rtmsg_fib, and tc's, pass the request's flags on. */
const newOrAnswer = (flags: number, name: string): Names =>
  (flags & 0xf00) !== 0 && name.startsWith("new") ? newFlags : answerFlags;
