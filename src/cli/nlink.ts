/** The commands of nlink. @module */
import { wrong } from "./failure.ts";
import { versionGlobal } from "./globals.ts";
import { type Arg, type Group, group, lazy } from "./grammar/command.ts";
import { isDashed } from "./grammar/parser.ts";

/** A file, which may be left out: what stands there then is an option, or a command of nlink's own. */
const file: Arg<string> = {
  syntax: "[FILE]",
  complete: "file",
  implied: "",
  read(parser) {
    const word = parser.next();
    if (isDashed(word) || nlink.entries.some(({ name }) => name === word)) throw wrong(word, "not a file");
    return word;
  },
};

export const nlink: Group = group({
  name: "nlink",
  help: "Linux networking over netlink",
  globals: {
    virtual: {
      arg: file,
      last: true,
      help: "work on a kernel in memory, kept in this file; without a file on a fresh one, as for a batch",
    },
    ...versionGlobal,
  },
  entries: [
    lazy(
      "ip",
      [],
      "links, addresses, routes, neighbors, rules, namespaces…",
      async () => (await import("./ip/ip.ts")).ip,
    ),
    lazy("decode", [], "messages of captures", async () => (await import("./decode/decode.ts")).decode),
    lazy("explain", [], "what every byte of a message is", async () => (await import("./decode/decode.ts")).explain),
    lazy(
      "monitor",
      [],
      "all that passes over netlink",
      async () => (await import("./monitor-record/monitor.ts")).monitor,
    ),
    lazy("serve", [], "answer requests, a line each", async () => (await import("./serve/serve.ts")).serve),
    lazy("ss", [], "sockets", async () => (await import("./ss/ss.ts")).ss),
    lazy(
      "completion",
      [],
      "words for the shell to complete",
      async () => (await import("./completion/completion.ts")).completion,
    ),
    lazy("tc", [], "traffic control: qdiscs, classes, filters, actions", async () => (await import("./tc/tc.ts")).tc),
  ],
});
