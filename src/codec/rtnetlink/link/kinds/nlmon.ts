/** Links of kind `nlmon`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";

/** IFLA_INFO_DATA of `nlmon`, the netlink capture device: none (drivers/net/nlmon.c). */
export const nlmon = attrs("nlmon", { c: "" }, {});
export interface Nlmon extends Value<typeof nlmon> {}
