/** Traffic control in the user's terms: the kinds of qdiscs, classes, filters and actions, and tc's words. @module */
export { actionKinds } from "./action-kinds.ts";
export * from "./class-kinds.ts";
export * from "./filter-kinds.ts";
export { optionsFromWire, optionsToWire, parseOptions, printOptions, showOptions, showXstats } from "./kind.ts";
export * from "./light.ts";
export { modernPsched, parsePsched } from "./psched.ts";
export * from "./qdisc-kinds.ts";
