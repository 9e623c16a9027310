/** Classes as a tree: `tc -g class show` (graph_cls_show of iproute2's tc/tc_class.c). @module */
import type { Channel } from "../../api/channel.ts";
import { type Dump, listDump } from "../../api/dump.ts";
import type { tclass as schema, TClass } from "../../codec/tc/class.ts";
import { formatHandle, TC_H_ROOT } from "../../codec/tc/handle.ts";
import { Out } from "../../codec/tc/show.ts";
import { showStats2 } from "../../codec/tc/stats-show.ts";
import type { Context } from "../context.ts";
import type { View } from "./view.ts";

interface Node {
  readonly message: TClass;
  readonly children: Node[];
}

export async function showGraph(
  context: Context,
  channel: Channel,
  dumps: readonly Dump<typeof schema, TClass>[],
  view: View,
  showOptions: (m: TClass, view: View, out: Out) => void,
): Promise<void> {
  for (const dump of dumps) {
    const nodes = (await listDump(channel, dump, { onInterrupted: "ignore" })).map(
      (message): Node => ({ message, children: [] }),
    );
    const byHandle = new Map(nodes.map((node) => [node.message.handle, node]));
    // tc puts those at the root in the order contrary to the kernel's.
    const roots = nodes.filter(({ message: { parent } }) => parent === TC_H_ROOT).reverse();
    for (const node of nodes) byHandle.get(node.message.parent)?.children.push(node);
    draw(roots, "", context, view, showOptions);
  }
}

function draw(
  nodes: readonly Node[],
  margin: string,
  context: Context,
  view: View,
  showOptions: (m: TClass, view: View, out: Out) => void,
): void {
  nodes.forEach(({ message: m, children }, i) => {
    const last = i === nodes.length - 1;
    const below = `${margin}${last ? "     " : "|    "}`;
    const handle = formatHandle(m.handle);
    const out = new Out();
    showOptions(m, view, out);
    context.printer.say(`${margin}+---(${handle}) ${m.kind} ${out.text}`);
    if (view.tc.statistics && m.stats2) {
      const counters = new Out();
      const bar = `${below}${children.length > 0 ? "|" : " "}`;
      showStats2(m.stats2, counters, bar + " ".repeat((m.kind?.length ?? 0) - 2 + handle.length));
      context.printer.say(`\n${counters.text}${last && children.length === 0 ? "" : `\n${bar}`}`);
    }
    context.printer.say("\n");
    draw(children, below, context, view, showOptions);
    if (last) context.printer.say(`${margin}\n`);
  });
}
