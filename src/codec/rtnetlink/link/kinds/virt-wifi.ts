/** Links of kind `virt_wifi`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";

/** IFLA_INFO_DATA of `virt_wifi`: none (drivers/net/wireless/virtual/virt_wifi.c). */
export const virtWifi = attrs("virt_wifi", { c: "" }, {});
export interface VirtWifi extends Value<typeof virtWifi> {}
