/** Traffic control in the user's terms: the kinds of qdiscs, classes, filters and actions, and tc's words. @module */
export { type Gact, type GactOptions, gact } from "./action/gact.ts";
export { type ActionKind, type ActionOptionsIn, type ActionOptionsOut, actionKinds } from "./action-kinds.ts";
export type { Action, ActionBase, ActionExtras, ActionSpec, OtherKind } from "./action-list.ts";
export * from "./class-kinds.ts";
export type { Control } from "./control.ts";
export { type Matchall, type MatchallOptions, matchall } from "./filter/matchall.ts";
export * from "./filter-kinds.ts";
export { formatHandle, parseHandle } from "./handle.ts";
export {
  optionsFromWire,
  optionsToWire,
  parseOptions,
  printOptions,
  showOptions,
  type TcContext,
  type TcKind,
} from "./kind.ts";
export { modernPsched, type Psched, parsePsched } from "./psched.ts";
export { type FqCodel, type FqCodelOptions, fqCodel } from "./qdisc/fq-codel.ts";
export { type Htb, type HtbClass, type HtbClassOptions, type HtbOptions, htb, htbClass } from "./qdisc/htb.ts";
export * from "./qdisc/netem.ts";
export * from "./qdisc-kinds.ts";
