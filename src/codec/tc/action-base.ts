/** What actions of all kinds have in common: the verdict, the index, who uses them and since when. @module */
import type { Attrs } from "../schema/attrs.ts";
import type { Input, Value } from "../schema/codec.ts";
import { type Control, controlFromWire, controlToWire, controlWords, parseControl, showControl } from "./control.ts";
import type { TcContext, TcKind } from "./kind.ts";
import { count, type KnownOptions, known } from "./options.ts";
import type { Out } from "./show.ts";
import type { Words } from "./words.ts";

/** What every kind can be given. An index alone stands for the action that has it already. */
export interface ActionOptions {
  /** What becomes of the packet afterwards. */
  readonly control?: Control | undefined;
  /** Number of the action among those of its kind; 0, the default, to be given one. */
  readonly index?: number | undefined;
}
export interface ActionCommon {
  control: Control;
  index: number;
}

/** Who uses an action, and since when: ages in milliseconds, to 10 ms; absent for never. */
export interface ActionUse {
  references: number;
  bindings: number;
  installedMs: number;
  lastUsedMs: number;
  firstUsedMs?: number;
  expiresMs?: number;
}

/** `struct tcf_t` as decoded. */
export interface Ages {
  readonly install: bigint;
  readonly lastuse: bigint;
  readonly expires: bigint;
  readonly firstuse: bigint;
}
/** The members of `tc_gen` that come with every action. */
export interface Gen {
  readonly index: number;
  readonly action: number;
  readonly refcnt: number;
  readonly bindcnt: number;
}
/** The two of them that are sent. */
export interface GenInput {
  readonly index: number;
  readonly action: number;
}

/** A kind of action: one of traffic control that also tells of its use. */
export interface ActionTcKind<K extends string = string, C extends Attrs = Attrs, I = unknown, O = unknown>
  extends TcKind<K, C, I, O> {
  use(value: Value<C>): ActionUse | undefined;
}

export interface ActionFacts<K extends string, C extends Attrs, I, O> {
  readonly kind: K;
  readonly schema: C;
  /** The verdict where none is given. */
  readonly control: Control | ((options: I) => Control);
  /** Options beside `control` and `index`. */
  readonly known: KnownOptions;
  /** Name of the attribute that begins with `tc_gen`. */
  readonly parms: string;
  /** Attributes of the options; `gen` goes where the kind has its parameters. */
  toWire(options: I, gen: GenInput, context: TcContext): Input<C>;
  fromWire(value: Value<C>, context: TcContext): Omit<O, keyof ActionCommon>;
  /** tc's words up to the verdict and the index. */
  parse(words: Words, out: Record<string, unknown>, context: TcContext): void;
  words(options: O, context: TcContext): string[];
  show(value: Value<C>, out: Out, context: TcContext): void;
  /** An index alone, where the parameters hold more than `tc_gen`. */
  reference?(gen: GenInput): Input<C>;
  /** Where the parameters are, if `parms` is not the only place. */
  find?(value: Value<C>): Gen | undefined;
  /** Whether `parse` takes the index itself, because more may stand behind it. */
  readonly ownIndex?: boolean;
  /** Whether the verdict that `control` says has no word. */
  readonly silent?: (options: O) => boolean;
}

const MS_PER_TICK = 10; // USER_HZ is 100

/** A kind of action of what is its own. */
export function actionKind<const K extends string, C extends Attrs, I extends ActionOptions, O extends ActionCommon>(
  facts: ActionFacts<K, C, I, O>,
): ActionTcKind<K, C, I, O> {
  const table = { ...facts.known, control: true, index: true } as const;
  const genOf = (value: Value<C>): Gen | undefined =>
    facts.find ? facts.find(value) : ((value as Record<string, unknown>)[facts.parms] as Gen | undefined);
  return {
    kind: facts.kind,
    schema: facts.schema,
    toWire(options, context) {
      known(options, table);
      const index = count(options, "index") ?? 0;
      const control = options.control ?? (typeof facts.control === "function" ? facts.control(options) : facts.control);
      const gen = { index, action: controlToWire(control) };
      return onlyIndex(options)
        ? (facts.reference?.(gen) ?? ({ [facts.parms]: gen } as Input<C>))
        : facts.toWire(options, gen, context);
    },
    fromWire(value, context) {
      const gen = genOf(value);
      const common: ActionCommon = { control: controlFromWire(gen?.action ?? 0), index: gen?.index ?? 0 };
      return { ...facts.fromWire(value, context), ...common } as O;
    },
    parse(words, context) {
      const out: Record<string, unknown> = {};
      if (facts.ownIndex || words.ahead !== "index") {
        facts.parse(words, out, context);
        const control = parseControl(words);
        if (control !== undefined) out.control = control;
      }
      if (words.take("index")) out.index = words.integer("index");
      return out as I;
    },
    words(options, context) {
      const verdict = facts.silent?.(options) ? [] : controlWords(options.control);
      const index = options.index ? ["index", String(options.index)] : [];
      // Where tc reads the index among the options it takes what stands behind the verdict for the next action.
      return [...facts.words(options, context), ...(facts.ownIndex ? [...index, ...verdict] : [...verdict, ...index])];
    },
    show: facts.show,
    use(value) {
      const gen = genOf(value);
      const { tm } = value as { readonly tm?: Ages };
      if (!gen) return undefined;
      const ms = (ticks: bigint | undefined) => Number(ticks ?? 0n) * MS_PER_TICK;
      return {
        references: gen.refcnt,
        bindings: gen.bindcnt,
        installedMs: ms(tm?.install),
        lastUsedMs: ms(tm?.lastuse),
        ...(tm && tm.firstuse !== 0n && { firstUsedMs: ms(tm.firstuse) }),
        ...(tm && tm.expires !== 0n && { expiresMs: ms(tm.expires) }),
      };
    },
  };
}
const onlyIndex = (options: object): boolean =>
  Object.entries(options).every(([name, value]) => name === "index" || value === undefined) && "index" in options;

// ---- show ---------------------------------------------------------------------------------------------------------------------
export const showVerdict = (out: Out, action: number, prefix = " "): void =>
  out.object("control_action", (inner) => showControl(inner, controlFromWire(action), prefix));

/** The line of the index that all kinds end with, and with tc's -s the ages. */
export function showUse(
  out: Out,
  gen: Gen | undefined,
  tm: Ages | undefined,
  { statistics }: TcContext,
  lead = "\n\t index",
  end = "\n",
): void {
  const { index = 0, refcnt = 0, bindcnt = 0 } = gen ?? {};
  out.put("index", index, `${lead} ${index}`);
  out.put("ref", refcnt, ` ref ${refcnt}`);
  out.put("bind", bindcnt, ` bind ${bindcnt}`);
  if (statistics) showAges(out, tm);
  out.say(end);
}
/** print_tm of iproute2's tc/tc_util.c: whole seconds. */
export function showAges(out: Out, tm: Ages | undefined): void {
  if (!tm) return;
  const put = (key: string, ticks: bigint, word: string) => {
    if (ticks !== 0n) out.put(key, ticks / 100n, ` ${word} ${ticks / 100n} sec`);
  };
  put("installed", tm.install, "installed");
  put("last_used", tm.lastuse, "used");
  put("first_used", tm.firstuse, "firstused");
  put("expires", tm.expires, "expires");
}
