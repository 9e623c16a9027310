/** fw: the packet's netfilter mark, which is the filter's handle (net/sched/cls_fw.c). @module */
import { attrs, string } from "../../schema/attrs.ts";
import type { Input } from "../../schema/codec.ts";
import { u32 } from "../../schema/scalar.ts";
import { actionList } from "../action.ts";
import { showActions } from "../action-list.ts";
import {
  CLASS_KNOWN,
  CLASS_WORDS,
  type Classed,
  type ClassOptions,
  filterBase,
  filterBaseWords,
  filterPolice,
  POLICE_KNOWN,
  POLICE_WORDS,
  type Policed,
  type PolicedOptions,
  parseFilterWord,
  readFilterBase,
  showClassid,
  showPolice,
} from "../filter-base.ts";
import type { TcKind } from "../kind.ts";
import { count, known } from "../options.ts";
import { parseInteger } from "../words.ts";
import { deviceOption } from "./indev.ts";
import { hex } from "./masked.ts";

/** TCA_FW_* (fw_dump). */
export const fwSchema = attrs(
  "fw",
  { c: "TCA_FW_" },
  { classid: [1, u32], indev: [3, string], mask: [5, u32], police: [2, filterPolice], act: [4, actionList] },
);

/**
 * The mark is the handle: `{ handle: "6" }`, or with a mask `{ handle: "6/0xff" }`. Without handle and options marks are taken for the
 * handles of classes; such a filter has no handle, and the kernel cannot list the filters of its parent any more (EMSGSIZE).
 */
export interface FwOptions extends ClassOptions, PolicedOptions {
  /** Bits of the mark that count; the same for all filters of a priority. */
  readonly mask?: number | undefined;
  readonly indev?: string | undefined;
}
export interface Fw extends Classed, Policed {
  mask?: number;
  indev?: string;
}
const FULL = 0xffffffff;

export const fwKind: TcKind<"fw", typeof fwSchema, FwOptions, Fw> = {
  kind: "fw",
  schema: fwSchema,
  toWire(options, context) {
    known(options, { ...CLASS_KNOWN, ...POLICE_KNOWN, mask: true, indev: true });
    const mask = count(options, "mask", FULL);
    const wire: Input<typeof fwSchema> = {
      ...filterBase(options, context),
      ...(mask !== undefined && { mask }),
      ...(options.indev !== undefined && { indev: deviceOption(options.indev, "indev") }),
    };
    return context.handle === 0 && Object.keys(wire).length === 0 ? undefined : wire;
  },
  fromWire: (value, context) => ({
    ...readFilterBase(value, context),
    ...(value.mask !== undefined && value.mask !== FULL && { mask: value.mask }),
    ...(value.indev !== undefined && { indev: value.indev }),
  }),
  parse(words, context) {
    const accepted = [...CLASS_WORDS, ...POLICE_WORDS];
    const out: { indev?: string } = {};
    while (!words.done) {
      if (parseFilterWord(words, out as Record<string, unknown>, context, accepted)) continue;
      if (words.take("indev")) out.indev = words.next("indev", "a device");
      else words.unknown(words.next(), [...accepted, "indev"]);
    }
    return out;
  },
  words: (options, context) => [
    ...(options.indev === undefined ? [] : ["indev", options.indev]),
    ...filterBaseWords(options, context),
  ],
  // fw_print_opt of iproute2's tc/f_fw.c; its JSON is that of iproute2 6.8, as 6.1 has none.
  show(value, out, context) {
    const { handle } = context;
    const { mask = FULL } = value;
    if (handle !== 0 || value.mask !== undefined)
      out.object("fw", (inner) => {
        inner.put("mark", hex(handle), `handle ${hex(handle)}`);
        inner.put("mask", hex(mask), mask === FULL ? " " : `/${hex(mask)} `);
      });
    showClassid(value.classid, out, "classid");
    showPolice(value.police, out, context, "");
    if (value.indev !== undefined) out.put("indev", value.indev, `input dev ${value.indev} `);
    if (value.act) {
      out.say("\n");
      showActions(value.act, out, context);
    }
  },
  handleOptions(suffix) {
    const mask = parseInteger(suffix);
    return mask === undefined || mask < 0 || mask > FULL ? undefined : { mask };
  },
};
