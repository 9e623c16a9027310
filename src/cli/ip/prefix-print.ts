/** A prefix that a router advertised, as `ip monitor` has it (print_prefix in ip/ipprefix.c). @module */
import { type Prefix, prefixFlags } from "../../codec/rtnetlink/prefix.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { Context } from "../context.ts";
import type { Devices } from "./devices.ts";

const FOREVER = 0xffffffff;
export function printPrefix(prefix: Prefix, out: Out, { paint }: Context, devices: Devices): void {
  if (prefix.address !== undefined)
    out.put("prefix", prefix.address, `prefix ${paint("inet6", `${prefix.address}`)}/${prefix.len} `);
  out.put("prefixlen", prefix.len);
  const name = devices.name(prefix.ifindex);
  out.put("dev", name, `dev ${paint("ifname", name)} `);
  const { onlink, autoconf } = prefixFlags.values;
  if (prefix.flags & onlink) out.put("onlink", true, "onlink ");
  if (prefix.flags & autoconf) out.put("autoconf", true, "autoconf ");
  if (prefix.cacheinfo) {
    const { validTime, preferredTime } = prefix.cacheinfo;
    const text = (seconds: number) => (seconds === FOREVER ? "forever" : String(seconds));
    out.put("valid_lft", validTime, `valid ${text(validTime)} `);
    out.put("preferred_lft", preferredTime, `preferred ${text(preferredTime)} `);
  }
  out.say("\n");
}
