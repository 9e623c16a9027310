/** Routes that go by a nexthop object (remove_nexthop, replace_nexthop of net/ipv4/nexthop.c). @module */
import { RTM } from "../../codec/rtnetlink/types.ts";
import { removeEntry, walk } from "./fib.ts";
import { AF_INET, AF_INET6, type Family } from "./ip.ts";
import type { Kernel } from "./kernel.ts";
import { notifyRoute } from "./route-config.ts";
import { route4Message } from "./route4.ts";
import { deleteEntry, notify6 } from "./route6.ts";
import type { Netns } from "./state.ts";

/** IPv4's go in silence (fib_flush), IPv6's are told (ip6_del_rt). */
export function removeRoutesOf(kernel: Kernel, net: Netns, id: number): void {
  for (const table of net.tables6.values())
    for (const entry of [...walk(table, AF_INET6)]) if (entry.nhId === id) deleteEntry(kernel, net, entry);
  for (const table of net.tables4.values())
    for (const entry of [...walk(table, AF_INET)]) if (entry.nhId === id) removeEntry(table, entry);
}
/** Those of an object, and how each is told anew. */
export function* routesOfNexthop(kernel: Kernel, net: Netns, id: number): Generator<{ family: Family; tell(): void }> {
  for (const table of net.tables4.values())
    for (const entry of walk(table, AF_INET))
      if (entry.nhId === id)
        yield {
          family: AF_INET,
          tell: () => notifyRoute(kernel, net, AF_INET, RTM.newroute, () => route4Message(net, entry)),
        };
  for (const table of net.tables6.values())
    for (const entry of walk(table, AF_INET6))
      if (entry.nhId === id) yield { family: AF_INET6, tell: () => notify6(kernel, net, RTM.newroute, entry) };
}
