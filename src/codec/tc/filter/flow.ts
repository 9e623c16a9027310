/** flow: a class number computed from fields of the packet, or from their hash (net/sched/cls_flow.c). @module */
import { attrs, bare } from "../../schema/attrs.ts";
import { expectArray, fail, show } from "../../schema/program.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { enumeration, flags, names, namesOf, u32 } from "../../schema/scalar.ts";
import { parseIp } from "../../wire/ip.ts";
import { actionList } from "../action.ts";
import { showActions } from "../action-list.ts";
import { type Ematch, type EmatchOut, ematchFromWire, ematchOption, ematchTree } from "../ematch.ts";
import { parseEmatch, printEmatch, showEmatch } from "../ematch-text.ts";
import {
  type Actions,
  type ActionsOptions,
  classOption,
  filterBase,
  filterBaseWords,
  filterPolice,
  POLICE_WORDS,
  type Policed,
  type PolicedOptions,
  parseFilterWord,
  readFilterBase,
  showHandle,
  showPolice,
} from "../filter-base.ts";
import { formatHandle, minor } from "../handle.ts";
import type { TcKind } from "../kind.ts";
import { choice, count, known } from "../options.ts";
import { parseInteger, type Words } from "../words.ts";
import { hex } from "./masked.ts";

const KEYS = ["src", "dst", "proto", "proto-src", "proto-dst", "iif", "priority", "mark", "nfct", "nfct-src", "nfct-dst", "nfct-proto-src", "nfct-proto-dst", "rt-classid", "sk-uid", "sk-gid", "vlan-tag", "rxhash"] as const; // biome-ignore format: a table
export type FlowKey = (typeof KEYS)[number];
const keyBits = names("", Object.fromEntries(KEYS.map((key, i) => [key, 1 << i])) as { [K in FlowKey]: number });
const modes = names("FLOW_MODE_", { map: 0, hash: 1 });
/** TCA_FLOW_* (flow_dump). */
export const flowSchema = attrs(
  "flow",
  { c: "TCA_FLOW_" },
  {
    keys: [1, flags(u32, keyBits)],
    mode: [2, enumeration(u32, modes)],
    mask: [6, u32],
    xor: [7, u32],
    rshift: [4, u32],
    addend: [5, u32],
    divisor: [8, u32],
    baseclass: [3, u32],
    perturb: [12, u32],
    police: [10, filterPolice],
    act: [9, actionList],
    ematches: [11, bare(ematchTree)],
  },
);

/**
 * The class is `baseclass` + (((key & mask ^ xor) >> rshift) + addend) % divisor of one key (`map`), or of the hash of several
 * (`hash`). It needs a handle.
 */
export interface FlowOptions extends ActionsOptions, PolicedOptions, Given<"perturb", "time"> {
  /** `"map"` by default. */
  readonly mode?: "map" | "hash" | undefined;
  readonly keys?: readonly FlowKey[] | undefined;
  readonly mask?: number | undefined;
  readonly xor?: number | undefined;
  readonly rshift?: number | undefined;
  /** A number or address, which may be subtracted: `"-192.0.2.0"`. Read as a number of 32 bits. */
  readonly addend?: number | string | undefined;
  readonly divisor?: number | undefined;
  /** The first class: by default the first of the qdisc, `"1:1"`. */
  readonly baseclass?: string | number | undefined;
  readonly match?: Ematch | undefined;
}
export interface Flow extends Actions, Policed {
  mode: "map" | "hash";
  keys: FlowKey[];
  mask?: number;
  xor?: number;
  rshift?: number;
  addend?: number;
  divisor?: number;
  baseclass?: string;
  /** How often the hash changes; in whole seconds. */
  perturbMs?: number;
  match?: EmatchOut;
}

const FULL = 0xffffffff;
const ADDEND_FORMS = `an integer or an address, maybe with a minus: 5, "-192.0.2.0"`;
/** As 32 bits: get_addend of iproute2's tc/f_flow.c takes the last four bytes of an IPv6 address. */
function addendOf(given: unknown): number | undefined {
  if (typeof given === "number") return Number.isInteger(given) && Math.abs(given) <= FULL ? given >>> 0 : undefined;
  if (typeof given !== "string") return undefined;
  const [, minus, text = ""] = /^(-?)(.*)$/.exec(given) ?? [];
  const bytes = parseIp(text);
  const number = bytes
    ? new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0)
    : parseInteger(text);
  if (number === undefined || Math.abs(number) > FULL) return undefined;
  return (minus ? -number : number) >>> 0;
}
const SECOND = 1000;

export const flowKind: TcKind<"flow", typeof flowSchema, FlowOptions, Flow> = {
  kind: "flow",
  schema: flowSchema,
  toWire(options, context) {
    known(options, { actions: true, police: true, mode: true, keys: true, mask: true, xor: true, rshift: true, addend: true, divisor: true, baseclass: true, perturb: "time", match: true }); // biome-ignore format: a table
    const keys = options.keys === undefined ? undefined : (expectArray(options.keys, "keys") as readonly FlowKey[]);
    let bits = 0;
    for (const key of keys ?? []) {
      if (!KEYS.includes(key)) fail("keys", -1, `${show(key)} is not one of ${KEYS.join(", ")}`);
      bits |= keyBits.values[key];
    }
    const mode = choice(options, "mode", ["map", "hash"]) ?? "map";
    if (mode === "map" && keys && keys.length > 1) fail("keys", -1, `mode map takes one, not ${keys.length}`);
    const mask = count(options, "mask", FULL);
    const xor = count(options, "xor", FULL);
    const perturb = given(options, "perturb", "time");
    if (perturb !== undefined && mode === "map") fail("perturb", -1, "is for mode hash");
    const { addend, baseclass } = options;
    const base = baseclass === undefined ? undefined : classOption(baseclass, "baseclass");
    if (base !== undefined && minor(base) === 0) fail("baseclass", -1, `${show(baseclass)} is a qdisc, not a class`);
    const number = (name: "rshift" | "divisor", max: number, min = 0) => {
      const value = count(options, name, max, min);
      return value === undefined ? {} : { [name]: value };
    };
    return {
      ...(keys && { keys: bits }),
      mode: modes.values[mode],
      ...((mask !== undefined || xor !== undefined) && { mask: mask ?? FULL, xor: xor ?? 0 }),
      ...number("rshift", 31),
      ...(addend !== undefined && {
        addend: addendOf(addend) ?? fail("addend", -1, `${show(addend)} is not ${ADDEND_FORMS}`),
      }),
      ...number("divisor", FULL, 1),
      ...(base !== undefined && { baseclass: base }),
      ...(perturb !== undefined && { perturb: Math.round(perturb / SECOND) }),
      ...filterBase(options, context),
      ...ematchOption(options.match, "match", context),
    };
  },
  fromWire(value, context) {
    const { keys = 0, mode = 0, mask = FULL, xor = 0, rshift, addend, divisor, baseclass, perturb, ematches } = value;
    const match = ematches && ematchFromWire(ematches, context);
    return {
      mode: mode === modes.values.hash ? "hash" : "map",
      keys: namesOf(keyBits, keys).names as FlowKey[],
      ...(mask !== FULL && { mask }),
      ...(xor !== 0 && { xor }),
      ...(rshift !== undefined && { rshift }),
      ...(addend !== undefined && { addend }),
      ...(divisor !== undefined && { divisor }),
      ...(baseclass !== undefined && { baseclass: formatHandle(baseclass) }),
      ...(perturb !== undefined && { perturbMs: perturb * SECOND }),
      ...readFilterBase(value, context),
      ...(match && { match }),
    };
  },
  parse(words, context) {
    const accepted = ["action", ...POLICE_WORDS];
    const out: { -readonly [K in keyof FlowOptions]: FlowOptions[K] } = {};
    /** Each operation on top of the earlier ones (transfer_bitop). */
    const operate = (mask: number, xor: number) => {
      out.xor = (xor ^ ((out.xor ?? 0) & mask)) >>> 0;
      out.mask = ((out.mask ?? FULL) & mask) >>> 0;
    };
    while (!words.done) {
      if (parseFilterWord(words, out as Record<string, unknown>, context, accepted)) continue;
      const word = words.next();
      switch (word) {
        case "map":
        case "hash":
          out.mode = word;
          break;
        case "key":
        case "keys":
          out.keys = parseKeys(words, word);
          break;
        case "and":
          operate(words.integer(word), 0);
          break;
        case "or": {
          const bits = words.integer(word);
          operate(~bits, bits);
          break;
        }
        case "xor":
          operate(FULL, words.integer(word));
          break;
        case "rshift":
          out.rshift = words.integer(word, 31);
          break;
        case "addend":
          out.addend = words.value(word, ADDEND_FORMS, addendOf);
          break;
        case "divisor":
          out.divisor = words.integer(word, FULL, 1);
          break;
        case "baseclass":
          out.baseclass = formatHandle(words.handle(word));
          break;
        case "perturb":
          // As tc shows it, too.
          out.perturbMs =
            words.value(word, "a number of seconds", (w) => parseInteger(w.replace(/s(ec)?$/, ""))) * SECOND;
          break;
        case "match":
          out.match = parseEmatch(words);
          break;
        default:
          words.unknown(word, ["map", "hash", "key", "keys", "and", "or", "xor", "rshift", "addend", "divisor", "baseclass", "perturb", "match", ...accepted]); // biome-ignore format: a list
      }
    }
    return out;
  },
  words: (options, context) => {
    const { mode, keys, rshift, addend, divisor, baseclass, perturbMs, match } = options;
    return [
      mode,
      ...(keys.length > 0 ? ["keys", keys.join(",")] : []),
      ...operationsOf(options).flatMap(({ word, bits }) => [word, hex(bits)]),
      ...(rshift === undefined ? [] : ["rshift", String(rshift)]),
      ...(addend === undefined ? [] : ["addend", hex(addend)]),
      ...(divisor === undefined ? [] : ["divisor", String(divisor)]),
      ...(baseclass === undefined ? [] : ["baseclass", baseclass]),
      ...(perturbMs === undefined ? [] : ["perturb", String(perturbMs / SECOND)]),
      ...(match ? ["match", printEmatch(match)] : []),
      ...filterBaseWords(options, context),
    ];
  },
  // flow_print_opt of iproute2's tc/f_flow.c; its JSON is that of iproute2 6.8, as 6.1 has none.
  show(value, out, context) {
    const { mode = 0, keys, rshift, addend, divisor, baseclass, perturb } = value;
    showHandle(context, out);
    const name = mode === modes.values.hash ? "hash" : "map";
    out.put("mode", name, `${name} `);
    if (keys !== undefined) {
      const list = namesOf(keyBits, keys).names;
      out.put("keys", list, `keys ${list.join(",")} `);
    }
    for (const { word, bits } of operationsOf(value))
      out.put(word, hex(bits), `${word} 0x${bits.toString(16).padStart(8, "0")} `);
    if (rshift !== undefined) out.put("rshift", rshift, `rshift ${rshift} `);
    if (addend !== undefined) out.put("addend", hex(addend), `addend ${hex(addend)} `);
    if (divisor !== undefined) out.put("divisor", divisor, `divisor ${divisor} `);
    if (baseclass !== undefined) out.put("baseclass", formatHandle(baseclass), `baseclass ${formatHandle(baseclass)} `);
    if (perturb !== undefined) out.put("perturb", perturb, `perturb ${perturb}sec `);
    showEmatch(value.ematches && ematchFromWire(value.ematches, context), out, context);
    showPolice(value.police, out, context, "");
    if (value.act) {
      out.say("\n");
      showActions(value.act, out, context);
    }
  },
};

/** Mask and xor in tc's words: bits that are cleared, that are turned, and that are set. */
function operationsOf({ mask = FULL, xor: value = 0 }: { readonly mask?: number; readonly xor?: number }) {
  const [set, turned] = [(value & ~mask) >>> 0, (mask & value) >>> 0];
  return [
    ...(mask === FULL ? [] : [{ word: "and", bits: mask }]),
    ...(turned === 0 ? [] : [{ word: "xor", bits: turned }]),
    ...(set === 0 ? [] : [{ word: "or", bits: set }]),
  ];
}
const parseKeys = (words: Words, word: string): FlowKey[] =>
  words.value(word, `one or more of ${KEYS.join(", ")}, joined by commas`, (w) => {
    const list = w.split(",");
    return list.every((key) => KEYS.includes(key as FlowKey)) ? (list as FlowKey[]) : undefined;
  });
