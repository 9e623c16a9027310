/** What filters of all kinds have in common: the class that packets go to, actions, and whether the hardware takes part. @module */
import { bare } from "../schema/attrs.ts";
import type { Input, Value } from "../schema/codec.ts";
import { fail, show } from "../schema/program.ts";
import { flags, names, u32 } from "../schema/scalar.ts";
import { type Police, type PoliceOptions, policeKind, policeSchema } from "./action/police.ts";
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
import { type TcContext, wireOf } from "./kind.ts";
import { toggle } from "./options.ts";
import type { Out } from "./show.ts";
import type { Words } from "./words.ts";

export const filterFlagNames = names("TCA_CLS_FLAGS_", { skip_hw: 1, skip_sw: 2, in_hw: 4, not_in_hw: 8, verbose: 16 });
/** TCA_CLS_FLAGS_* of linux/pkt_cls.h. */
export const filterFlags = flags(u32, filterFlagNames);
/** A policer that is the filter's own, the older form of an action. */
export const filterPolice = bare(policeSchema);

/** Kinds choose what they take of these. */
export interface ActionsOptions {
  readonly actions?: readonly ActionSpec[] | undefined;
}
export interface ClassOptions extends ActionsOptions {
  /** Class that what matches goes to: `"1:10"`. */
  readonly classid?: string | number | undefined;
}
export interface OffloadOptions {
  /** Keeps it out of the hardware, or wants it there alone. */
  readonly skipHw?: boolean | undefined;
  readonly skipSw?: boolean | undefined;
}
export interface PolicedOptions {
  /** A policer without a list of actions around it: the older form, in place of `actions`. */
  readonly police?: PoliceOptions | undefined;
}
export interface Actions {
  actions?: Action[];
}
export interface Classed extends Actions {
  classid?: string;
}
export interface Offloaded {
  skipHw?: boolean;
  skipSw?: boolean;
  /** Whether the hardware has it; undefined where the kernel does not say. */
  inHw?: boolean;
}
export interface Policed {
  police?: Police;
}
/** Tables of `known`, and the words of tc that `parseFilterWord` takes. */
export const CLASS_KNOWN = { classid: true, actions: true } as const;
export const OFFLOAD_KNOWN = { skipHw: true, skipSw: true, inHw: true } as const;
export const POLICE_KNOWN = { police: true } as const;
export const CLASS_WORDS: readonly string[] = ["classid", "flowid", "action"];
export const OFFLOAD_WORDS: readonly string[] = ["skip_hw", "skip_sw"];
export const POLICE_WORDS: readonly string[] = ["police"];

interface Base {
  readonly classid?: number;
  readonly flags?: number;
  readonly police?: Value<typeof policeSchema>;
  readonly act?: TcAction[];
}
interface BaseIn {
  classid?: number;
  flags?: number;
  police?: Input<typeof policeSchema>;
  act?: Input<typeof tcAction>[];
}
/** The attributes of the options. @throws {CodecError} */
export function filterBase(options: ClassOptions & OffloadOptions & PolicedOptions, context: TcContext): BaseIn {
  const { classid, actions, police } = options;
  const handle = classid === undefined ? undefined : classOption(classid, "classid");
  const skipHw = toggle(options, "skipHw");
  const skipSw = toggle(options, "skipSw");
  if (skipHw && skipSw) fail("skipSw", -1, "is given with skipHw: there would be nowhere left");
  if (police !== undefined && actions !== undefined)
    fail("police", -1, "is given with actions, which the kernel would then not look at: put it into the list");
  const bits = (skipHw ? filterFlagNames.values.skip_hw : 0) | (skipSw ? filterFlagNames.values.skip_sw : 0);
  return {
    ...(handle !== undefined && { classid: handle }),
    ...(bits !== 0 && { flags: bits }),
    ...(police !== undefined && { police: wireOf(policeKind, police, context)! }),
    ...(actions !== undefined && { act: actionsToWire(actions, context) }),
  };
}
/** @throws {CodecError} what is not the handle of a class */
export const classOption = (given: string | number, name: string): number =>
  parseHandle(given) ?? fail(name, -1, `${show(given)} is not ${HANDLE_FORMS}`);

export function readFilterBase(
  { classid, flags = 0, police, act }: Base,
  context: TcContext,
): Classed & Offloaded & Policed {
  const { values } = filterFlagNames;
  return {
    ...(classid !== undefined && { classid: formatHandle(classid) }),
    ...(police && { police: policeKind.fromWire(police, context) }),
    ...(act && { actions: actionsFromWire(act, context) }),
    ...((flags & values.skip_hw) !== 0 && { skipHw: true }),
    ...((flags & values.skip_sw) !== 0 && { skipSw: true }),
    ...((flags & (values.in_hw | values.not_in_hw)) !== 0 && { inHw: (flags & values.in_hw) !== 0 }),
  };
}

/** Uses up one of the words `accepted` (CLASS_WORDS…) with what belongs to it; false if the next word is none of them. */
export function parseFilterWord(
  words: Words,
  out: Record<string, unknown>,
  context: TcContext,
  accepted: readonly string[],
): boolean {
  const word = words.take(...accepted);
  switch (word) {
    case undefined:
      return false;
    case "action":
      out.actions = parseActions(words, context);
      return true;
    case "police":
      out.police = policeKind.parse(words, context);
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
export const filterBaseWords = (
  { classid, actions, police, skipHw, skipSw }: Classed & Offloaded & Policed,
  context: TcContext,
): string[] => [
  ...(classid === undefined ? [] : ["classid", classid]),
  ...(skipHw ? ["skip_hw"] : []),
  ...(skipSw ? ["skip_sw"] : []),
  ...(police ? ["police", ...policeKind.words(police, context)] : []),
  ...(actions ? actionWords(actions, context) : []),
];

/** The filter's number, which most kinds show first; `json`: how in JSON. */
export function showHandle({ handle }: TcContext, out: Out, json: (text: string) => string | number = hexText): void {
  if (handle !== 0) out.put("handle", json(handle.toString(16)), `handle 0x${handle.toString(16)} `);
}
const hexText = (text: string): string => `0x${text}`;
export const handleNumber = (text: string): number => Number.parseInt(text, 16);

export function showClassid(classid: number | undefined, out: Out, word = "flowid"): void {
  if (classid !== undefined) out.put(word, formatHandle(classid), `${word} ${formatHandle(classid)} `);
}
/** `lead`: what stands before it in the text. */
export function showPolice(police: Base["police"], out: Out, context: TcContext, lead = "\n"): void {
  if (!police) return;
  out.say(lead);
  policeKind.show(police, out, context);
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
