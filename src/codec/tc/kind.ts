/**
 * What every kind of qdisc, class, filter and action brings: its wire form, its options in the user's terms both ways, and tc's words
 * both ways. A kind is one file; to add one is to add a line to its list (qdisc-kinds.ts, class-kinds.ts, filter-kinds.ts,
 * action-kinds.ts).
 * @module
 */
import type { Codec, Input, Value } from "../schema/codec.ts";
import type { DeviceIndex, DeviceName, Friendly } from "../schema/friendly.ts";
import { below, expectObject, fail, show } from "../schema/program.ts";
import type { ReadDistribution } from "./distribution.ts";
import { modernPsched, type Psched } from "./psched.ts";
import { type Json, Out } from "./show.ts";
import { Words } from "./words.ts";

/** What conversions need to know of the world. The codec asks nothing of the system: who has it, gives it. */
export interface TcContext {
  readonly psched: Psched;
  readonly deviceIndex: DeviceIndex;
  readonly deviceName: DeviceName;
  /** Ethertype of the filter around (ETH_P_*); 3 (all) where there is none. */
  readonly protocol: number;
  /** Handle of the filter around, which tc shows among its options; 0 where there is none. */
  readonly handle: number;
  /** Where the filter stands (tcm_parent); 0 where that is not known. */
  readonly parent: number;
  /** Whether `show` shows what `tc -s` adds. */
  readonly statistics: boolean;
  /** Whether it shows what `tc -d` adds. */
  readonly details: boolean;
  /** Whether bit-fields of C are those of a little-endian host. */
  readonly little: boolean;
  /** Descriptor of a pinned BPF program, for whoever can open one. */
  readonly openPinned?: ((path: string) => number) | undefined;
  /** Text of iproute2's `.dist` file of a name, for whoever can read files. */
  readonly readDistribution?: ReadDistribution | undefined;
}
/** No devices, today's clock. */
export const plainContext: TcContext = {
  psched: modernPsched,
  deviceIndex: (name) => fail("", -1, `${show(name)} names a device where an index is needed`),
  deviceName: () => undefined,
  protocol: 3,
  handle: 0,
  parent: 0,
  statistics: false,
  details: true,
  little: true,
};
/** `facts` over `base`. Written out: spreading took most of what preparing a request does. */
export function contextOf(facts: Partial<TcContext> = {}, base: TcContext = plainContext): TcContext {
  return {
    psched: facts.psched ?? base.psched,
    deviceIndex: facts.deviceIndex ?? base.deviceIndex,
    deviceName: facts.deviceName ?? base.deviceName,
    protocol: facts.protocol ?? base.protocol,
    handle: facts.handle ?? base.handle,
    parent: facts.parent ?? base.parent,
    statistics: facts.statistics ?? base.statistics,
    details: facts.details ?? base.details,
    little: facts.little ?? base.little,
    openPinned: facts.openPinned ?? base.openPinned,
    readDistribution: facts.readDistribution ?? base.readDistribution,
  };
}

/**
 * `I` is what can be given, `O` what is read: `O` can be given again, and means the same.
 * Only `schema` is data; a kind that follows from its schema alone is made by `derived`.
 */
export interface TcKind<
  K extends string = string,
  C extends Codec = Codec,
  I = unknown,
  O = unknown,
  X extends Codec = Codec,
> {
  readonly kind: K;
  /** Payload of TCA_OPTIONS, of requests and answers. */
  readonly schema: C;
  /** TCA_OPTIONS are sent with NLA_F_NESTED: for kinds that the kernel parses strictly (nla_parse_nested). Others are sent without, as tc does. */
  readonly nested?: true;
  /** Payload of TCA_STATS_APP and of TCA_XSTATS. */
  readonly xstats?: X;
  /** @throws {CodecError} whose path begins with the option */
  toWire(options: I, context: TcContext): Input<C> | undefined;
  fromWire(value: Value<C>, context: TcContext): O;
  /** Options of tc's words. @throws {CodecError} that begins with the kind and names the word */
  parse(words: Words, context: TcContext): I;
  /** The words that `parse` reads as the same options. */
  words(options: O, context: TcContext): string[];
  /** What `tc -d … show` prints of it. */
  show(value: Value<C>, out: Out, context: TcContext): void;
  /** Of filters: how the kind writes its handles, where that is not as a number in hexadecimal. */
  parseHandle?(text: string): number | undefined;
  formatHandle?(handle: number): string;
  /** Of filters: the handle to ask for, where options have a say in it (u32's and route's `order`); `handle` is what was given, or 0. */
  handleOf?(options: I, handle: number, context: TcContext): number;
  /** Of filters: options that tc writes behind the handle, as fw's mask: `handle 6/0xff`. */
  handleOptions?(suffix: string): Partial<I> | undefined;
  /** What `tc -s … show` prints of the kind's own statistics. */
  showXstats?(value: Value<X>, out: Out, context: TcContext): void;
}
/** What a kind can be given, and what reading it gives. */
export type OptionsIn<T> = T extends { toWire(options: infer I, ...rest: never): unknown } ? I : never;
export type OptionsOut<T> = T extends { fromWire(...args: never): infer O } ? O : never;

/** What reading a kind's own statistics gives. */
export type XstatsOut<T> = T extends { readonly xstats?: infer X } ? (X extends Codec ? Friendly<X> : never) : never;

/** TCA_OPTIONS of options in the user's terms; undefined where the kind sends none. @throws {CodecError} `netem.delay: …` */
export const optionsToWire = <C extends Codec, I>(
  kind: TcKind<string, C, I>,
  options: I,
  context: Partial<TcContext> = {},
): Input<C> | undefined => wireOf(kind, options, contextOf(context));
/** The same in a whole context. */
export function wireOf<C extends Codec, I>(
  kind: TcKind<string, C, I>,
  options: I,
  context: TcContext,
): Input<C> | undefined {
  try {
    return kind.toWire(expectObject(options, "") as I, context);
  } catch (e) {
    throw below(kind.kind, e);
  }
}
export const optionsFromWire = <C extends Codec, O>(
  kind: TcKind<string, C, unknown, O>,
  value: Value<C>,
  context: Partial<TcContext> = {},
): O => kind.fromWire(value, contextOf(context));

/** Options of tc's words: `parseOptions(netemKind, ["delay", "100ms"])`. @throws {CodecError} begins with the kind, names the word */
export function parseOptions<I>(
  kind: TcKind<string, Codec, I>,
  words: readonly string[] | Words,
  context: Partial<TcContext> = {},
): I {
  const cursor = words instanceof Words ? words : new Words(kind.kind, words);
  const options = kind.parse(cursor, contextOf(context));
  if (!cursor.done) cursor.fail(`${JSON.stringify(cursor.ahead)} is not known here`);
  return options;
}
/** tc's words for options that were read. */
export const printOptions = <O>(
  kind: TcKind<string, Codec, unknown, O>,
  options: O,
  context: Partial<TcContext> = {},
): string[] => kind.words(options, contextOf(context));

/** What `tc -d … show` prints of TCA_OPTIONS, and `tc -d -j`. */
export function showOptions<C extends Codec>(
  kind: TcKind<string, C>,
  value: Value<C>,
  context: Partial<TcContext> = {},
): { readonly text: string; readonly json: Json } {
  const out = new Out();
  kind.show(value, out, contextOf(context));
  return { text: out.text, json: out.json };
}

/** What `tc -s … show` prints of a kind's own statistics, and `tc -s -j`; undefined where it prints nothing. */
export function showXstats<X extends Codec>(
  kind: TcKind<string, Codec, unknown, unknown, X>,
  value: Value<X>,
  context: Partial<TcContext> = {},
): { readonly text: string; readonly json: Json } | undefined {
  if (!kind.showXstats) return undefined;
  const out = new Out();
  kind.showXstats(value, out, contextOf(context));
  return { text: out.text, json: out.json };
}

/** A kind of a list by its name. @throws {CodecError} one that is not in it, with those that are */
export function kindNamed<K extends string>(
  kinds: { readonly [name in K]: unknown },
  name: string,
  what: string,
): TcKind<string, Codec, unknown> {
  if (!Object.hasOwn(kinds, name))
    fail(what, -1, `${show(name)} is not a kind known here; there are ${Object.keys(kinds).join(", ")}`);
  return kinds[name as K] as TcKind<string, Codec, unknown>;
}
