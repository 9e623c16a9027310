/** Lives of addresses, of both families. @module */
import type { Kernel } from "./kernel.ts";
import type { Address4, Address6, Link } from "./state.ts";

/** Has the device's addresses looked at when this one is deprecated, and when it expires. */
export function scheduleExpiry(kernel: Kernel, { netns, index }: Link, address: Address4 | Address6): void {
  for (const seconds of [address.preferred, address.valid])
    if (seconds !== undefined && seconds > 0)
      kernel.schedule({ at: address.changed + seconds * 1000, kind: "lifetimes", netns, index, key: "" });
}
