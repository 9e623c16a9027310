/** The qdiscs that have no options: what they do follows from the device, or from the filters on them. @module */
import { optionless } from "../optionless.ts";

/** Sends at once, without a queue (noqueue_qdisc_ops of net/sched/sch_generic.c). */
export const noqueueKind = optionless("noqueue");
/** A qdisc for each of the device's queues (net/sched/sch_mq.c). */
export const mqKind = optionless("mq");
/** Filters on what comes in (net/sched/sch_ingress.c). `ingressBlock` is an option of the message, not of the kind. */
export const ingressKind = optionless("ingress", { shown: "---------------- " });
/** Filters on what comes in and what goes out (net/sched/sch_ingress.c). */
export const clsactKind = optionless("clsact");
/** Deficit round robin, of classes (net/sched/sch_drr.c). */
export const drrKind = optionless("drr");
/** Quick fair queueing, of classes (net/sched/sch_qfq.c). */
export const qfqKind = optionless("qfq");
/** Sends over all devices that have it, in turn, as one: the device `teql0` (net/sched/sch_teql.c). */
export const teql0Kind = optionless("teql0");
