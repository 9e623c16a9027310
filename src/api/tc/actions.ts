/** Actions that stand alone: made once, and shared by filters through their index. @module */
import { NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_ROOT } from "../../codec/nlmsg/header.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { decoder } from "../../codec/schema/engine.ts";
import { type ActionMessage, action as schema } from "../../codec/tc/action.ts";
import { type ActionKind, actionKinds } from "../../codec/tc/action-kinds.ts";
import { type Action, type ActionSpec, actionFromWire, actionsToWire } from "../../codec/tc/action-list.ts";
import type { TcContext } from "../../codec/tc/kind.ts";
import type { Channel, ExchangeOptions } from "../channel.ts";
import { deviceNames } from "../device.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDump, streamOf } from "../dump.ts";
import { ask, existed, flattened, ifFound } from "../facet.ts";
import { checkOptions, integer, OptionError } from "../options.ts";
import { lacking, made, readContext } from "./host.ts";

/** An action by its kind and index. */
export interface ActionSelector {
  readonly kind: ActionKind | (string & {});
  readonly index: number;
}
export interface ActionFilter {
  readonly kind: ActionKind | (string & {});
  /** Only those used within so many milliseconds. */
  readonly usedWithinMs?: number | undefined;
}

const LARGE = 1; // TCA_ACT_FLAG_LARGE_DUMP_ON: more than 32 a message
const DELETE_ROOT = NLM_F_ROOT;

export class Actions {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** The actions of a kind, those within filters too; without a kind, of every kind known here. */
  async list(filter: Partial<ActionFilter> = {}, options: DumpOptions = {}): Promise<Action[]> {
    checkOptions("actions", filter, ["kind", "usedWithinMs"]);
    const kinds = filter.kind === undefined ? Object.keys(actionKinds) : [filter.kind];
    const context = await this.#context(options);
    const found: Action[] = [];
    for (const kind of kinds) {
      const lists = await listDump(this.#channel, this.#dump(kind, filter.usedWithinMs, context), {
        operation: `list ${kind} actions`,
        ...options,
      }).catch((e: unknown) => {
        // Asked for all kinds, one whose module is not there has no actions.
        if (filter.kind === undefined && lacking(e, "action", kind, "") !== e) return [];
        throw lacking(e, "action", kind, `list ${kind} actions`);
      });
      found.push(...lists.flat());
    }
    return found;
  }

  /** As `list`, in constant memory. */
  stream(filter: Partial<ActionFilter> = {}, options: DumpOptions = {}): Stream<Action> {
    const channel = this.#channel;
    const dumpOf = async (kind: string) => this.#dump(kind, filter.usedWithinMs, await this.#context(options));
    return streamOf(async function* () {
      checkOptions("actions", filter, ["kind", "usedWithinMs"]);
      for (const kind of filter.kind === undefined ? Object.keys(actionKinds) : [filter.kind]) {
        const operation = `list ${kind} actions`;
        try {
          yield* flattened(streamDump(channel, () => dumpOf(kind), { operation, ...options })).batches();
        } catch (e) {
          const refused = lacking(e, "action", kind, operation);
          if (filter.kind !== undefined || refused === e) throw refused;
        }
      }
    });
  }

  /** One action. @throws {NetlinkError} ENOENT */
  async get({ kind, index }: ActionSelector, options: ExchangeOptions = {}): Promise<Action> {
    const operation = `get action ${kind} ${index}`;
    const value = { tab: [{ kind, index: integer("action.index", index) }] };
    const message = await ask(this.#channel, { type: RTM.getaction, schema, value }, schema, { operation, ...options });
    const context = await this.#context(options);
    const first = (message as ActionMessage).tab?.[0];
    if (!first) throw new OptionError(`action ${kind} ${index}: the kernel's answer has none`, "index", "an action");
    return actionFromWire(first, context);
  }
  find(which: ActionSelector, options: ExchangeOptions = {}): Promise<Action | undefined> {
    return ifFound(this.get(which, options));
  }

  /** Makes actions: `add(gact("drop"))`. Gives them back with the indexes that the kernel chose. */
  add(actions: ActionSpec | readonly ActionSpec[], options: ExchangeOptions = {}): Promise<Action[]> {
    return this.#do("add", actions, NLM_F_CREATE | NLM_F_EXCL, options);
  }
  /** Changes an action that is there, given by the index among its options. @throws {NetlinkError} ENOENT */
  async change(action: ActionSpec, options: ExchangeOptions = {}): Promise<Action> {
    const { kind } = action;
    const { index } = (action.options ?? {}) as { readonly index?: number };
    if (!index)
      throw new OptionError("action.index: is missing: which action is to be changed", "index", "the action's index");
    // To the kernel it is the same as replacing, which makes what is not there (tcf_action_add).
    await this.get({ kind, index }, options);
    const [changed] = await this.replace(action, options);
    return changed!;
  }
  /** Changes the actions of these indexes, or makes them. */
  replace(actions: ActionSpec | readonly ActionSpec[], options: ExchangeOptions = {}): Promise<Action[]> {
    return this.#do("replace", actions, NLM_F_CREATE | NLM_F_REPLACE, options);
  }
  /** Removes an action; one that filters use is busy (EPERM, in the kernel's words). */
  async remove(which: ActionSelector | readonly ActionSelector[], options: ExchangeOptions = {}): Promise<void> {
    const list = (Array.isArray(which) ? which : [which]) as readonly ActionSelector[];
    const tab = list.map(({ kind, index }) => ({ kind, index: integer("action.index", index) }));
    const operation = `remove action ${list.map(({ kind, index }) => `${kind} ${index}`).join(", ")}`;
    await this.#channel.ack({ type: RTM.delaction, schema, value: { tab } }, { operation, ...options });
  }
  removeIfExists(which: ActionSelector, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(this.remove(which, options));
  }
  /** Removes all actions of a kind that no filter uses. */
  async flush(kind: ActionKind | (string & {}), options: ExchangeOptions = {}): Promise<void> {
    await this.#channel.ack(
      { type: RTM.delaction, flags: DELETE_ROOT, schema, value: { tab: [{ kind }] } },
      { operation: `flush ${kind} actions`, ...options },
    );
  }

  async #do(
    verb: "add" | "replace",
    actions: ActionSpec | readonly ActionSpec[],
    flags: number,
    options: ExchangeOptions,
  ): Promise<Action[]> {
    const list = (Array.isArray(actions) ? actions : [actions]) as readonly ActionSpec[];
    const tab = await made(this.#channel, (context) => actionsToWire(list, context), options);
    const kinds = list.map(({ kind }) => kind).join(", ");
    const operation = `${verb} action ${kinds}`;
    const decode = decoder(schema, this.#channel.transport.byteOrder);
    let answer: ActionMessage | undefined;
    try {
      await this.#channel.ack(
        { type: RTM.newaction, flags: flags | NLM_F_ECHO, schema, value: { tab } },
        { operation, ...options },
        (_type, src, at, end) => {
          answer = decode(src, at, end) as ActionMessage;
        },
      );
    } catch (e) {
      throw lacking(e, "action", kinds, operation);
    }
    const context = await this.#context(options);
    return (answer?.tab ?? []).map((message) => actionFromWire(message, context));
  }

  #dump(kind: string, usedWithinMs: number | undefined, context: TcContext): Dump<typeof schema, Action[]> {
    const timeDelta = usedWithinMs === undefined ? {} : { timeDelta: integer("actions.usedWithinMs", usedWithinMs) };
    return {
      message: {
        type: RTM.getaction,
        schema,
        value: { tab: [{ kind }], flags: { value: LARGE, selector: LARGE }, ...timeDelta },
      },
      answer: schema,
      map: (value) => ((value as ActionMessage).tab ?? []).map((message) => actionFromWire(message, context)),
    };
  }

  async #context(options: ExchangeOptions): Promise<TcContext> {
    return readContext(this.#channel, await deviceNames(this.#channel, options));
  }
}
