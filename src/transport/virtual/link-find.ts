/** Links by index, by name and by alternative name. @module */
import type { Link, Netns } from "./state.ts";

/** By name, or by alternative name (__dev_get_by_name: both are in one table). */
export function findByName(net: Netns, name: string): Link | undefined {
  for (const link of net.links.values()) if (link.name === name || link.altNames.includes(name)) return link;
  return undefined;
}

export function findLink(
  net: Netns,
  by: { readonly index: number; readonly ifname?: string; readonly altIfname?: string },
): Link | undefined {
  if (by.index > 0) return net.links.get(by.index);
  const name = by.ifname ?? by.altIfname;
  return name === undefined ? undefined : findByName(net, name);
}

/** dev_valid_name. */
export const isValidName = (name: string): boolean =>
  name !== "" && name.length < 16 && name !== "." && name !== ".." && !/[/:\s]/.test(name);

/** The first name of a pattern such as `veth%d` that is free (__dev_alloc_name); undefined for a bad pattern. */
export function allocateName(net: Netns, pattern: string): string | undefined {
  const parts = pattern.split("%d");
  if (parts.length !== 2 || parts.join("").includes("%")) return undefined;
  for (let i = 0; i < 32768; i++) {
    const name = parts.join(String(i));
    if (findByName(net, name) === undefined) return name;
  }
  return undefined;
}
