/** mirred: sends packets, or copies of them, to another device or to all of a block (net/sched/act_mirred.c). @module */
import { attrs } from "../../schema/attrs.ts";
import type { DeviceIndex } from "../../schema/friendly.ts";
import { below, fail } from "../../schema/program.ts";
import { device, enumeration, names, s32, u32 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { choice, count } from "../options.ts";

const eactions = names("TCA_", { egress_redir: 1, egress_mirror: 2, ingress_redir: 3, ingress_mirror: 4 });
const tcMirred = struct(
  "tc_mirred",
  { size: 28 },
  { ...tcGen, eaction: enumeration(s32, eactions), ifindex: device(u32) },
);
/** TCA_MIRRED_* (tcf_mirred_dump). */
export const mirredSchema = attrs(
  "mirred",
  { c: "TCA_MIRRED_" },
  { parms: [2, tcMirred], blockid: [4, u32], tm: [1, tcfT] },
);

export interface MirredOptions extends ActionOptions {
  /** Whether the packet goes there itself, or a copy. `control` is `"stolen"` of a redirected packet, `"pipe"` of a mirrored one. */
  readonly action?: "redirect" | "mirror" | undefined;
  /** Whether it leaves by the device (the default), or arrives on it. */
  readonly direction?: "egress" | "ingress" | undefined;
  /** Name or index. */
  readonly dev?: string | number | undefined;
  /** Instead of a device: all devices of a shared block (Linux 6.8). */
  readonly block?: number | undefined;
}
export interface Mirred extends ActionCommon {
  action: "redirect" | "mirror";
  direction: "egress" | "ingress";
  dev?: string | number;
  block?: number;
}

const readEaction = (eaction: number): Pick<Mirred, "action" | "direction"> => ({
  action: eaction === 1 || eaction === 3 ? "redirect" : "mirror",
  direction: eaction < 3 ? "egress" : "ingress",
});
/** As tc takes it: `if4` is the device of index 4, if none has that name (ll_name_to_index). */
function indexOf(dev: string, deviceIndex: DeviceIndex): number {
  try {
    return deviceIndex(dev);
  } catch (e) {
    const index = /^if([1-9]\d*)$/.exec(dev)?.[1];
    if (index !== undefined) return Number(index);
    throw below("dev", e);
  }
}
const usual = ({ action }: { readonly action?: string | undefined }) =>
  action === "mirror" ? ("pipe" as const) : ("stolen" as const);

export const mirredKind = actionKind<"mirred", typeof mirredSchema, MirredOptions, Mirred>({
  kind: "mirred",
  schema: mirredSchema,
  control: usual,
  known: { action: true, direction: true, dev: true, block: true },
  parms: "parms",
  toWire(options, gen, { deviceIndex }) {
    const action =
      choice(options, "action", ["redirect", "mirror"]) ?? fail("action", -1, "is missing: redirect or mirror");
    const direction = choice(options, "direction", ["egress", "ingress"]) ?? "egress";
    const { dev } = options;
    const block = count(options, "block", 0xffffffff, 1);
    if (dev === undefined && block === undefined) fail("dev", -1, "is missing: a device, or a block");
    if (dev !== undefined && block !== undefined) fail("block", -1, "is given with dev: there is one target");
    const eaction = eactions.values[`${direction}_${action === "redirect" ? "redir" : "mirror"}`];
    const ifindex =
      dev === undefined
        ? 0
        : typeof dev === "string"
          ? indexOf(dev, deviceIndex)
          : (count(options, "dev", 0x7fffffff, 1) ?? 0);
    return { parms: { ...gen, eaction, ifindex }, ...(block !== undefined && { blockid: block }) };
  },
  fromWire: ({ parms, blockid }, { deviceName }) => ({
    ...readEaction(parms?.eaction ?? 0),
    ...(blockid === undefined ? { dev: deviceName(parms?.ifindex ?? 0) ?? parms?.ifindex ?? 0 } : { block: blockid }),
  }),
  parse(words, out) {
    out.direction = words.oneOf("mirred", ["egress", "ingress"]);
    out.action = words.oneOf(out.direction as string, ["mirror", "redirect"]);
    const target = words.oneOf(out.action as string, ["dev", "blockid"]);
    if (target === "blockid") out.block = words.integer(target, 0xffffffff, 1);
    else out.dev = words.next("dev", "the name of a device");
  },
  silent: (options) => options.control === usual(options),
  words: ({ direction, action, dev, block }) => [
    direction,
    action,
    ...(block === undefined ? ["dev", typeof dev === "number" ? `if${dev}` : (dev ?? "")] : ["blockid", String(block)]),
  ],
  // print_mirred of iproute2's tc/m_mirred.c.
  show({ parms, blockid, tm }, out, context) {
    const { action, direction } = readEaction(parms?.eaction ?? 0);
    const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);
    out.put("kind", "mirred", "mirred ");
    out.put("mirred_action", action, `(${capital(direction)} ${capital(action)}`);
    out.put("direction", direction);
    const ifindex = parms?.ifindex ?? 0;
    if (blockid !== undefined) out.put("to_blockid", blockid, ` to blockid ${blockid})`);
    else {
      const dev = context.deviceName(ifindex) ?? (ifindex === 0 ? "*" : `if${ifindex}`);
      out.put("to_dev", dev, ` to device ${dev})`);
    }
    showVerdict(out, parms?.action ?? 0);
    showUse(out, parms, tm, context, "\n\tindex");
  },
});
