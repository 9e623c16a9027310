/** What filters of all kinds have in common: the class that packets go to, actions, and whether the hardware takes part. @module */
import type { Input } from "../schema/codec.ts";
import { fail, show } from "../schema/program.ts";
import { flags, names, u32 } from "../schema/scalar.ts";
import type { TcAction, tcAction } from "./action.ts";
import {
  type Action,
  type ActionSpec,
  actionsFromWire,
  actionsToWire,
  actionWords,
  parseActions,
} from "./action-list.ts";
import { formatHandle, HANDLE_FORMS, parseHandle } from "./handle.ts";
import type { TcContext } from "./kind.ts";
import { toggle } from "./options.ts";
import type { Out } from "./show.ts";
import type { Words } from "./words.ts";

export const filterFlagNames = names("TCA_CLS_FLAGS_", { skip_hw: 1, skip_sw: 2, in_hw: 4, not_in_hw: 8, verbose: 16 });
/** TCA_CLS_FLAGS_* of linux/pkt_cls.h. */
export const filterFlags = flags(u32, filterFlagNames);

export interface FilterBaseOptions {
  /** Class that what matches goes to: `"1:10"`. */
  readonly classid?: string | number | undefined;
  readonly actions?: readonly ActionSpec[] | undefined;
  /** Keeps it out of the hardware, or wants it there alone. */
  readonly skipHw?: boolean | undefined;
  readonly skipSw?: boolean | undefined;
}
export interface FilterBase {
  classid?: string;
  actions?: Action[];
  skipHw?: boolean;
  skipSw?: boolean;
  /** Whether the hardware has it; undefined where the kernel does not say. */
  inHw?: boolean;
}
export const FILTER_KNOWN = { classid: true, actions: true, skipHw: true, skipSw: true, inHw: true } as const;

interface Base {
  classid?: number;
  flags?: number;
  act?: TcAction[];
}
/** The attributes of the options. @throws {CodecError} */
export function filterBase(
  options: FilterBaseOptions,
  context: TcContext,
): { classid?: number; flags?: number; act?: Input<typeof tcAction>[] } {
  const { classid, actions } = options;
  const handle = classid === undefined ? undefined : parseHandle(classid);
  if (classid !== undefined && handle === undefined) fail("classid", -1, `${show(classid)} is not ${HANDLE_FORMS}`);
  const skipHw = toggle(options, "skipHw");
  const skipSw = toggle(options, "skipSw");
  if (skipHw && skipSw) fail("skipSw", -1, "is given with skipHw: there would be nowhere left");
  const bits = (skipHw ? filterFlagNames.values.skip_hw : 0) | (skipSw ? filterFlagNames.values.skip_sw : 0);
  return {
    ...(handle !== undefined && { classid: handle }),
    ...(bits !== 0 && { flags: bits }),
    ...(actions && { act: actionsToWire(actions, context) }),
  };
}

export function readFilterBase({ classid, flags = 0, act }: Base, context: TcContext): FilterBase {
  const { values } = filterFlagNames;
  return {
    ...(classid !== undefined && { classid: formatHandle(classid) }),
    ...(act && { actions: actionsFromWire(act, context) }),
    ...((flags & values.skip_hw) !== 0 && { skipHw: true }),
    ...((flags & values.skip_sw) !== 0 && { skipSw: true }),
    ...((flags & (values.in_hw | values.not_in_hw)) !== 0 && { inHw: (flags & values.in_hw) !== 0 }),
  };
}

/** Uses up `classid`, `flowid`, `action`, `skip_hw`, `skip_sw` with what belongs to them; false if the next word is none of these. */
export function parseFilterWord(words: Words, out: Record<string, unknown>, context: TcContext): boolean {
  const word = words.take("classid", "flowid", "action", "skip_hw", "skip_sw");
  switch (word) {
    case undefined:
      return false;
    case "action":
      out.actions = parseActions(words, context);
      return true;
    case "skip_hw":
      out.skipHw = true;
      return true;
    case "skip_sw":
      out.skipSw = true;
      return true;
    default:
      out.classid = formatHandle(words.handle(word));
      return true;
  }
}
export const filterBaseWords = ({ classid, actions, skipHw, skipSw }: FilterBase, context: TcContext): string[] => [
  ...(classid === undefined ? [] : ["classid", classid]),
  ...(skipHw ? ["skip_hw"] : []),
  ...(skipSw ? ["skip_sw"] : []),
  ...(actions ? actionWords(actions, context) : []),
];

/** The filter's number, which most kinds show first. */
export function showHandle({ handle }: TcContext, out: Out): void {
  if (handle !== 0) out.put("handle", handle, `handle 0x${handle.toString(16)} `);
}
export function showClassid(classid: number | undefined, out: Out): void {
  if (classid !== undefined) out.put("flowid", formatHandle(classid), `flowid ${formatHandle(classid)} `);
}
/** A line each, as matchall and flower show them. */
export function showFilterFlags(flags: number | undefined, out: Out, inHwCount?: number): void {
  const { skip_hw, skip_sw, in_hw, not_in_hw } = filterFlagNames.values;
  const has = (bit: number) => ((flags ?? 0) & bit) !== 0;
  if (has(skip_hw)) out.put("skip_hw", true, "\n  skip_hw");
  if (has(skip_sw)) out.put("skip_sw", true, "\n  skip_sw");
  if (has(in_hw)) {
    out.put("in_hw", true, "\n  in_hw");
    if (inHwCount !== undefined) out.put("in_hw_count", inHwCount, ` in_hw_count ${inHwCount}`);
  } else if (has(not_in_hw)) out.put("not_in_hw", true, "\n  not_in_hw");
}
/** On one line, as u32 and bpf show them. */
export function showFilterFlagsInline(flags: number | undefined, out: Out): void {
  const { skip_hw, skip_sw, in_hw, not_in_hw } = filterFlagNames.values;
  const has = (bit: number) => ((flags ?? 0) & bit) !== 0;
  if (has(skip_hw)) out.put("skip_hw", true, "skip_hw ");
  if (has(skip_sw)) out.put("skip_sw", true, "skip_sw ");
  if (has(in_hw)) out.put("in_hw", true, "in_hw ");
  else if (has(not_in_hw)) out.put("not_in_hw", true, "not_in_hw ");
}
