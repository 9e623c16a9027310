/** vlan: pushes, pops and changes VLAN tags, and whole Ethernet headers (net/sched/act_vlan.c). @module */
import { attrs, mac } from "../../schema/attrs.ts";
import { fail, show } from "../../schema/program.ts";
import { be16, enumeration, names, s32, u8, u16 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { formatEthertype, parseEthertype } from "../../text/ethertype.ts";
import { parseMac } from "../../wire/mac.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { choice, count, MAC_FORMS, macOf } from "../options.ts";

const vlanActions = names("TCA_VLAN_ACT_", { pop: 1, push: 2, modify: 3, pop_eth: 4, push_eth: 5 });
type VlanAction = keyof typeof vlanActions.values;
const ACTIONS = Object.keys(vlanActions.values) as VlanAction[];
const tcVlan = struct("tc_vlan", { size: 24 }, { ...tcGen, vAction: enumeration(s32, vlanActions) });
/** TCA_VLAN_* (tcf_vlan_dump). */
export const vlanSchema = attrs(
  "vlan",
  { c: "TCA_VLAN_" },
  {
    parms: [2, tcVlan],
    id: [3, u16, "PUSH_VLAN_ID"],
    protocol: [4, be16, "PUSH_VLAN_PROTOCOL"],
    priority: [6, u8, "PUSH_VLAN_PRIORITY"],
    ethDst: [7, mac, "PUSH_ETH_DST"],
    ethSrc: [8, mac, "PUSH_ETH_SRC"],
    tm: [1, tcfT],
  },
);

export type VlanProtocol = "802.1Q" | "802.1ad";
/** `control` is `"pipe"` by default. */
export interface VlanOptions extends ActionOptions {
  readonly action?: VlanAction | undefined;
  /** Of `push` and `modify`: the VLAN, 0 to 4094. */
  readonly id?: number | undefined;
  readonly protocol?: VlanProtocol | undefined;
  /** 0 to 7. */
  readonly priority?: number | undefined;
  /** Of `push_eth`: the addresses of the new header. */
  readonly dstMac?: string | undefined;
  readonly srcMac?: string | undefined;
}
export interface Vlan extends ActionCommon {
  action: VlanAction;
  id?: number;
  protocol?: VlanProtocol;
  priority?: number;
  dstMac?: string;
  srcMac?: string;
}

/** The kernel refuses the last one, which the standard reserves. */
const MAX_ID = 4094;
const protocols = { "802.1Q": 0x8100, "802.1ad": 0x88a8 } as const;
const protocolOf = (ethertype: number): VlanProtocol => (ethertype === protocols["802.1ad"] ? "802.1ad" : "802.1Q");
const nameOf = (action: number): VlanAction => ACTIONS.find((name) => vlanActions.values[name] === action) ?? "pop";

export const vlanKind = actionKind<"vlan", typeof vlanSchema, VlanOptions, Vlan>({
  kind: "vlan",
  schema: vlanSchema,
  control: "pipe",
  known: { action: true, id: true, protocol: true, priority: true, dstMac: true, srcMac: true },
  parms: "parms",
  toWire(options, gen) {
    const action = choice(options, "action", ACTIONS) ?? fail("action", -1, `is missing: one of ${ACTIONS.join(", ")}`);
    const tagged = action === "push" || action === "modify";
    for (const name of ["id", "protocol", "priority"] as const)
      if (options[name] !== undefined && !tagged) fail(name, -1, `is not for ${action}: only push and modify have one`);
    for (const name of ["dstMac", "srcMac"] as const)
      if (options[name] !== undefined && action !== "push_eth")
        fail(name, -1, `is not for ${action}: only push_eth has one`);
    const id = count(options, "id", MAX_ID);
    const protocol = choice(options, "protocol", ["802.1Q", "802.1ad"]);
    const priority = count(options, "priority", 7);
    if (tagged && id === undefined) fail("id", -1, "is missing: the VLAN");
    return {
      parms: { ...gen, vAction: vlanActions.values[action] },
      ...(id !== undefined && { id }),
      ...(protocol && { protocol: protocols[protocol] }),
      ...(priority !== undefined && { priority }),
      ...(action === "push_eth" && {
        ethDst: macOf(options, "dstMac") ?? fail("dstMac", -1, "is missing"),
        ethSrc: macOf(options, "srcMac") ?? fail("srcMac", -1, "is missing"),
      }),
    };
  },
  fromWire: ({ parms, id, protocol, priority, ethDst, ethSrc }) => ({
    action: nameOf(parms?.vAction ?? 0),
    ...(id !== undefined && { id }),
    ...(protocol !== undefined && { protocol: protocolOf(protocol) }),
    ...(priority !== undefined && { priority }),
    ...(ethDst !== undefined && { dstMac: ethDst }),
    ...(ethSrc !== undefined && { srcMac: ethSrc }),
  }),
  parse(words, out) {
    out.action = words.oneOf("vlan", ACTIONS);
    for (;;) {
      const word = words.take("id", "protocol", "priority", "dst_mac", "src_mac");
      switch (word) {
        case undefined:
          return;
        case "id":
          out.id = words.integer(word, MAX_ID);
          break;
        case "priority":
          out.priority = words.integer(word, 7);
          break;
        case "protocol": {
          const name = words.next(word);
          const ethertype = parseEthertype(name);
          out.protocol =
            ethertype === protocols["802.1Q"] || ethertype === protocols["802.1ad"]
              ? protocolOf(ethertype)
              : words.fail(`protocol: ${show(name)} is not one of 802.1Q, 802.1ad`);
          break;
        }
        default:
          out[word === "dst_mac" ? "dstMac" : "srcMac"] = words.value(word, MAC_FORMS, (w) =>
            parseMac(w) ? w : undefined,
          );
      }
    }
  },
  words: ({ action, id, protocol, priority, dstMac, srcMac }) => [
    action,
    ...(id === undefined ? [] : ["id", String(id)]),
    ...(protocol === undefined ? [] : ["protocol", protocol]),
    ...(priority === undefined ? [] : ["priority", String(priority)]),
    ...(dstMac === undefined ? [] : ["dst_mac", dstMac]),
    ...(srcMac === undefined ? [] : ["src_mac", srcMac]),
  ],
  // print_vlan of iproute2's tc/m_vlan.c.
  show({ parms, id, protocol, priority, ethDst, ethSrc, tm }, out, context) {
    out.put("kind", "vlan", "vlan ");
    const action = nameOf(parms?.vAction ?? 0);
    out.put("vlan_action", action, ` ${action}`);
    if (id !== undefined) out.put("id", id, ` id ${id}`);
    if (protocol !== undefined)
      out.put("protocol", formatEthertype(protocol), ` protocol ${formatEthertype(protocol)}`);
    if (priority !== undefined) out.put("priority", priority, ` priority ${priority}`);
    if (ethDst !== undefined) out.put("dst_mac", ethDst, ` dst_mac ${ethDst}`);
    if (ethSrc !== undefined) out.put("src_mac", ethSrc, ` src_mac ${ethSrc}`);
    showVerdict(out, parms?.action ?? 0);
    showUse(out, parms, tm, context);
  },
});
