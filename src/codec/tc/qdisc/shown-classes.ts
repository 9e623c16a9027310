/** Classes that the kernel shows and that cannot be set: the bands, queues and inner ends of classful qdiscs, and flows. @module */
import { optionless } from "../optionless.ts";
import { sfqXstats, showSfqXstats } from "./sfq.ts";
import { taprioKind } from "./taprio.ts";

/** Bands of prio and multiq, queues of mq, and queues and traffic classes of mqprio. */
export const prioClassKind = optionless("prio");
export const multiqClassKind = optionless("multiq");
export const mqClassKind = optionless("mq");
export const mqprioClassKind = optionless("mqprio");
/** Queues of taprio, with the statistics of devices that do the work. */
export const taprioClassKind = optionless("taprio", {
  xstats: taprioKind.xstats!,
  showXstats: (value, out, context) => taprioKind.showXstats!(value, out, context),
});
/** Priorities of skbprio. */
export const skbprioClassKind = optionless("skbprio");
/** The one class of qdiscs that keep another one inside. */
export const tbfClassKind = optionless("tbf");
export const redClassKind = optionless("red");
export const sfbClassKind = optionless("sfb");
export const cbsClassKind = optionless("cbs");
export const etfClassKind = optionless("etf");
export const netemClassKind = optionless("netem");
/** Flows of sfq. */
export const sfqFlowKind = optionless("sfq", { xstats: sfqXstats, showXstats: showSfqXstats });
