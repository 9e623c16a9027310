/** Nexthop objects as `ip nexthop` has them (print_nexthop in ip/ipnexthop.c). @module */
import { listDump } from "../../api/dump.ts";
import { type Nexthop, nexthop as schema } from "../../codec/rtnetlink/nexthop.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { Context } from "../context.ts";
import { type Devices, devicesOf } from "./devices.ts";
import { printEncap } from "./encap-print.ts";
import { familyColour, printFlags } from "./route-print.ts";

const BLACKHOLE = true;

export function printNexthop(nexthop: Nexthop, out: Out, context: Context, devices: Devices, deleted = false): void {
  if (deleted) out.put("deleted", true, "Deleted ");
  printObject(nexthop, out, context, devices);
  out.say("\n");
}

function printObject(nexthop: Nexthop, out: Out, context: Context, devices: Devices): void {
  const { paint, names, globals } = context;
  const details = (globals.details ?? 0) > 0;
  if (nexthop.id !== undefined) out.put("id", nexthop.id, `id ${nexthop.id} `);
  if (nexthop.group) {
    const list = nexthop.group.map(({ id, weight, weightHigh }) => ({ id, weight: (weightHigh << 8) | weight }));
    out.put(
      "group",
      list.map(({ id, weight }) => (weight > 0 ? { id, weight: weight + 1 } : { id })),
      `group ${list.map(({ id, weight }) => (weight > 0 ? `${id},${weight + 1}` : id)).join("/")} `,
    );
  }
  const type = nexthop.groupType ?? 0;
  if (nexthop.groupType !== undefined && type !== 0)
    out.put("type", type === 1 ? "resilient" : String(type), `type ${type === 1 ? "resilient" : type} `);
  if (nexthop.resGroup) printResilient(nexthop.resGroup, out);
  if (nexthop.encap !== undefined && nexthop.encapType !== undefined)
    printEncap(nexthop.encapType, nexthop.encap, out, context, devices);
  if (nexthop.gateway !== undefined)
    out.put("gateway", nexthop.gateway, `via ${paint(familyColour(nexthop.family), `${nexthop.gateway} `)}`);
  if (nexthop.oif !== undefined) {
    const name = devices.name(nexthop.oif);
    out.put("dev", name, `dev ${paint("ifname", `${name} `)}`);
  }
  if (nexthop.scope !== 0 || details)
    out.put("scope", names.scopes.name(nexthop.scope), `scope ${names.scopes.name(nexthop.scope)} `);
  if (nexthop.blackhole === BLACKHOLE) out.put("blackhole", null, "blackhole ");
  if (nexthop.protocol !== 0 || details)
    out.put("protocol", names.protocols.name(nexthop.protocol), `proto ${names.protocols.name(nexthop.protocol)} `);
  printFlags(nexthop.flags, out);
  if (nexthop.fdb) out.put("fdb", null, "fdb");
}

const seconds = (ticks: number | bigint): number => Number(ticks) / 100;
const decimal = (ticks: number | bigint): string => String(Number(seconds(ticks).toPrecision(6)));
function printResilient(group: NonNullable<Nexthop["resGroup"]>, out: Out): void {
  const { buckets = 0, idleTimer = 0, unbalancedTimer = 0, unbalancedTime = 0n } = group;
  out.object("resilient_args", (args) => {
    args.put("buckets", buckets, `buckets ${buckets} `);
    args.put("idle_timer", seconds(idleTimer), `idle_timer ${decimal(idleTimer)} `);
    args.put("unbalanced_timer", seconds(unbalancedTimer), `unbalanced_timer ${decimal(unbalancedTimer)} `);
    args.put("unbalanced_time", seconds(unbalancedTime), `unbalanced_time ${decimal(unbalancedTime)} `);
  });
}

/** A place of a resilient group's table. */
export function printBucket({ id, resBucket }: Nexthop, out: Out): void {
  const { index = 0, idleTime = 0n, nhId = 0 } = resBucket ?? {};
  if (id !== undefined) out.put("id", id, `id ${id} `);
  out.put(
    "bucket",
    { index, idle_time: seconds(idleTime), nhid: nhId },
    `index ${index} idle_time ${decimal(idleTime)} nhid ${nhId} `,
  );
  out.say("\n");
}

/** What routes with details say of their nexthop objects. */
export async function nexthopInfo(context: Context): Promise<(id: number, out: Out) => void> {
  const channel = await context.rtnetlink();
  const devices = await devicesOf(channel);
  const known = new Map<number, Nexthop>();
  await listDump(channel, {
    message: { type: RTM.getnexthop, schema, value: {} },
    answer: schema,
    map: (nexthop) => void known.set(nexthop.id ?? 0, nexthop as Nexthop),
  });
  return (id, out) => {
    const nexthop = known.get(id);
    if (!nexthop) return;
    out.object("nh_info", (info) => {
      info.say("\n\tnh_info ");
      printObject(nexthop, info, context, devices);
    });
  };
}
