/**
 * pedit: edits packets (net/sched/act_pedit.c). Checksums are csum's.
 *
 * ```ts
 * pedit({ edits: [{ field: "ip.ttl", decrement: true }, { field: "tcp.dport", set: 8080 }, { field: "eth.dst", set: "02:00:00:00:00:01" }] });
 * pedit({ edits: [{ offset: 12, width: 16, set: 0xff00, retain: 0xff00 }] });
 * ```
 * @module
 */
import { array, attrs, bare, multi } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { below, expectArray, fail } from "../../schema/program.ts";
import { be32, enumeration, names, s32, u8, u16, u32 } from "../../schema/scalar.ts";
import { struct, tailed } from "../../schema/struct.ts";
import { type ActionCommon, type ActionOptions, actionKind, showAges, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { toggle } from "../options.ts";
import { editKeys, HEADERS, type PeditEdit, type PeditKey, readKeys } from "./pedit-fields.ts";
import { parsePedit, peditWords } from "./pedit-words.ts";

export type { PeditEdit, PeditField, PeditHeader } from "./pedit-fields.ts";

const headerTypes = names("TCA_PEDIT_KEY_EX_HDR_TYPE_", { network: 0, eth: 1, ip4: 2, ip6: 3, tcp: 4, udp: 5 });
const commands = names("TCA_PEDIT_KEY_EX_CMD_", { set: 0, add: 1 });
/** `mask` (bits to keep) and `val` (bits to flip, or what to add) are as in the packet. */
const tcPeditKey = struct(
  "tc_pedit_key",
  { size: 24 },
  { mask: be32, val: be32, off: s32, at: u32, offmask: u32, shift: u32 },
);
const tcPeditSel = tailed(
  struct("tc_pedit_sel", { size: 24 }, { ...tcGen, nkeys: u8, flags: u8 }),
  "keys",
  array(tcPeditKey),
);
const keyEx = attrs(
  "pedit_key_ex",
  { c: "TCA_PEDIT_KEY_EX_" },
  { htype: [1, enumeration(u16, headerTypes)], cmd: [2, enumeration(u16, commands)] },
);
/** TCA_PEDIT_* (tcf_pedit_dump): with `keysEx`, offsets count from the headers that these name. */
export const peditSchema = attrs(
  "pedit",
  { c: "TCA_PEDIT_" },
  {
    keysEx: [5, bare(attrs("pedit_keys_ex", { c: "TCA_PEDIT_" }, { keyEx: [6, multi(bare(keyEx))] }))],
    parmsEx: [4, tcPeditSel],
    parms: [2, tcPeditSel],
    tm: [1, tcfT],
  },
);
type Wire = Value<typeof peditSchema>;

/** `control` is `"pass"` by default, as in tc. */
export interface PeditOptions extends ActionOptions {
  readonly edits?: readonly PeditEdit[] | undefined;
  /** Offsets from each header's start, the default; `false`: all from the network header, and set is all there is (tc without `ex`). */
  readonly extended?: boolean | undefined;
}
export interface Pedit extends ActionCommon {
  edits: PeditEdit[];
  /** Absent for true. */
  extended?: false;
}

const MAX_KEYS = 128;

function keysOf({ keysEx, parmsEx, parms }: Wire): PeditKey[] {
  return ((parmsEx ?? parms)?.keys ?? []).map((k, i) => {
    const more = parmsEx && keysEx?.keyEx?.[i];
    return { ...k, header: HEADERS[more?.htype ?? 0] ?? "network", add: more?.cmd === commands.values.add };
  });
}
const isPlain = (header: string): boolean => header === "network" || header === "ip";

export const peditKind = actionKind<"pedit", typeof peditSchema, PeditOptions, Pedit>({
  kind: "pedit",
  schema: peditSchema,
  control: "pass",
  known: { edits: true, extended: true },
  parms: "parms",
  find: ({ parms, parmsEx }) => parmsEx ?? parms,
  reference: (gen) => ({ parms: { ...gen, keys: [] } as never }),
  toWire(options, gen) {
    const edits = expectArray(
      options.edits ?? fail("edits", -1, "is missing: what to do"),
      "edits",
    ) as readonly PeditEdit[];
    const extended = toggle(options, "extended") !== false;
    const keys = edits.flatMap((edit, i) => {
      try {
        const made = editKeys(edit);
        const beyond = "field" in edit && /^ip\.(sport|dport|icmp_)/.test(edit.field);
        if (extended && beyond)
          fail("field", -1, `${edit.field} lies behind the IP header: take tcp or udp, or extended: false`);
        if (!extended && made.some((k) => k.add || !isPlain(k.header)))
          fail("extended", -1, "without it there is only set, from the network header on");
        return made;
      } catch (e) {
        throw below("edits", below(`[${i}]`, e));
      }
    });
    if (keys.length === 0 || keys.length > MAX_KEYS)
      fail("edits", -1, `make ${keys.length} words, not 1 to ${MAX_KEYS}`);
    const sel = {
      ...gen,
      nkeys: keys.length,
      keys: keys.map(({ header, add, ...k }) => k),
    } as Input<typeof tcPeditSel>;
    return extended
      ? {
          parmsEx: sel,
          keysEx: { keyEx: keys.map(({ header, add }) => ({ htype: HEADERS.indexOf(header), cmd: add ? 1 : 0 })) },
        }
      : { parms: sel };
  },
  fromWire: (value) => ({
    edits: readKeys(keysOf(value)),
    ...(value.parmsEx === undefined && { extended: false as const }),
  }),
  parse: parsePedit,
  words: peditWords,
  // print_pedit of iproute2's tc/m_pedit.c.
  show(value, out, context) {
    const keys = keysOf(value);
    const { action = 0, index = 0, refcnt = 0, bindcnt = 0 } = value.parmsEx ?? value.parms ?? {};
    const hex = (x: number) => x.toString(16);
    out.put("kind", "pedit", " pedit ");
    showVerdict(out, action, "action ");
    out.put("nkeys", keys.length, ` keys ${keys.length}\n`);
    out.put("index", index, ` \t index ${index}`);
    out.put("ref", refcnt, ` ref ${refcnt}`);
    out.put("bind", bindcnt, ` bind ${bindcnt}`);
    if (context.statistics) showAges(out, value.tm);
    out.array("keys", (items) => {
      keys.forEach(({ header, off, mask, val, add }, i) => {
        items.object("", (inner) => {
          inner.say(`\n\t key #${i}  at `);
          const name = header === "ip" ? "ipv4" : header === "ip6" ? "ipv6" : header;
          inner.put("htype", name, header === "network" ? undefined : name);
          inner.put("offset", off, header === "network" || off < 0 ? String(off) : `+${off}`);
          inner.say(add ? ": add" : ": val");
          inner.put("cmd", add ? "add" : "set");
          inner.put("val", hex(val), ` ${hex(val).padStart(8, "0")}`);
          inner.put("mask", hex(mask), ` mask ${hex(mask).padStart(8, "0")}`);
        });
      });
    });
    out.say("\n");
  },
});
