/** Names of C's that follow from ours. @module */
import type { Attrs } from "./attrs.ts";

/** `arpIpTarget` → `arp_ip_target`. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);

/** The C constant of an attribute: `"IFLA_IFNAME"`; undefined of one that has none. */
export function constantOf(set: Attrs, name: string): string | undefined {
  const suffix = set.fields[name]?.[2];
  return set.c === "" || suffix === "" ? undefined : set.c + (suffix ?? snake(name).toUpperCase());
}
