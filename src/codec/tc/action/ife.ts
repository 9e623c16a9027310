/** ife: carries metadata to another machine in an Ethernet header of its own (ForCES, net/sched/act_ife.c). @module */
import { array, attrs, bare, mac } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { fail } from "../../schema/program.ts";
import { flags, names, u16, u32 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { parseMac } from "../../wire/mac.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { choice, count, MAC_FORMS, macOf } from "../options.ts";

const ifeFlags = names("IFE_", { encode: 1 });
/** IFE_META_* of linux/ife.h. An empty payload allows the packet's own value, a number stands in its place. */
const ifeMeta = attrs(
  "ife_meta",
  { c: "IFE_META_" },
  {
    skbmark: [1, array(u32)],
    hashid: [2, array(u32)],
    prio: [3, array(u32)],
    qmap: [4, array(u16)],
    tcindex: [5, array(u16)],
  },
);
/** TCA_IFE_* (tcf_ife_dump). */
export const ifeSchema = attrs(
  "ife",
  { c: "TCA_IFE_" },
  {
    parms: [1, struct("tc_ife", { size: 24 }, { ...tcGen, flags: flags(u16, ifeFlags) })],
    tm: [2, tcfT],
    dmac: [3, mac],
    smac: [4, mac],
    type: [5, u16],
    metalst: [6, bare(ifeMeta)],
  },
);
type Wire = Value<typeof ifeSchema>;

/** `"allow"` takes what the packet has, a number is the same for all. */
export type IfeMeta = "allow" | number;
/** `control` is `"pipe"` by default. */
export interface IfeOptions extends ActionOptions {
  readonly mode?: "encode" | "decode" | undefined;
  /** What is encoded or accepted: without any of these, all that the kernel has modules for. */
  readonly mark?: IfeMeta | undefined;
  readonly prio?: IfeMeta | undefined;
  readonly tcindex?: IfeMeta | undefined;
  readonly dstMac?: string | undefined;
  readonly srcMac?: string | undefined;
  /** Ethertype of the outer header: 0xED3E by default. */
  readonly type?: number | undefined;
}
export interface Ife extends ActionCommon {
  mode: "encode" | "decode";
  mark?: IfeMeta;
  prio?: IfeMeta;
  tcindex?: IfeMeta;
  dstMac?: string;
  srcMac?: string;
  type?: number;
}

const META = { mark: "skbmark", tcindex: "tcindex", prio: "prio" } as const;
type MetaName = keyof typeof META;
const META_NAMES = Object.keys(META) as MetaName[];
const MAX = { mark: 0xffffffff, prio: 0xffffffff, tcindex: 0xffff } as const;
const isEncode = ({ parms }: Wire): boolean => ((parms?.flags ?? 0) & ifeFlags.values.encode) !== 0;
const readMeta = (value: readonly number[]): IfeMeta => value[0] ?? "allow";

export const ifeKind = actionKind<"ife", typeof ifeSchema, IfeOptions, Ife>({
  kind: "ife",
  schema: ifeSchema,
  control: "pipe",
  known: { mode: true, mark: true, prio: true, tcindex: true, dstMac: true, srcMac: true, type: true },
  parms: "parms",
  toWire(options, gen) {
    const mode = choice(options, "mode", ["encode", "decode"]) ?? fail("mode", -1, "is missing: encode or decode");
    const encode = mode === "encode";
    if (!encode)
      for (const name of ["dstMac", "srcMac", "type"] as const)
        if (options[name] !== undefined) fail(name, -1, "is for encoding");
    const meta = Object.fromEntries(
      META_NAMES.flatMap((name) => {
        const value = options[name];
        if (value === undefined) return [];
        return [[META[name], value === "allow" ? [] : [count(options, name, MAX[name], 1)]] as const];
      }),
    );
    const dmac = macOf(options, "dstMac");
    const smac = macOf(options, "srcMac");
    const type = count(options, "type", 0xffff);
    return {
      parms: { ...gen, flags: encode ? ifeFlags.values.encode : 0 },
      ...(dmac !== undefined && { dmac }),
      ...(smac !== undefined && { smac }),
      ...(type !== undefined && { type }),
      ...(Object.keys(meta).length > 0 && { metalst: meta }),
    };
  },
  fromWire(value) {
    const { dmac, smac, type, metalst } = value;
    return {
      mode: isEncode(value) ? ("encode" as const) : ("decode" as const),
      ...Object.fromEntries(
        META_NAMES.flatMap((name) => (metalst?.[META[name]] ? [[name, readMeta(metalst[META[name]]!)]] : [])),
      ),
      ...(dmac !== undefined && { dstMac: dmac }),
      ...(smac !== undefined && { srcMac: smac }),
      ...(type !== undefined && type !== 0 && { type }),
    };
  },
  parse(words, out) {
    out.mode = words.oneOf("ife", ["encode", "decode"]);
    for (;;) {
      const word = words.take("allow", "use", "type", "dst", "src");
      switch (word) {
        case undefined:
          return;
        case "allow":
          out[words.oneOf(word, META_NAMES)] = "allow";
          break;
        case "use": {
          const name = words.oneOf(word, META_NAMES);
          out[name] = words.integer(name, MAX[name]);
          break;
        }
        case "type":
          out.type = words.integer(word, 0xffff);
          break;
        default:
          out[word === "dst" ? "dstMac" : "srcMac"] = words.value(word, MAC_FORMS, (w) =>
            parseMac(w) ? w : undefined,
          );
      }
    }
  },
  words: (o) => [
    o.mode,
    ...META_NAMES.flatMap((name) => {
      const value = o[name];
      return value === undefined ? [] : value === "allow" ? ["allow", name] : ["use", name, String(value)];
    }),
    ...(o.dstMac === undefined ? [] : ["dst", o.dstMac]),
    ...(o.srcMac === undefined ? [] : ["src", o.srcMac]),
    ...(o.type === undefined ? [] : ["type", `0x${o.type.toString(16)}`]),
  ],
  // print_ife of iproute2's tc/m_ife.c.
  show(value, out, context) {
    const { parms, dmac, smac, type, metalst, tm } = value;
    const mode = isEncode(value) ? "encode" : "decode";
    out.put("kind", "ife", "ife ");
    out.put("mode", mode, `${mode} `);
    showVerdict(out, parms?.action ?? 0, "action ");
    out.say(" ");
    if (type !== undefined) {
      const hex = type === 0 ? "0" : `0x${type.toString(16)}`;
      out.put("type", hex, `type ${hex.toUpperCase()} \n\t`);
    }
    for (const name of META_NAMES) {
      const numbers = metalst?.[META[name]];
      if (numbers === undefined) continue;
      const meta = readMeta(numbers);
      out.put(name, meta, meta === "allow" ? `allow ${name} ` : `use ${name} ${meta} `);
    }
    if (dmac !== undefined) out.put("dst", dmac, `dst ${dmac} `);
    if (smac !== undefined) out.put("src", smac, `src ${smac} `);
    showUse(out, parms, tm, context);
  },
});
