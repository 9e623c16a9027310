/** `type macvlan`, `macvtap`, `ipvlan` and `ipvtap` (ip/iplink_macvlan.c, ip/iplink_ipvlan.c). @module */
import { ipvlanFlags, ipvlanModes } from "../../../codec/rtnetlink/link/kinds/ipvlan.ts";
import { macvlanAddressModes, macvlanFlags, macvlanModes } from "../../../codec/rtnetlink/link/kinds/macvlan.ts";
import { nameOf } from "../../../codec/schema/scalar.ts";
import { parseMac } from "../../../codec/wire/mac.ts";
import { oneWord, oneOf as oneWordOf } from "../../grammar/args.ts";
import type { Arg } from "../../grammar/command.ts";
import { custom, type Data, type KindWords, name, number, oneOf, row, shown } from "./rows.ts";

const mac = oneWord("LLADDR", (word) => (parseMac(word)?.length === 6 ? word : undefined), "not a MAC address");
/** `add LLADDR`, `del LLADDR`, `set LLADDR…`, `flush`. */
const addresses: Arg<Data> = {
  syntax: "{ add LLADDR | del LLADDR | set [LLADDR…] | flush }",
  complete: Object.keys(macvlanAddressModes.values),
  read(parser) {
    const how = oneWordOf("add", "del", "set", "flush").read(parser, "macaddr");
    const macaddrMode = macvlanAddressModes.values[how];
    if (how === "flush") return { macaddrMode };
    if (how !== "set") return { macaddrMode, macaddr: mac.read(parser, how) };
    const list: string[] = [];
    for (
      let next = parser.attempt(() => mac.read(parser, how));
      next;
      next = parser.attempt(() => mac.read(parser, how))
    )
      list.push(next);
    return { macaddrMode, macaddrData: { macaddr: list } };
  },
};
const flags = macvlanFlags.values;
const flagWord = (value: number, help: string) => ({ help, put: (data: Data) => void (data.flags = value) });

export const macvlan: KindWords = {
  rows: [
    oneOf("mode", "how the devices on one see each other", macvlanModes),
    custom(
      {
        flag: {
          help: "nopromisc: leave the device below alone; nodst: not by destination",
          arg: name({ ...macvlanFlags, values: { null: 0, ...flags } } as never),
          put: (data: Data, value: number) => void (data.flags = value),
        },
        nopromisc: { ...flagWord(flags.nopromisc, "passthru: leave the device below alone"), hidden: true },
        nodst: { ...flagWord(flags.nodst, "source: not by destination"), hidden: true },
      },
      (data, { out }) => {
        for (const word of ["nopromisc", "nodst"] as const)
          if (((data.flags as number | undefined) ?? 0) & flags[word]) out.put(word, true, `${word} `);
      },
    ),
    number("bcqueuelen", "packets of broadcast that may wait", { field: "bcQueueLen" }),
    number("usedbcqueuelen", "", { reported: true, field: "bcQueueLenUsed" }),
    custom({
      macaddr: {
        help: "source: addresses that come here",
        arg: addresses,
        put: (data: Data, given: Data) => void Object.assign(data, given),
      },
      bclim: {
        help: "broadcast that is sent at once",
        arg: oneWord("NUMBER", (word) => (/^-?\d+$/.test(word) ? Number(word) : undefined)),
        put: (data: Data, value: number) => void (data.bcCutoff = value),
      },
    }),
    shown((data, { out }) => {
      const count = data.macaddrCount as number | undefined;
      if (count === undefined || data.mode !== macvlanModes.values.source) return;
      out.put("macaddr_count", count, `remotes (${count}) `);
      const list = (data.macaddrData as { macaddr?: string[] } | undefined)?.macaddr;
      if (list?.length) out.put("macaddr_data", list, list.map((address) => `${address} `).join(""));
    }),
  ],
};

const ipvlanFlag = (value: number, help: string) => ({ help, put: (data: Data) => void (data.flags = value) });
export const ipvlan: KindWords = {
  rows: [
    row("mode", "what is looked at", name(ipvlanModes), {}, (value: number) => {
      const text = nameOf(ipvlanModes, value) ?? "unknown";
      return { json: text, text: ` mode ${text} ` };
    }),
    custom(
      {
        private: ipvlanFlag(ipvlanFlags.values.private, "not among each other"),
        vepa: ipvlanFlag(ipvlanFlags.values.vepa, "by way of the switch outside"),
        bridge: ipvlanFlag(0, "among each other"),
      },
      (data, { out }) => {
        const bits = data.flags as number | undefined;
        if (bits === undefined) return;
        const word = bits & ipvlanFlags.values.private ? "private" : bits & ipvlanFlags.values.vepa ? "vepa" : "bridge";
        out.put(word, true, `${word} `);
      },
    ),
  ],
  finish(data, create) {
    // As iproute2, which says both.
    if (!create) return;
    data.mode ??= ipvlanModes.values.l3;
    data.flags ??= 0;
  },
};
