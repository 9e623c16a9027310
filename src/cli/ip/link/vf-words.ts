/** Words of virtual functions: `vf 0 mac 02:00:00:00:00:01 vlan 5` (iplink_parse_vf in ip/iplink.c). @module */
import type { VfOptions } from "../../../api/link-vf.ts";
import { vfValue as friendlyVfs } from "../../../api/link-vf.ts";
import { integer, oneWord, text } from "../../grammar/args.ts";
import type { Arg, Options, Values } from "../../grammar/command.ts";
import { onOffNumber } from "../kinds/rows.ts";

const vlanOptions = {
  vlan: { arg: integer("VLAN", 4095), help: "" },
  qos: { arg: integer("PRIORITY", 7), help: "" },
  proto: {
    arg: oneWord("{ 802.1Q | 802.1ad }", (word) => (/^802\.1(q|ad)$/i.test(word) ? word.toLowerCase() : undefined)),
    help: "",
  },
} satisfies Options;
const options = {
  mac: { arg: text("LLADDR"), help: "" },
  ...vlanOptions,
  rate: { arg: integer("MBIT"), help: "" },
  max_tx_rate: { arg: integer("MBIT"), help: "" },
  min_tx_rate: { arg: integer("MBIT"), help: "" },
  spoofchk: { arg: onOffNumber, help: "" },
  query_rss: { arg: onOffNumber, help: "" },
  trust: { arg: onOffNumber, help: "" },
  state: {
    arg: oneWord("{ auto | enable | disable }", (word) =>
      ["auto", "enable", "disable"].includes(word) ? word : undefined,
    ),
    help: "",
  },
  node_guid: { arg: text("EUI64"), help: "" },
  port_guid: { arg: text("EUI64"), help: "" },
} satisfies Options;

export type VfWords = { vf: number } & Values<typeof options>;
export const vfArg: Arg<VfWords> = {
  syntax:
    "NUMBER [ mac LLADDR ] [ vlan VLAN [ qos PRIORITY ] [ proto PROTOCOL ] ] [ max_tx_rate MBIT ] [ min_tx_rate MBIT ] [ spoofchk { on | off } ] [ state { auto | enable | disable } ] [ trust { on | off } ] …",
  read: (parser, word) => ({ vf: integer("NUMBER").read(parser, word), ...parser.within(options) }),
};

/** IFLA_VFINFO_LIST. */
export function vfValue(list: readonly VfWords[]): unknown {
  const bool = (value: number | undefined) => (value === undefined ? undefined : value !== 0);
  return friendlyVfs(
    "vf",
    list.map(
      (w) =>
        Object.fromEntries(
          Object.entries({
            vf: w.vf,
            mac: w.mac,
            vlan: w.vlan,
            qos: w.qos,
            vlanProtocol: w.proto,
            maxTxRate: w.max_tx_rate ?? w.rate,
            minTxRate: w.min_tx_rate,
            spoofchk: bool(w.spoofchk),
            queryRss: bool(w.query_rss),
            trust: bool(w.trust),
            state: w.state,
            nodeGuid: w.node_guid,
            portGuid: w.port_guid,
          }).filter(([, value]) => value !== undefined),
        ) as unknown as VfOptions,
    ),
  );
}
