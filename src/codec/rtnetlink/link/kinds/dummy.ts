/** Links of kind `dummy`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";

/** IFLA_INFO_DATA of `dummy`: none (drivers/net/dummy.c). */
export const dummy = attrs("dummy", { c: "" }, {});
export interface Dummy extends Value<typeof dummy> {}
