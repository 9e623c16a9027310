/** Links of kind `vcan`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";

/** IFLA_INFO_DATA of `vcan`: none, not even bit timing (drivers/net/can/vcan.c). */
export const vcan = attrs("vcan", { c: "" }, {});
export interface Vcan extends Value<typeof vcan> {}
