/** All of traffic control, as it is loaded. @module */

export { tcMessages } from "../../codec/rtnetlink/tc-messages.ts";
export { actionsFromWire } from "../../codec/tc/action-list.ts";
export { Actions } from "./actions.ts";
export { Chains, readChain } from "./chains.ts";
export { Classes, readClass } from "./classes.ts";
export { Filters, readFilter } from "./filters.ts";
export { Impairer } from "./impairer.ts";
export { Limiter } from "./limiter.ts";
export { NetemHelper } from "./netem.ts";
export { Qdiscs, readQdisc } from "./qdiscs.ts";
