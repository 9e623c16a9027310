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
    lazy("decode", [], "messages of captures", async () => (await import("./decode/decode.ts")).decode),
    lazy("explain", [], "what every byte of a message is", async () => (await import("./decode/decode.ts")).explain),
    lazy("serve", [], "answer requests, a line each", async () => (await import("./serve/serve.ts")).serve),
    lazy("ss", [], "sockets", async () => (await import("./ss/ss.ts")).ss),
    lazy("tc", [], "traffic control: qdiscs, classes, filters, actions", async () => (await import("./tc/tc.ts")).tc),
  ],
});
