/** What the commands of `ip xfrm` have to work with. @module */
import { type XfrmHost, xfrmHost } from "../../../api/xfrm/host.ts";
import { Out } from "../../../codec/tc/show.ts";
import { XFRM } from "../../../codec/xfrm/types.ts";
import type { Context } from "../../context.ts";
import type { Style } from "./print.ts";

export async function hostOf(context: Context): Promise<XfrmHost> {
  const channel = await context.sockets.channel(XFRM, context.globals.netns);
  return xfrmHost(channel, await context.rtnetlink());
}
export async function styleOf(context: Context, host: XfrmHost): Promise<Style> {
  const { globals, names } = context;
  return { stats: (globals.statistics ?? 0) > 0, names, deviceName: await host.names({}) };
}
/** An object of several lines. On one line they all end with a backslash, the last too, as ip has it here. */
export function shown(context: Context, show: (out: Out) => void): (out: Out) => void {
  return (out) => {
    if (!context.globals.oneline || context.globals.json) return show(out);
    const inner = new Out();
    show(inner);
    out.say(`${inner.text}\n`);
  };
}
