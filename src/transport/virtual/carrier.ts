/** Carriers, and the states that follow from them (net/core/link_watch.c). @module */
import type { Kernel } from "./kernel.ts";
import { lowerOf, OPER } from "./link-message.ts";
import type { Link } from "./state.ts";

export function carrierOn(kernel: Kernel, link: Link): void {
  if (link.carrier) return;
  link.carrier = true;
  link.carrierUp++;
  kernel.linkwatch.add(link);
}
export function carrierOff(kernel: Kernel, link: Link): void {
  if (!link.carrier) return;
  link.carrier = false;
  link.carrierDown++;
  kernel.linkwatch.add(link);
}

/** rfc2863_policy. */
export function updateOperstate(kernel: Kernel, link: Link): void {
  let state: number = OPER.up;
  if (!link.carrier) {
    const lower = lowerOf(link);
    const below = lower === link.index ? undefined : kernel.netns(link.netns).links.get(lower);
    state = lower === link.index || below === undefined || below.carrier ? OPER.down : OPER.lowerlayerdown;
  }
  if (state === OPER.up && link.linkmode !== 0) state = link.linkmode === 1 ? OPER.dormant : OPER.testing;
  link.operstate = state;
}
