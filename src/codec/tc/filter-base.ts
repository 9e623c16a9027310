/** What filters of all kinds have in common: the class that packets go to, actions, and whether the hardware takes part. @module */
import type { Input } from "../schema/codec.ts";
import { fail, show } from "../schema/program.ts";
import { flags, names, namesOf, u32 } from "../schema/scalar.ts";
import type { TcAction, tcAction } from "./action.ts";
import {
  type Action,
  type ActionSpec,
  actionsFromWire,
  actionsToWire,
  actionWords,
  parseActions,
  showActions,
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

export function showClassid(classid: number | undefined, out: Out): void {
  if (classid !== undefined) out.put("flowid", formatHandle(classid), `flowid ${formatHandle(classid)} `);
}
/** Flags and actions, which most kinds show last. */
export function showFilterEnd({ flags = 0, act }: Base, out: Out, context: TcContext): void {
  for (const name of namesOf(filterFlagNames, flags).names) if (name !== "verbose") out.put(name, true, `\n  ${name}`);
  if (act) showActions(act, out, context);
}
