/** All kinds of classes that have options. To add one: a line here. @module */
import { kindNamed, type OptionsIn, type OptionsOut, parseOptions, printOptions, type TcContext } from "./kind.ts";
import { cakeFlowKind } from "./qdisc/cake.ts";
import { drrClassKind } from "./qdisc/drr.ts";
import { etsClassKind } from "./qdisc/ets.ts";
import { fqCodelFlowKind } from "./qdisc/fq-codel.ts";
import { hfscClassKind } from "./qdisc/hfsc.ts";
import { htbClassKind } from "./qdisc/htb.ts";
import { qfqClassKind } from "./qdisc/qfq.ts";
import * as shown from "./qdisc/shown-classes.ts";

export const classKinds = {
  htb: htbClassKind,
  hfsc: hfscClassKind,
  drr: drrClassKind,
  qfq: qfqClassKind,
  ets: etsClassKind,
} as const;
/** Those, and the classes that are only shown: a qdisc's bands and queues, and its flows. */
export const shownClassKinds = {
  ...classKinds,
  prio: shown.prioClassKind,
  multiq: shown.multiqClassKind,
  mq: shown.mqClassKind,
  mqprio: shown.mqprioClassKind,
  taprio: shown.taprioClassKind,
  skbprio: shown.skbprioClassKind,
  tbf: shown.tbfClassKind,
  red: shown.redClassKind,
  sfb: shown.sfbClassKind,
  cbs: shown.cbsClassKind,
  etf: shown.etfClassKind,
  netem: shown.netemClassKind,
  sfq: shown.sfqFlowKind,
  fq_codel: fqCodelFlowKind,
  cake: cakeFlowKind,
} as const;
export type ClassKind = keyof typeof classKinds;
export type ShownClassKind = Exclude<keyof typeof shownClassKinds, ClassKind>;
export type ClassOptionsIn<K extends ClassKind> = OptionsIn<(typeof classKinds)[K]>;
export type ClassOptionsOut<K extends ClassKind> = OptionsOut<(typeof classKinds)[K]>;

/** A class to make: its kind and its options. */
export type ClassSpec = {
  [K in ClassKind]: { readonly kind: K; readonly options?: ClassOptionsIn<K> | undefined };
}[ClassKind];

/** Class options of tc's words: what stands behind the kind. @throws {CodecError} begins with the kind and names the word */
export function parseClass<K extends ClassKind>(
  kind: K,
  words: readonly string[],
  context: Partial<TcContext> = {},
): { readonly kind: K; readonly options: ClassOptionsIn<K> } {
  return { kind, options: parseOptions(kindNamed(classKinds, kind, "class"), words, context) as ClassOptionsIn<K> };
}
/** tc's words for options that were read. */
export const printClass = <K extends ClassKind>(
  { kind, options }: { readonly kind: K; readonly options: ClassOptionsOut<K> },
  context: Partial<TcContext> = {},
): string[] => printOptions(kindNamed(classKinds, kind, "class"), options, context);
