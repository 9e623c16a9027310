/** `type vlan` (ip/iplink_vlan.c). @module */
import { vlanFlags } from "../../../codec/rtnetlink/link/kinds/vlan.ts";
import { formatEthertype, parseEthertype } from "../../../codec/text/ethertype.ts";
import { oneWord } from "../../grammar/args.ts";
import type { Arg } from "../../grammar/command.ts";
import { custom, type Data, type KindWords, number, onOffNumber, type Row, row, shown } from "./rows.ts";

type Flags = { flags: number; mask: number };
const flag = (word: keyof typeof vlanFlags.values, help: string): Row =>
  custom({
    [word]: {
      help,
      arg: onOffNumber,
      put(data: Data, on: number) {
        const { flags = 0, mask = 0 } = (data.flags as Flags | undefined) ?? {};
        const bit = vlanFlags.values[word];
        data.flags = { flags: on ? flags | bit : flags & ~bit, mask: mask | bit };
      },
    },
  });
interface Mapping {
  readonly from: number;
  readonly to: number;
}
/** `1:2 3:4`, as long as there are more. */
const mappings: Arg<Mapping[]> = {
  syntax: "FROM:TO…",
  read(parser) {
    const one = oneWord("FROM:TO", (word) => {
      const match = /^(\d+):(\d+)$/.exec(word);
      return match ? { from: Number(match[1]), to: Number(match[2]) } : undefined;
    });
    const found = [one.read(parser, "")];
    for (let next = parser.attempt(() => one.read(parser, "")); next; next = parser.attempt(() => one.read(parser, "")))
      found.push(next);
    return found;
  },
};
const qos = (way: "ingress" | "egress", help: string): Row =>
  custom(
    {
      [`${way}-qos-map`]: {
        help,
        arg: mappings,
        put: (data: Data, mapping: Mapping[]) => void (data[`${way}Qos`] = { mapping }),
      },
    },
    (data, { out }) => {
      const mapping = (data[`${way}Qos`] as { mapping?: Mapping[] } | undefined)?.mapping;
      if (!mapping) return;
      out.put(
        `${way}_qos`,
        mapping.map(({ from, to }) => ({ from, to })),
        `\n      ${way}-qos-map { ${mapping.map(({ from, to }) => `${from}:${to} `).join("")}} `,
      );
    },
  );

export const vlan: KindWords = {
  rows: [
    row(
      "protocol",
      "ethertype of tags",
      oneWord("{ 802.1Q | 802.1ad }", parseEthertype, "not a protocol", ["802.1Q", "802.1ad"]),
      { also: ["proto"] },
      (value: number) => ({ json: formatEthertype(value), text: `protocol ${formatEthertype(value)} ` }),
    ),
    number("id", "the VLAN", { max: 4095 }),
    flag("reorder_hdr", "take the tag off what comes in"),
    flag("gvrp", "register by GVRP"),
    flag("mvrp", "register by MVRP"),
    flag("loose_binding", "up whatever the device below is"),
    flag("bridge_binding", "up as the bridge's ports are"),
    shown((data, { out }) => {
      const flags = (data.flags as Flags | undefined)?.flags;
      if (flags === undefined) return;
      const names = ORDER.filter((name) => (flags & vlanFlags.values[name]) !== 0).map((name) => name.toUpperCase());
      const known = ORDER.reduce((bits, name) => bits | vlanFlags.values[name], 0);
      if ((flags & ~known) !== 0) names.push((flags & ~known).toString(16));
      out.put("flags", names, `<${names.join(",")}> `);
    }),
    qos("ingress", "priority of packets by that of their tags"),
    qos("egress", "and the other way round"),
  ],
};
/** In the order that they are printed in. */
const ORDER = ["reorder_hdr", "gvrp", "mvrp", "loose_binding", "bridge_binding"] as const;
