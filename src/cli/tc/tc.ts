/** `nlink tc`. @module */
import { runBatch } from "../batch.ts";
import type { Context } from "../context.ts";
import { commonGlobals } from "../globals.ts";
import { group, lazy, type Options } from "../grammar/command.ts";

const globals = { ...commonGlobals, graph: { last: true, help: "classes as a tree" } } satisfies Options;

export const tc = group({
  name: "tc",
  help: "traffic control: qdiscs, classes, filters, actions",
  globals,
  statuses: { unknown: 255, help: 0 },
  entries: [
    // In iproute2's order: the first that a beginning fits is meant.
    lazy("qdisc", [], "queueing disciplines", async () => (await import("./qdisc.ts")).qdisc),
    lazy("class", [], "classes of qdiscs", async () => (await import("./class.ts")).tclass),
    lazy("filter", [], "which packets go to which class", async () => (await import("./filter.ts")).filter),
    lazy("chain", [], "chains of filters", async () => (await import("./filter.ts")).chain),
    lazy("action", ["actions"], "actions that filters share", async () => (await import("./action.ts")).action),
    lazy("monitor", [], "follow what changes", async () => (await import("./monitor.ts")).monitor),
    lazy("watch", [], "rates, as they are now", async () => (await import("../watch/watch.ts")).watchTc),
  ],
  async run(context: Context) {
    if (context.globals.batch !== undefined) return runBatch(context);
    const { helpOf } = await import("../grammar/help.ts");
    context.io.stderr(await helpOf([tc], ["nlink"]));
    return 0;
  },
});
