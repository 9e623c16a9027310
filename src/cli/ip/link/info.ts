/** IFLA_LINKINFO as `ip -d link` shows it: the kind and its settings, and those as a port of a master. @module */
import type { Link } from "../../../codec/rtnetlink/link/link.ts";
import type { Out } from "../../../codec/tc/show.ts";
import { linkKindWords, slaveKindWords } from "../kinds/kinds.ts";
import type { KindWords } from "../kinds/rows.ts";
import type { LinkView } from "./print.ts";

export function printInfo(link: Link, out: Out, view: LinkView): void {
  const { linkinfo } = link;
  if (linkinfo === undefined) return;
  const { kind, slaveKind } = linkinfo;
  out.object("linkinfo", (info) => {
    if (kind !== undefined) {
      info.put("info_kind", kind, `\n    ${kind} `);
      settings("info_data", linkKindWords[kind], linkinfo.data, info, view);
      if (linkinfo.xstats && view.context.globals.statistics) printXstats(linkinfo.xstats, info);
    }
    if (slaveKind !== undefined) {
      info.put("info_slave_kind", slaveKind, `\n    ${slaveKind}_slave `);
      // A VRF's port says its table.
      if (slaveKind === "vrf") settings("info_slave_data", linkKindWords.vrf, linkinfo.slaveData, info, view);
      else settings("info_slave_data", slaveKindWords[slaveKind], linkinfo.slaveData, info, view);
    }
  });
}

function settings(key: string, words: KindWords | undefined, data: unknown, out: Out, view: LinkView): void {
  if (!words || data === undefined || data instanceof Uint8Array) return;
  out.object(key, (inner) => {
    const place = { out: inner, context: view.context, devices: view.devices };
    for (const { print } of words.rows) print?.(data as { [field: string]: unknown }, place);
  });
}

/** Counters of CAN, the only kind that has any here. */
function printXstats(value: unknown, out: Out): void {
  const stats = value as { [counter: string]: number };
  const keys = [
    ["restarts", "restarts"],
    ["bus_error", "busError"],
    ["arbitration_lost", "arbitrationLost"],
    ["error_warning", "errorWarning"],
    ["error_passive", "errorPassive"],
    ["bus_off", "busOff"],
  ] as const;
  const counts = keys.map(([key, field]) => [key, stats[field] ?? 0] as const);
  const heads = "\n\t  re-started bus-errors arbit-lost error-warn error-pass bus-off";
  out.put(
    "info_xstats",
    Object.fromEntries(counts),
    `${heads}\n\t  ${counts.map(([, count]) => String(count).padEnd(10)).join(" ")} `,
  );
}
