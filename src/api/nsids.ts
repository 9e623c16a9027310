/** Ids by which one network namespace knows others. @module */
import { rtnetlinkGroups } from "../codec/rtnetlink/groups.ts";
import { type Nsid as NsidMessage, nsid as schema } from "../codec/rtnetlink/nsid.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import type { NetnsSpec } from "../transport/transport.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type DumpOptions, listDump } from "./dump.ts";
import { ask } from "./facet.ts";
import { mapped } from "./iterate.ts";
import { type NetnsReference, withNetnsReferences } from "./netns-reference.ts";
import { type NotificationOptions, notifications } from "./notifications.ts";
import { checkOptions, OptionError } from "./options.ts";

/** A namespace: by name, process, path or descriptor, or by the id that it has here. */
export type NsidTarget = NetnsSpec | { readonly nsid: number };
/** In whose terms. */
export interface NsidOptions {
  /** In whose terms the answer is: the namespace of this id, in place of the connection's own. */
  readonly target?: number | undefined;
}
/** An id and, in a list for another `target`, what the connection's namespace calls the same one (−1: nothing). */
export interface Nsid {
  nsid: number;
  current?: number;
}

/** An id that was assigned, or is gone with one of the namespaces; or the news that some were lost, and the list must be read anew. */
export type NsidEvent =
  | ({ readonly type: "nsid"; readonly action: "new" | "del" } & Readonly<Nsid>)
  | { readonly type: "overrun" };

/** NETNSA_NSID_NOT_ASSIGNED: an answer's "none", and in a request "any". */
const UNASSIGNED = -1;

/** Ids of namespaces: what the kernel's messages call a namespace that a link's other end is in (`linkNetnsid`). */
export class Nsids {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** All ids that are assigned. */
  async list(by: NsidOptions = {}, options: DumpOptions = {}): Promise<Nsid[]> {
    const value = { ...targetOf(by) };
    return listDump(
      this.#channel,
      {
        message: { type: RTM.getnsid, schema, value },
        answer: schema,
        map: ({ nsid, currentNsid }) =>
          nsid === undefined ? undefined : currentNsid === undefined ? { nsid } : { nsid, current: currentNsid },
      },
      { operation: "list namespace ids", ...options },
    );
  }

  /**
   * The id of a namespace: `get("blue")`, `get({ pid: 1234 })`; −1 if it has none.
   * @throws {NamespaceNotFound} @throws {NetlinkError} ESRCH, no such process; EINVAL, a descriptor of something else
   */
  get(namespace: NsidTarget, by: NsidOptions = {}, options: ExchangeOptions = {}): Promise<number> {
    const operation = `get id of namespace ${describe(namespace)}`;
    return withNetnsReferences(this.#channel, (reference) => {
      const given = namespace !== null && typeof namespace === "object" && "nsid" in namespace;
      const of = given
        ? { nsid: checked("namespace", namespace.nsid) }
        : reference("namespace", namespace as NetnsSpec);
      return idOf(this.#channel, { ...of, ...targetOf(by) }, { operation, ...options });
    });
  }

  /** The id of a namespace, or undefined if it has none. */
  async find(namespace: NsidTarget, by: NsidOptions = {}, options: ExchangeOptions = {}): Promise<number | undefined> {
    const id = await this.get(namespace, by, options);
    return id === UNASSIGNED ? undefined : id;
  }

  /**
   * Ids that come and go from now on. Only of a namespace that has an id is it told when it is gone. Leaving the loop and the signal end it;
   * until then it keeps the process alive.
   */
  watch(options: NotificationOptions = {}): AsyncIterableIterator<NsidEvent> {
    return mapped(notifications(this.#channel, [rtnetlinkGroups.values.nsid], options), (told) => {
      if (told.type === "overrun") return { type: "overrun" };
      const { nsid, currentNsid } = told.value as NsidMessage;
      if (nsid === undefined) return undefined;
      const action = told.type === "delnsid" ? "del" : "new";
      return { type: "nsid", action, nsid, ...(currentNsid === undefined ? {} : { current: currentNsid }) };
    });
  }

  /**
   * Gives a namespace an id, the lowest that is free if none is given; resolves to it. It lasts as long as both namespaces.
   * @throws {NamespaceNotFound} @throws {NetlinkError} EEXIST if the namespace has an id already, ENOSPC if the id is taken
   */
  async set(namespace: NetnsSpec, nsid?: number, options: ExchangeOptions = {}): Promise<number> {
    if (nsid !== undefined) checked("nsid", nsid);
    return withNetnsReferences(this.#channel, (reference) =>
      assign(this.#channel, reference("namespace", namespace), nsid, {
        operation: `set id of namespace ${describe(namespace)}`,
        ...options,
      }),
    );
  }
}

async function assign(
  channel: Channel,
  namespace: NetnsReference,
  nsid: number | undefined,
  options: ExchangeOptions,
): Promise<number> {
  await channel.ack({ type: RTM.newnsid, schema, value: { nsid: nsid ?? UNASSIGNED, ...namespace } }, options);
  return nsid ?? (await idOf(channel, namespace, options));
}
/** The id of a namespace, which is given one if it has none. */
export async function assignedNsid(channel: Channel, namespace: NetnsReference, options: ExchangeOptions) {
  const id = await idOf(channel, namespace, options);
  return id === UNASSIGNED ? assign(channel, namespace, undefined, options) : id;
}
async function idOf(channel: Channel, value: object, options: ExchangeOptions): Promise<number> {
  return (await ask(channel, { type: RTM.getnsid, schema, value }, schema, options)).nsid ?? UNASSIGNED;
}

function targetOf(by: NsidOptions): { targetNsid?: number } {
  checkOptions("nsid", by, ["target"]);
  return by.target === undefined ? {} : { targetNsid: checked("target", by.target) };
}
function checked(option: string, nsid: number): number {
  if (Number.isInteger(nsid) && nsid >= 0 && nsid <= 0x7fffffff) return nsid;
  throw new OptionError(`nsid.${option}: ${String(nsid)} is not an id from 0 to 2147483647`, option, "an id");
}
const describe = (namespace: NsidTarget): string =>
  typeof namespace === "string"
    ? namespace
    : Object.entries(namespace ?? {})
        .flat()
        .join(" ");
