/** Virtual functions of links (print_vfinfo in ip/ipaddress.c). @module */

import type { VfInfo } from "../../../codec/rtnetlink/link/vf.ts";
import { vfLinkStates } from "../../../codec/rtnetlink/link/vf.ts";
import { nameOf } from "../../../codec/schema/scalar.ts";
import type { Out } from "../../../codec/tc/show.ts";
import { formatEthertype } from "../../../codec/text/ethertype.ts";
import { readMac } from "../../../codec/wire/mac.ts";
import type { Globals } from "../../globals.ts";
import { readable } from "./stats.ts";

const UNSAID = 0xffffffff;

export function virtualFunctions(list: readonly VfInfo[], out: Out, globals: Globals): void {
  out.array("vfinfo_list", (items) => {
    for (const vf of list) items.object("", (one) => virtualFunction(vf, one, globals));
  });
}

function virtualFunction(vf: VfInfo, out: Out, globals: Globals): void {
  out.say("\n    ");
  if (vf.mac) {
    const mac = readMac(vf.mac.mac, 0, 6);
    out.put("vf", vf.mac.vf, `vf ${vf.mac.vf} `);
    out.put("address", mac, `    link/ether ${mac}`);
  }
  if (vf.vlanList?.info)
    out.array("vlan_list", (items) => {
      for (const { vlan, qos, vlanProto } of vf.vlanList!.info!)
        items.object("", (one) => {
          if (vlan) one.put("vlan", vlan, `, vlan ${vlan}`);
          if (qos) one.put("qos", qos, `, qos ${qos}`);
          if (vlanProto && vlanProto !== 0x8100)
            one.put("protocol", formatEthertype(vlanProto), `, vlan protocol ${formatEthertype(vlanProto)}`);
        });
    });
  else if (vf.vlan) {
    if (vf.vlan.vlan) out.put("vlan", vf.vlan.vlan, `, vlan ${vf.vlan.vlan}`);
    if (vf.vlan.qos) out.put("qos", vf.vlan.qos, `, qos ${vf.vlan.qos}`);
  }
  if (vf.txRate?.rate) out.put("tx_rate", vf.txRate.rate, `, tx rate ${vf.txRate.rate} (Mbps)`);
  if (vf.rate) {
    const { maxTxRate, minTxRate } = vf.rate;
    const text = `${maxTxRate ? `, max_tx_rate ${maxTxRate}Mbps` : ""}${minTxRate ? `, min_tx_rate ${minTxRate}Mbps` : ""}`;
    out.put("rate", { max_tx: maxTxRate, min_tx: minTxRate }, text);
  }
  const onOff = (key: string, text: string, setting: number | undefined) => {
    if (setting !== undefined && setting !== UNSAID) out.put(key, setting !== 0, `, ${text} ${setting ? "on" : "off"}`);
  };
  onOff("spoofchk", "spoof checking", vf.spoofchk?.setting);
  if (vf.linkState) {
    const state = nameOf(vfLinkStates, vf.linkState.linkState) ?? "disable";
    out.put("link_state", state, `, link-state ${state}`);
  }
  onOff("trust", "trust", vf.trust?.setting);
  onOff("query_rss_en", "query_rss", vf.rssQueryEn?.setting);
  if (vf.stats && globals.statistics) {
    const {
      rxBytes = 0n,
      rxPackets = 0n,
      multicast = 0n,
      broadcast = 0n,
      rxDropped,
      txBytes = 0n,
      txPackets = 0n,
      txDropped,
    } = vf.stats;
    const text = (counts: readonly bigint[]) =>
      counts.map((count) => `${readable(count, globals).padEnd(10)} `).join("");
    const optional = (count: bigint | undefined) => (count === undefined ? [] : [count]);
    out.put(
      "stats",
      {
        rx: {
          bytes: rxBytes,
          packets: rxPackets,
          multicast,
          broadcast,
          ...(rxDropped === undefined ? {} : { dropped: rxDropped }),
        },
        tx: { bytes: txBytes, packets: txPackets, ...(txDropped === undefined ? {} : { dropped: txDropped }) },
      },
      `\n    RX: bytes  packets  mcast   bcast ${rxDropped === undefined ? "" : "  dropped "}\n    ${text([rxBytes, rxPackets, multicast, broadcast, ...optional(rxDropped)])}\n    TX: bytes  packets ${txDropped === undefined ? "" : "  dropped "}\n    ${text([txBytes, txPackets, ...optional(txDropped)])}`,
    );
  }
}
