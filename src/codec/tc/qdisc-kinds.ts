/** All kinds of qdiscs. To add one: a file under qdisc/, and a line here. @module */
import { kindNamed, type OptionsIn, type OptionsOut, parseOptions, printOptions, type TcContext } from "./kind.ts";
import { cakeKind } from "./qdisc/cake.ts";
import { cbsKind } from "./qdisc/cbs.ts";
import { chokeKind } from "./qdisc/choke.ts";
import { codelKind } from "./qdisc/codel.ts";
import { etfKind } from "./qdisc/etf.ts";
import { etsKind } from "./qdisc/ets.ts";
import { bfifoKind, pfifoHeadDropKind, pfifoKind } from "./qdisc/fifo.ts";
import { fqKind } from "./qdisc/fq.ts";
import { fqCodelKind } from "./qdisc/fq-codel.ts";
import { fqPieKind } from "./qdisc/fq-pie.ts";
import { gredKind } from "./qdisc/gred.ts";
import { hfscKind } from "./qdisc/hfsc.ts";
import { hhfKind } from "./qdisc/hhf.ts";
import { htbKind } from "./qdisc/htb.ts";
import { mqprioKind } from "./qdisc/mqprio.ts";
import { multiqKind } from "./qdisc/multiq.ts";
import { netemKind } from "./qdisc/netem.ts";
import { clsactKind, drrKind, ingressKind, mqKind, noqueueKind, qfqKind, teql0Kind } from "./qdisc/optionless.ts";
import { pieKind } from "./qdisc/pie.ts";
import { plugKind } from "./qdisc/plug.ts";
import { pfifoFastKind, prioKind } from "./qdisc/prio.ts";
import { redKind } from "./qdisc/red.ts";
import { sfbKind } from "./qdisc/sfb.ts";
import { sfqKind } from "./qdisc/sfq.ts";
import { skbprioKind } from "./qdisc/skbprio.ts";
import { taprioKind } from "./qdisc/taprio.ts";
import { tbfKind } from "./qdisc/tbf.ts";

export const qdiscKinds = {
  netem: netemKind,
  htb: htbKind,
  fq_codel: fqCodelKind,
  tbf: tbfKind,
  sfq: sfqKind,
  fq: fqKind,
  cake: cakeKind,
  codel: codelKind,
  hfsc: hfscKind,
  ets: etsKind,
  gred: gredKind,
  sfb: sfbKind,
  plug: plugKind,
  cbs: cbsKind,
  etf: etfKind,
  mqprio: mqprioKind,
  multiq: multiqKind,
  taprio: taprioKind,
  pie: pieKind,
  fq_pie: fqPieKind,
  hhf: hhfKind,
  skbprio: skbprioKind,
  red: redKind,
  choke: chokeKind,
  prio: prioKind,
  pfifo: pfifoKind,
  bfifo: bfifoKind,
  pfifo_head_drop: pfifoHeadDropKind,
  pfifo_fast: pfifoFastKind,
  noqueue: noqueueKind,
  mq: mqKind,
  ingress: ingressKind,
  clsact: clsactKind,
  drr: drrKind,
  qfq: qfqKind,
  teql0: teql0Kind,
} as const;
/** The kinds whose options have a form here. A qdisc may be of any other; its options then stay bytes. */
export type QdiscKind = keyof typeof qdiscKinds;
export type QdiscOptionsIn<K extends QdiscKind> = OptionsIn<(typeof qdiscKinds)[K]>;
export type QdiscOptionsOut<K extends QdiscKind> = OptionsOut<(typeof qdiscKinds)[K]>;

/** A qdisc to make: its kind and its options. */
export type QdiscSpec = {
  [K in QdiscKind]: { readonly kind: K; readonly options?: QdiscOptionsIn<K> | undefined };
}[QdiscKind];

/** Qdisc options of tc's words: what stands behind the kind. @throws {CodecError} begins with the kind and names the word */
export function parseQdisc<K extends QdiscKind>(
  kind: K,
  words: readonly string[],
  context: Partial<TcContext> = {},
): { readonly kind: K; readonly options: QdiscOptionsIn<K> } {
  return { kind, options: parseOptions(kindNamed(qdiscKinds, kind, "qdisc"), words, context) as QdiscOptionsIn<K> };
}
/** tc's words for options that were read. */
export const printQdisc = <K extends QdiscKind>(
  { kind, options }: { readonly kind: K; readonly options: QdiscOptionsOut<K> },
  context: Partial<TcContext> = {},
): string[] => printOptions(kindNamed(qdiscKinds, kind, "qdisc"), options, context);
