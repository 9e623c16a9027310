/** What time brings: the end of duplicate address detection and of addresses' lives. @module */

import { expireAddresses4 } from "./address4.ts";
import { dadEnded, expireAddresses6 } from "./address6.ts";
import type { Kernel } from "./kernel.ts";
import type { Timer } from "./state.ts";

export function runTimer(kernel: Kernel, timer: Timer): void {
  const link = kernel.state.netns.get(timer.netns)?.links.get(timer.index);
  if (link === undefined) return;
  if (timer.kind === "dad") dadEnded(kernel, link, timer.key);
  else {
    expireAddresses4(kernel, link);
    expireAddresses6(kernel, link);
  }
}
