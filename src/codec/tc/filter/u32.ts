/** u32: bits at offsets, in hash tables that lead to each other (net/sched/cls_u32.c). @module */
import { array, attrs, string } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { expectArray, expectObject, fail, show } from "../../schema/program.ts";
import { be16, be32, flags, names, s16, s32, u8, u16, u32, u64 } from "../../schema/scalar.ts";
import { struct, tailed } from "../../schema/struct.ts";
import { actionList } from "../action.ts";
import { showActions } from "../action-list.ts";
import {
  CLASS_KNOWN,
  CLASS_WORDS,
  type Classed,
  type ClassOptions,
  filterBase,
  filterBaseWords,
  filterFlags,
  filterPolice,
  OFFLOAD_KNOWN,
  OFFLOAD_WORDS,
  type Offloaded,
  type OffloadOptions,
  POLICE_KNOWN,
  POLICE_WORDS,
  type Policed,
  type PolicedOptions,
  parseFilterWord,
  readFilterBase,
  showFilterFlagsInline,
  showPolice,
} from "../filter-base.ts";
import { formatHandle } from "../handle.ts";
import type { TcKind } from "../kind.ts";
import { count, known, toggle } from "../options.ts";
import type { Out } from "../show.ts";
import { parseInteger, type Words } from "../words.ts";
import { deviceOption } from "./indev.ts";
import { fromMasked, hex, type Masked, type MaskedOut, parseHex, toMasked } from "./masked.ts";
import { bucketOf, formatU32Handle, htOf, nodeOf, parseU32Handle, U32_HANDLE_FORMS } from "./u32-handle.ts";
import { keysOf, matchesOf, matchWords, parseMatch, type U32Key, type U32Match } from "./u32-match.ts";

const selFlags = names("TC_U32_", { terminal: 1, offset: 2, varoffset: 4, eat: 8 });
const { terminal: TERMINAL, offset: OFFSET, varoffset: VAROFFSET, eat: EAT } = selFlags.values;
export const tcU32Key = struct("tc_u32_key", { size: 16 }, { mask: be32, val: be32, off: s32, offmask: s32 });
const tcU32Sel = struct(
  "tc_u32_sel",
  { size: 16 },
  { flags: flags(u8, selFlags), offshift: u8, nkeys: u8, offmask: be16, off: u16, offoff: s16, hoff: s16, hmask: be32 },
);
const tcU32Mark = struct("tc_u32_mark", { size: 12 }, { val: u32, mask: u32, success: u32 });
const tcU32Pcnt = struct("tc_u32_pcnt", { size: 16 }, { rcnt: u64, rhit: u64 });
/** TCA_U32_* (u32_dump). */
export const u32Schema = attrs(
  "u32",
  { c: "TCA_U32_" },
  {
    divisor: [4, u32],
    sel: [5, tailed(tcU32Sel, "keys", array(tcU32Key))],
    hash: [2, u32],
    classid: [1, u32],
    link: [3, u32],
    flags: [11, filterFlags],
    mark: [10, tcU32Mark],
    police: [6, filterPolice],
    act: [7, actionList],
    indev: [8, string],
    pcnt: [9, tailed(tcU32Pcnt, "kcnts", array(u64))],
  },
);
type Wire = Value<typeof u32Schema>;

interface Offset {
  /** Bits from here (a multiple of 2), under the mask and shifted to the right, are added to the place of the next header. */
  at?: number | undefined;
  mask?: number | undefined;
  shift?: number | undefined;
  /** And this many bytes. */
  plus?: number | undefined;
  /** Later offsets count from there. */
  eat?: boolean | undefined;
}
export interface U32Options extends ClassOptions, OffloadOptions, PolicedOptions {
  /** All must hold. An empty list matches every packet. */
  readonly match?: readonly U32Match[] | undefined;
  /** The packet's netfilter mark. */
  readonly mark?: Masked | undefined;
  /** Makes a hash table of so many buckets (a power of 2 up to 256) in place of a rule; its handle is the filter's, `"1:"`. */
  readonly divisor?: number | undefined;
  /** The table, and the bucket, that the rule goes into: `"1:"`, `"1:5:"`; the root table by default. */
  readonly ht?: string | number | undefined;
  /** In place of a bucket's number: the one that packets with this field go to (of a table of 256 buckets by default). */
  readonly sample?: { readonly match: U32Match; readonly divisor?: number | undefined } | undefined;
  /** The table that the search goes on in. */
  readonly link?: string | number | undefined;
  /** Bits that choose the bucket there, and the offset of their word (a multiple of 4). */
  readonly hashkey?: { readonly mask: number; readonly at?: number | undefined } | undefined;
  /** How to find the next header. */
  readonly offset?: Readonly<Offset> | undefined;
  /** The rule's number in its bucket: the last part of the handle. */
  readonly order?: number | undefined;
  /** The device that the packet came in by. */
  readonly indev?: string | undefined;
  /** Whether a match ends the search. By default it does with a class or actions. */
  readonly terminal?: boolean | undefined;
}
export interface U32 extends Classed, Offloaded, Policed {
  /** In the words of the filter's protocol where that is unambiguous. The keys as they are: `message.options.sel.keys`. */
  match?: U32Match[];
  mark?: MaskedOut;
  divisor?: number;
  /**
   * Not of the tables that the kernel numbers, from 800: on: the root table of a priority has another number each time, and a rule that is given
   * again goes there without one. Its number is in the handle.
   */
  ht?: string;
  link?: string;
  hashkey?: { mask: number; at: number };
  offset?: Offset;
  indev?: string;
  terminal?: boolean;
  /** How often it was looked at, matched, and each key held. */
  hits?: { rule: number; success: number; keys: number[] };
}

const KNOWN = { ...CLASS_KNOWN, ...OFFLOAD_KNOWN, ...POLICE_KNOWN, match: true, mark: true, divisor: true, ht: true, sample: true, link: true, hashkey: true, offset: true, order: true, indev: true, terminal: true, hits: true } as const; // biome-ignore format: a table

/** The handle of a table, maybe with a bucket. */
function tableOf(given: string | number | undefined, name: string): number | undefined {
  if (given === undefined) return undefined;
  const handle = typeof given === "number" ? given : typeof given === "string" ? parseU32Handle(given) : undefined;
  if (handle === undefined || !Number.isInteger(handle) || handle < 0 || handle > 0xffffffff)
    return fail(name, -1, `${show(given)} is not ${U32_HANDLE_FORMS}`);
  if (nodeOf(handle) !== 0) fail(name, -1, `${show(given)} is a rule's handle; a table's has no third part`);
  return handle;
}
const OWN_TABLES = 0x800; // gen_new_htid
const byItself = (hash: number): boolean => htOf(hash) >= OWN_TABLES && bucketOf(hash) === 0;
const divisorOf = (options: object, name: string): number | undefined => {
  const divisor = count(options, "divisor", 256, 1);
  if (divisor !== undefined && (divisor & (divisor - 1)) !== 0) fail(name, -1, `${divisor} is not a power of 2`);
  return divisor;
};
/** The bucket of packets like the sample (u32_hash_fold). */
function bucketLike({ match, divisor: _, ...others }: NonNullable<U32Options["sample"]>, divisor: number): number {
  for (const other in others as object)
    fail(`sample.${other}`, -1, "there is no such option; there are match, divisor");
  const keys = keysOf([match]);
  if (keys.length !== 1) fail("sample.match", -1, `is ${keys.length} comparisons, not one`);
  const { val, mask } = keys[0]!;
  return mask === 0 ? 0 : (val >>> (31 - Math.clz32(mask & -mask))) % divisor;
}

function selectorOf(options: U32Options, terminal: boolean): Input<typeof u32Schema>["sel"] {
  const { match, hashkey, offset } = options;
  if (match === undefined && hashkey === undefined && offset === undefined && options.terminal === undefined)
    return undefined;
  const keys = keysOf(match === undefined ? [] : (expectArray(match, "match") as readonly U32Match[]));
  const { at, mask, shift, plus, eat, ...others } = (
    offset === undefined ? {} : expectObject(offset, "offset")
  ) as Offset;
  for (const other in others)
    fail(`offset.${other}`, -1, "there is no such option; there are at, mask, shift, plus, eat");
  const inOffset = (name: keyof Offset, max: number, min = 0) => inside("offset", offset ?? {}, name, max, min);
  const offoff = inOffset("at", 0x7fff, -0x8000);
  if (offoff !== undefined && offoff % 2 !== 0) fail("offset.at", -1, `${offoff} is not a multiple of 2`);
  const hoff = hashkey && inside("hashkey", expectObject(hashkey, "hashkey"), "at", 0x7fff, -0x8000);
  if (hoff !== undefined && hoff % 4 !== 0) fail("hashkey.at", -1, `${hoff} is not a multiple of 4`);
  if (hashkey && hashkey.mask === undefined) fail("hashkey.mask", -1, "is missing");
  return {
    flags:
      (terminal ? TERMINAL : 0) |
      (plus === undefined ? 0 : OFFSET) |
      (at === undefined && mask === undefined && shift === undefined ? 0 : VAROFFSET) |
      (eat ? EAT : 0),
    offshift: inOffset("shift", 15) ?? 0,
    nkeys: keys.length,
    offmask: inOffset("mask", 0xffff) ?? 0,
    off: inOffset("plus", 0xffff) ?? 0,
    offoff: offoff ?? 0,
    hoff: hoff ?? 0,
    hmask: hashkey ? (inside("hashkey", hashkey, "mask", 0xffffffff) ?? 0) : 0,
    keys,
  };
}
const inside = (path: string, object: object, name: string, max: number, min = 0): number | undefined => {
  const value = (object as Record<string, unknown>)[name];
  if (value === undefined || (Number.isInteger(value) && (value as number) >= min && (value as number) <= max))
    return value as number | undefined;
  return fail(`${path}.${name}`, -1, `${show(value)} is not an integer from ${min} to ${max}`);
};

/** A match ends the search with these. */
const ends = ({ classid, act, police }: { classid?: unknown; act?: unknown; police?: unknown }): boolean =>
  classid !== undefined || act !== undefined || police !== undefined;

export const u32Kind: TcKind<"u32", typeof u32Schema, U32Options, U32> = {
  kind: "u32",
  schema: u32Schema,
  toWire(options, context) {
    known(options, KNOWN);
    const base = filterBase(options, context);
    const divisor = divisorOf(options, "divisor");
    if (divisor !== undefined && options.match !== undefined)
      fail("divisor", -1, "makes a table, which matches nothing: leave match out");
    const sample =
      options.sample === undefined
        ? undefined
        : (expectObject(options.sample, "sample") as unknown as NonNullable<U32Options["sample"]>);
    count(options, "order", 0xfff, 1); // which is the handle's
    const ht = tableOf(options.ht, "ht");
    const bucket = sample && bucketLike(sample, divisorOf(sample, "sample.divisor") ?? 256);
    if (bucket !== undefined && ht !== undefined && bucketOf(ht) !== 0)
      fail("sample", -1, "chooses the bucket, and ht names one");
    const hash = bucket === undefined ? ht : (((ht ?? 0) & 0xfff00000) | (bucket << 12)) >>> 0;
    const mark = options.mark === undefined ? undefined : toMasked(options.mark, "mark", 0xffffffff);
    const terminal = toggle(options, "terminal") ?? ends(base);
    const sel = selectorOf(options, terminal);
    const link = tableOf(options.link, "link");
    return {
      ...(divisor !== undefined && { divisor }),
      ...(sel && { sel }),
      // tc leaves out what is 0: the root table.
      ...(hash !== undefined && hash !== 0 && { hash }),
      ...(link !== undefined && { link }),
      ...base,
      ...(mark && { mark: { val: mark.value, mask: mark.mask } }),
      ...(options.indev !== undefined && { indev: deviceOption(options.indev, "indev") }),
    };
  },
  fromWire(value, context) {
    const { sel, hash, link, mark, divisor, indev, pcnt } = value;
    const base = readFilterBase(value, context);
    const terminal = sel && (sel.flags & TERMINAL) !== 0;
    return {
      ...base,
      ...(divisor !== undefined && { divisor }),
      ...(sel && { match: matchesOf(sel.keys as U32Key[], context.protocol) }),
      ...(mark && { mark: fromMasked(mark.val, mark.mask, 0xffffffff) }),
      ...(hash !== undefined && !byItself(hash) && { ht: formatU32Handle(hash) }),
      ...(link !== undefined && { link: formatU32Handle(link) }),
      ...(sel && readOffsets(sel)),
      ...(indev !== undefined && { indev }),
      ...(sel && terminal !== ends(value) && { terminal: terminal === true }),
      ...(pcnt && { hits: { rule: Number(pcnt.rcnt), success: Number(pcnt.rhit), keys: pcnt.kcnts.map(Number) } }),
    };
  },
  parse: (words, context) => {
    const out: { -readonly [K in keyof U32Options]: U32Options[K] } = {};
    const accepted = [...CLASS_WORDS, ...OFFLOAD_WORDS, ...POLICE_WORDS];
    const match: U32Match[] = [];
    while (!words.done) {
      if (parseFilterWord(words, out as Record<string, unknown>, context, accepted)) continue;
      const word = words.next();
      if (word === "match" && words.take("mark")) out.mark = parseMark(words);
      else if (word === "match") {
        match.push(...parseMatch(words));
        out.match = match;
      } else if (word === "offset") out.offset = { ...out.offset, ...parseOffset(words) };
      else if (word === "hashkey") out.hashkey = parseHashkey(words);
      else if (word === "divisor") out.divisor = words.integer(word, 256, 1);
      else if (word === "order") out.order = words.integer(word, 0xfff, 1);
      else if (word === "link" || word === "ht")
        out[word] = formatU32Handle(words.value(word, U32_HANDLE_FORMS, parseU32Handle));
      else if (word === "sample") {
        const [sample, ...more] = parseMatch(words);
        if (sample === undefined || more.length > 0) words.fail("sample: more than one comparison");
        out.sample = { match: sample!, ...(words.take("divisor") && { divisor: words.integer("divisor", 256, 1) }) };
      } else if (word === "indev") out.indev = words.next(word, "a device");
      else
        words.unknown(word, [
          "match",
          "offset",
          "hashkey",
          "divisor",
          "order",
          "link",
          "ht",
          "sample",
          "indev",
          ...accepted,
        ]);
    }
    return out;
  },
  words: (options, context) => {
    const { match = [], mark, divisor, ht, link, hashkey, offset, indev } = options;
    const marked = mark === undefined ? undefined : toMasked(mark, "mark", 0xffffffff);
    return [
      ...(divisor === undefined ? [] : ["divisor", String(divisor)]),
      ...(ht === undefined ? [] : ["ht", ht]),
      ...match.flatMap(matchWords).flatMap((m) => ["match", ...m]),
      ...(marked ? ["match", "mark", hex(marked.value), hex(marked.mask)] : []),
      ...(link === undefined ? [] : ["link", link]),
      ...(hashkey ? ["hashkey", "mask", hex(hashkey.mask), "at", String(hashkey.at)] : []),
      ...(offset ? ["offset", ...offsetWords(offset)] : []),
      ...(indev === undefined ? [] : ["indev", indev]),
      ...filterBaseWords(options, context),
    ];
  },
  show(value, out, context) {
    const { sel, hash, divisor, classid, link, flags, pcnt, mark, indev, act } = value;
    const { handle, statistics } = context;
    if (handle !== 0) out.put("fh", formatU32Handle(handle), `fh ${formatU32Handle(handle)} `);
    if (nodeOf(handle) !== 0) out.put("order", nodeOf(handle), `order ${nodeOf(handle)} `);
    if (divisor !== undefined) out.put("ht_divisor", divisor, `ht divisor ${divisor} `);
    else if (hash !== undefined) {
      out.put("key_ht", htOf(hash).toString(16), `key ht ${htOf(hash).toString(16)} `);
      out.put("bkt", bucketOf(hash).toString(16), `bkt ${bucketOf(hash).toString(16)} `);
    }
    const terminal = sel !== undefined && (sel.flags & TERMINAL) !== 0;
    if (classid !== undefined) {
      if (terminal) out.say("*");
      out.put("flowid", formatHandle(classid), `flowid ${formatHandle(classid)} `);
    } else if (terminal) out.say("terminal flowid ");
    if (link !== undefined) out.put("link", formatU32Handle(link), `link ${formatU32Handle(link)} `);
    showFilterFlagsInline(flags, out);
    if (sel && statistics && pcnt) {
      out.put("rule_hit", pcnt.rcnt, `(rule hit ${pcnt.rcnt} `);
      out.put("success", pcnt.rhit, `success ${pcnt.rhit})`);
    }
    if (mark) {
      const four = (x: number) => `0x${x.toString(16).padStart(4, "0")}`;
      const json = (x: number) => (x === 0 ? "0" : hex(x));
      out.put("fwmark_value", json(mark.val), `\n  mark ${four(mark.val)} `);
      out.put("fwmark_mask", json(mark.mask), `${four(mark.mask)} `);
      out.put("fwmark_success", mark.success, `(success ${mark.success})`);
    }
    if (sel) showSelector(sel, statistics ? pcnt : undefined, out);
    showPolice(value.police, out, context);
    if (indev !== undefined) out.put("input_dev", indev, `\n  input dev ${indev}\n`);
    if (act) showActions(act, out, context);
  },
  parseHandle: parseU32Handle,
  formatHandle: formatU32Handle,
  handleOf(options, handle) {
    const order = count(options, "order", 0xfff, 1);
    if (order === undefined) return handle;
    if (nodeOf(handle) !== 0 && nodeOf(handle) !== order)
      fail("order", -1, `${order} contradicts the handle ${formatU32Handle(handle)}`);
    return (handle | order) >>> 0;
  },
};

type Sel = NonNullable<Wire["sel"]>;
function readOffsets({ flags, offmask, offshift, offoff, off, hmask, hoff }: Sel): Pick<U32, "offset" | "hashkey"> {
  return {
    ...((flags & (OFFSET | VAROFFSET | EAT)) !== 0 && {
      offset: {
        ...((flags & VAROFFSET) !== 0 && { at: offoff, mask: offmask, shift: offshift }),
        ...((flags & OFFSET) !== 0 && { plus: off }),
        ...((flags & EAT) !== 0 && { eat: true }),
      },
    }),
    ...(hmask !== 0 && { hashkey: { mask: hmask, at: hoff } }),
  };
}

const hex8 = (x: number): string => x.toString(16).padStart(8, "0");
/** JSON has one `match` for all of them, the last, as a reader of tc's output sees it. */
function showSelector(sel: Sel, pcnt: Wire["pcnt"], out: Out): void {
  sel.keys.forEach(({ val, mask, off, offmask }, i) => {
    out.object("match", (inner) => {
      inner.put("value", val.toString(16), `\n  match ${hex8(val)}`);
      inner.put("mask", mask.toString(16), `/${hex8(mask)} `);
      inner.put("offmask", offmask === 0 ? "" : "nexthdr+", `at ${offmask === 0 ? "" : "nexthdr+"}`);
      inner.put("off", off, String(off));
    });
    if (pcnt) out.put("success", pcnt.kcnts[i] ?? 0n, ` (success ${pcnt.kcnts[i] ?? 0n} ) `);
  });
  const { flags, offmask, offshift, offoff, off, hmask, hoff } = sel;
  if (flags & (VAROFFSET | OFFSET)) {
    out.say("\n    offset ");
    if (flags & VAROFFSET) {
      out.put("offset_mask", offmask.toString(16), offmask.toString(16).padStart(4, "0"));
      out.put("offset_shift", offshift, `>>${offshift} `);
      out.put("offset_off", offoff, `at ${offoff} `);
    }
    if (off !== 0) out.put("plus", off, `plus ${off} `);
  }
  if (flags & EAT) out.say(" eat ");
  if (hmask !== 0) {
    out.put("hash_mask", hmask.toString(16), `\n    hash mask ${hex8(hmask)} `);
    out.put("hash_off", hoff, `at ${hoff} `);
  }
}

// ---- tc's words ---------------------------------------------------------------------------------------------------------------
function parseMark(words: Words): MaskedOut {
  const value = words.integer("mark");
  const mask = words.integer("mark");
  if ((value & ~mask) !== 0) words.fail(`mark: ${hex(value)} has bits outside its mask ${hex(mask)}`);
  return fromMasked(value, mask, 0xffffffff);
}
function parseOffset(words: Words): Offset {
  const out: Offset = {};
  for (;;) {
    const word = words.take("plus", "at", "mask", "shift", "eat");
    if (word === undefined) return out;
    if (word === "eat") out.eat = true;
    else if (word === "mask") out.mask = words.value("offset mask", "a mask in hexadecimal", parseHex);
    else out[word as "plus" | "at" | "shift"] = words.value(`offset ${word}`, "an integer", parseInteger);
  }
}
function parseHashkey(words: Words): { mask: number; at?: number } {
  let mask: number | undefined;
  let at: number | undefined;
  for (;;) {
    const word = words.take("mask", "at");
    if (word === undefined) break;
    if (word === "mask") mask = words.value("hashkey mask", "a mask in hexadecimal", parseHex);
    else at = words.value("hashkey at", "an integer", parseInteger);
  }
  return { mask: mask ?? words.fail("hashkey: its mask is missing"), ...(at !== undefined && { at }) };
}
const offsetWords = ({ at, mask, shift, plus, eat }: Offset): string[] => [
  ...(at === undefined ? [] : ["at", String(at)]),
  ...(mask === undefined ? [] : ["mask", hex(mask)]),
  ...(shift === undefined ? [] : ["shift", String(shift)]),
  ...(plus === undefined ? [] : ["plus", String(plus)]),
  ...(eat ? ["eat"] : []),
];
