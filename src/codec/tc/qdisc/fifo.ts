/** pfifo, bfifo, pfifo_head_drop: first in, first out, up to a limit (net/sched/sch_fifo.c). @module */
import type { Friendly, FriendlyInput } from "../../schema/friendly.ts";
import { size, u32, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { formatSize } from "../../text/size.ts";
import { derived } from "../derived.ts";
import type { Out } from "../show.ts";

/** `struct tc_fifo_qopt` of the two that count packets: the device's txqueuelen by default. */
export const pfifoSchema = struct("tc_fifo_qopt", { size: 4 }, { limit: unit(u32, "packets") });
/** `struct tc_fifo_qopt` of the one that counts bytes: txqueuelen packets of the device's MTU by default. */
export const bfifoSchema = struct("tc_fifo_qopt", { size: 4 }, { limit: size(u32) });

/** Without the blank that stands behind other kinds' options. */
const shown = (text: (limit: number) => string) => ({
  limit: { show: (limit: number, out: Out) => out.put("limit", limit, `limit ${text(limit)}`) },
});
export const pfifoKind = derived(
  "pfifo",
  pfifoSchema,
  shown((n) => `${n}p`),
);
/** Drops the oldest packet when it is full, not the newest. */
export const pfifoHeadDropKind = derived(
  "pfifo_head_drop",
  pfifoSchema,
  shown((n) => `${n}p`),
);
export const bfifoKind = derived("bfifo", bfifoSchema, shown(formatSize));

/** `limit` counts packets. */
export interface PfifoOptions extends FriendlyInput<typeof pfifoSchema> {}
export interface Pfifo extends Friendly<typeof pfifoSchema> {}
/** `{ limit: "100kb" }` or `{ limitBytes: 102400 }`. */
export interface BfifoOptions extends FriendlyInput<typeof bfifoSchema> {}
export interface Bfifo extends Friendly<typeof bfifoSchema> {}
