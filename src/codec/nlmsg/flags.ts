/** Names of nlmsg_flags, whose upper bits mean something else in each kind of message (linux/netlink.h). @module */
import { names } from "../schema/scalar.ts";

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
