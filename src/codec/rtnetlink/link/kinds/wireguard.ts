/** Links of kind `wireguard`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";

/** IFLA_INFO_DATA of `wireguard`: none; keys and peers travel in the generic netlink family of the same name. */
export const wireguard = attrs("wireguard", { c: "" }, {});
export interface Wireguard extends Value<typeof wireguard> {}
