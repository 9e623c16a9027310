/** Links of kind `ppp`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { s32 } from "../../../schema/scalar.ts";

/** IFLA_INFO_DATA of `ppp` (drivers/net/ppp/ppp_generic.c), on creation only: the kernel reports an empty nest. */
export const ppp = attrs(
  "ppp",
  { c: "IFLA_PPP_" },
  {
    /** File descriptor of /dev/ppp, open in the sender, to which the unit attaches. */
    devFd: [1, s32],
  },
);
export interface Ppp extends Value<typeof ppp> {}
