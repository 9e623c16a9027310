/** What becomes of a packet after an action: TC_ACT_* of linux/pkt_cls.h. @module */
import { fail, show } from "../schema/program.ts";
import { s32, u32, u64, unit } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";
import type { Out } from "./show.ts";
import type { Words } from "./words.ts";

/** The members that all actions' parameters begin with (`tc_gen`): `index` is the action's number, 0 to be given one. */
export const tcGen = { index: u32, capab: u32, action: s32, refcnt: s32, bindcnt: s32 } as const;
/** `struct tcf_t`: since when it stands and was used, as ages; 0 for never. */
export const tcfT = struct(
  "tcf_t",
  { size: 32 },
  {
    install: unit(u64, "USER_HZ"),
    lastuse: unit(u64, "USER_HZ"),
    expires: unit(u64, "USER_HZ"),
    firstuse: unit(u64, "USER_HZ"),
  },
);

const VERDICTS = {
  continue: -1, pass: 0, reclassify: 1, drop: 2, pipe: 3, stolen: 4, queued: 5, repeat: 6, redirect: 7, trap: 8,
} as const; // biome-ignore format: a table
/** tc's other spellings. */
const SYNONYMS = { ok: "pass", shot: "drop" } as const;
const JUMP = 0x10000000;
const GOTO_CHAIN = 0x20000000;
const VALUE = 0x0fffffff;

/**
 * `"pass"` (ok), `"drop"` (shot), `"pipe"` to the next action, `"continue"` with the next filter, `"reclassify"`, `"stolen"`, `"trap"`; over so
 * many actions; or to another chain.
 */
export type Control = keyof typeof VERDICTS | { readonly jump: number } | { readonly chain: number };
export const CONTROL_FORMS = `one of ${Object.keys(VERDICTS).join(", ")}, { jump: N } or { chain: N }`;

/** TC_ACT_* of an option. @throws {CodecError} */
export function controlToWire(control: Control | keyof typeof SYNONYMS, name = "control"): number {
  if (typeof control === "string") {
    const word = Object.hasOwn(SYNONYMS, control) ? SYNONYMS[control as keyof typeof SYNONYMS] : control;
    if (Object.hasOwn(VERDICTS, word)) return VERDICTS[word as keyof typeof VERDICTS];
  } else if (typeof control === "object" && control !== null) {
    const { jump, chain } = control as { readonly jump?: unknown; readonly chain?: unknown };
    const value = jump ?? chain;
    if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= VALUE)
      return (jump === undefined ? GOTO_CHAIN : JUMP) | (value as number);
  }
  return fail(name, -1, `${show(control)} is not ${CONTROL_FORMS}`);
}
/** A verdict that has no name comes back as a number in hexadecimal, which the kernel treats as `unspec`. */
export function controlFromWire(action: number): Control {
  if ((action & ~VALUE) === JUMP) return { jump: action & VALUE };
  if ((action & ~VALUE) === GOTO_CHAIN) return { chain: action & VALUE };
  for (const name in VERDICTS)
    if (VERDICTS[name as keyof typeof VERDICTS] === action) return name as keyof typeof VERDICTS;
  return "continue";
}

const CONTROL_WORDS: readonly string[] = [...Object.keys(VERDICTS), ...Object.keys(SYNONYMS), "jump", "goto"];
export const isControlWord = (word: string | undefined): boolean => word !== undefined && CONTROL_WORDS.includes(word);
/** The control words that stand next, or undefined (parse_action_control). */
export function parseControl(words: Words): Control | undefined {
  const word = words.take(...CONTROL_WORDS);
  if (word === undefined) return undefined;
  if (word === "jump") return { jump: words.integer(word, VALUE) };
  if (word === "goto") {
    if (!words.take("chain")) words.fail(`goto: "chain" is missing`);
    return { chain: words.integer("goto chain", VALUE) };
  }
  return (Object.hasOwn(SYNONYMS, word) ? SYNONYMS[word as keyof typeof SYNONYMS] : word) as Control;
}
export const controlWords = (control: Control): string[] =>
  typeof control === "string"
    ? [control]
    : "jump" in control
      ? ["jump", String(control.jump)]
      : ["goto", "chain", String(control.chain)];

/** `action drop`, and for the two that lead elsewhere where to (print_action_control). */
export function showControl(out: Out, control: Control, prefix = "action "): void {
  if (typeof control === "string") out.put("type", control, `${prefix}${control}`);
  else if ("jump" in control) {
    out.put("type", "jump", `${prefix}jump`);
    out.put("jump", control.jump, ` ${control.jump}`);
  } else {
    out.put("type", "goto", `${prefix}goto`);
    out.put("chain", control.chain, ` chain ${control.chain}`);
  }
}
