/** The commands of nlink. @module */
import { group, lazy } from "./grammar/command.ts";

export const nlink = group({
  name: "nlink",
  help: "Linux networking over netlink",
  entries: [
    lazy(
      "ip",
      [],
      "links, addresses, routes, neighbors, rules, namespaces…",
      async () => (await import("./ip/ip.ts")).ip,
    ),
    lazy("ss", [], "sockets", async () => (await import("./ss/ss.ts")).ss),
    lazy("tc", [], "traffic control: qdiscs, classes, filters, actions", async () => (await import("./tc/tc.ts")).tc),
  ],
});
