/** mpls: pushes, pops and changes MPLS labels (net/sched/act_mpls.c). @module */
import { attrs } from "../../schema/attrs.ts";
import { fail, show } from "../../schema/program.ts";
import { be16, enumeration, names, s32, u8, u32 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { ETHERTYPE_FORMS, formatEthertype, parseEthertype } from "../../text/ethertype.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { choice, count, toggle } from "../options.ts";

const mplsActions = names("TCA_MPLS_ACT_", { pop: 1, push: 2, modify: 3, dec_ttl: 4, mac_push: 5 });
type MplsAction = keyof typeof mplsActions.values;
const ACTIONS = Object.keys(mplsActions.values) as MplsAction[];
/** TCA_MPLS_* (tcf_mpls_dump). */
export const mplsSchema = attrs(
  "mpls",
  { c: "TCA_MPLS_" },
  {
    parms: [2, struct("tc_mpls", { size: 24 }, { ...tcGen, mAction: enumeration(s32, mplsActions) })],
    label: [5, u32],
    tc: [6, u8],
    ttl: [7, u8],
    bos: [8, u8],
    proto: [4, be16],
    tm: [1, tcfT],
  },
);

/** `control` is `"pipe"` by default. */
export interface MplsOptions extends ActionOptions {
  /** `mac_push` puts the label before the Ethernet header, `dec_ttl` counts the time to live down. */
  readonly action?: MplsAction | undefined;
  /** Of a push: `"mpls_uc"` (by default) or `"mpls_mc"`. Of `pop`: what comes out, `"ip"`, `"mpls_uc"`… */
  readonly protocol?: string | number | undefined;
  /** 0 to 1048575. */
  readonly label?: number | undefined;
  /** 0 to 7. */
  readonly trafficClass?: number | undefined;
  /** 1 to 255; a push takes the system's default. */
  readonly ttl?: number | undefined;
  /** Whether the label is the last; a push finds out. */
  readonly bottomOfStack?: boolean | undefined;
}
export interface Mpls extends ActionCommon {
  action: MplsAction;
  protocol?: string | number;
  label?: number;
  trafficClass?: number;
  ttl?: number;
  bottomOfStack?: boolean;
}

const MAX_LABEL = 0xfffff;
const MPLS = { mpls_uc: 0x8847, mpls_mc: 0x8848 } as const;
const nameOf = (action: number): MplsAction => ACTIONS.find((name) => mplsActions.values[name] === action) ?? "pop";
const pushes = (action: MplsAction): boolean => action === "push" || action === "mac_push";
/** A name, or where there is none the number. */
const protocolOf = (ethertype: number): string | number => {
  const name = formatEthertype(ethertype);
  return name.startsWith("[") ? ethertype : name;
};

export const mplsKind = actionKind<"mpls", typeof mplsSchema, MplsOptions, Mpls>({
  kind: "mpls",
  schema: mplsSchema,
  control: "pipe",
  known: { action: true, protocol: true, label: true, trafficClass: true, ttl: true, bottomOfStack: true },
  parms: "parms",
  toWire(options, gen) {
    const action = choice(options, "action", ACTIONS) ?? fail("action", -1, `is missing: one of ${ACTIONS.join(", ")}`);
    for (const name of ["label", "trafficClass", "ttl", "bottomOfStack"] as const)
      if (options[name] !== undefined && !pushes(action) && action !== "modify")
        fail(name, -1, `is not for ${action}: only push, mac_push and modify have one`);
    const { protocol } = options;
    if (protocol !== undefined && !pushes(action) && action !== "pop")
      fail("protocol", -1, `is not for ${action}: only push, mac_push and pop have one`);
    const proto =
      protocol === undefined
        ? undefined
        : (parseEthertype(protocol) ?? fail("protocol", -1, `${show(protocol)} is not ${ETHERTYPE_FORMS}`));
    if (proto === undefined && action === "pop")
      fail("protocol", -1, "is missing: what the packet is without its label");
    if (proto !== undefined && pushes(action) && proto !== MPLS.mpls_uc && proto !== MPLS.mpls_mc)
      fail("protocol", -1, `${show(protocol)} is not one of mpls_uc, mpls_mc`);
    const label = count(options, "label", MAX_LABEL);
    if (label === undefined && pushes(action)) fail("label", -1, "is missing");
    const tc = count(options, "trafficClass", 7);
    const ttl = count(options, "ttl", 255, 1);
    const bottom = toggle(options, "bottomOfStack");
    return {
      parms: { ...gen, mAction: mplsActions.values[action] },
      ...(label !== undefined && { label }),
      ...(tc !== undefined && { tc }),
      ...(ttl !== undefined && { ttl }),
      ...(bottom !== undefined && { bos: bottom ? 1 : 0 }),
      ...(proto !== undefined && { proto }),
    };
  },
  // The kernel reports a protocol with every action; it means something to those that push or pop.
  fromWire({ parms, label, tc, ttl, bos, proto }) {
    const action = nameOf(parms?.mAction ?? 0);
    return {
      action,
      ...(proto !== undefined && (pushes(action) || action === "pop") && { protocol: protocolOf(proto) }),
      ...(label !== undefined && { label }),
      ...(tc !== undefined && { trafficClass: tc }),
      ...(ttl !== undefined && { ttl }),
      ...(bos !== undefined && { bottomOfStack: bos !== 0 }),
    };
  },
  parse(words, out) {
    out.action = words.oneOf("mpls", ACTIONS);
    for (;;) {
      const word = words.take("label", "tc", "ttl", "bos", "protocol");
      switch (word) {
        case undefined:
          return;
        case "label":
          out.label = words.integer(word, MAX_LABEL);
          break;
        case "tc":
          out.trafficClass = words.integer(word, 7);
          break;
        case "ttl":
          out.ttl = words.integer(word, 255, 1);
          break;
        case "bos":
          out.bottomOfStack = words.integer(word, 1) === 1;
          break;
        default:
          out.protocol = protocolOf(words.value(word, ETHERTYPE_FORMS, parseEthertype));
      }
    }
  },
  words: ({ action, protocol, label, trafficClass, ttl, bottomOfStack }) => [
    action,
    ...(protocol === undefined ? [] : ["protocol", String(protocol)]),
    ...(label === undefined ? [] : ["label", String(label)]),
    ...(trafficClass === undefined ? [] : ["tc", String(trafficClass)]),
    ...(ttl === undefined ? [] : ["ttl", String(ttl)]),
    ...(bottomOfStack === undefined ? [] : ["bos", bottomOfStack ? "1" : "0"]),
  ],
  // print_mpls of iproute2's tc/m_mpls.c.
  show(value, out, context) {
    const { parms, label, tc, ttl, bos, proto, tm } = value;
    const action = nameOf(parms?.mAction ?? 0);
    out.put("kind", "mpls", "mpls ");
    out.put("mpls_action", action, ` ${action}`);
    if (proto !== undefined && (pushes(action) || action === "pop"))
      out.put("protocol", formatEthertype(proto), ` protocol ${formatEthertype(proto)}`);
    if (label !== undefined) out.put("label", label, ` label ${label}`);
    if (tc !== undefined) out.put("tc", tc, ` tc ${tc}`);
    if (bos !== undefined) out.put("bos", bos, ` bos ${bos}`);
    if (ttl !== undefined) out.put("ttl", ttl, ` ttl ${ttl}`);
    showVerdict(out, parms?.action ?? 0);
    showUse(out, parms, tm, context);
  },
});
