/** All that a stream keeps a picture of, and what of it is in doubt. @module */
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { DumpInterrupted, isNotSupported } from "../errors.ts";
import { Doubt, NLM_F_APPEND, NLM_F_REPLACE, type Seen } from "./doubt.ts";
import type { EventType, ObjectEvent } from "./event.ts";
import { type Facets, type Part, type PartName, type Place, parts } from "./parts.ts";
import { type Change, Picture } from "./picture.ts";
import { isWanted, type Wanted } from "./selection.ts";
import { isDeletion, type Told } from "./told.ts";

/** Milliseconds of quiet before what is in doubt is read again, and the longest that it may take to be quiet. */
const QUIET = 10;
const PATIENCE = 1000;
/** How often a dump that changes keep interrupting is asked for (each of them five times), with pauses between. */
const ROUNDS = 8;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Is told what becomes of objects, as soon as the stream has come to it. */
export type Observer = (name: PartName, changes: readonly Change<object>[]) => void;

export class Pictures {
  readonly all: ReadonlyMap<PartName, Picture>;
  readonly #nl: Facets;
  readonly #observer: Observer | undefined;
  readonly #byType = new Map<EventType, PartName[]>();
  readonly #doubt = new Doubt();
  readonly #doubtful = new Set<PartName>();
  #since = 0;
  #last = 0;
  /** What is being read anew: events go there. */
  #fresh: ReadonlyMap<PartName, Picture> | undefined;

  constructor(nl: Facets, wanted: Wanted, observer: Observer | undefined) {
    this.#nl = nl;
    this.#observer = observer;
    const all = new Map<PartName, Picture>();
    for (const [name, part] of Object.entries(parts) as [PartName, Part][]) {
      if (!isWanted(wanted, part.type, part.family)) continue;
      all.set(name, new Picture(part));
      this.#byType.set(part.type, [...(this.#byType.get(part.type) ?? []), name]);
    }
    this.all = all;
  }

  /** Groups to join although nobody asked for what they tell: routes change with it. */
  get groups(): number[] {
    const { values } = rtnetlinkGroups;
    return this.#routes ? [values["ipv4-ifaddr"], values.nexthop] : [];
  }
  /** Messages to look at although nobody asked for them. */
  get numbers(): number[] {
    return this.#routes ? [RTM.deladdr, RTM.newnexthop, RTM.delnexthop] : [];
  }
  get #routes(): boolean {
    return this.all.has("routesV4") || this.all.has("routesV6");
  }

  /** Takes note of a message, whoever asked for it. */
  heard(told: Told): void {
    const names = this.#doubt.of(told);
    for (const name of names === "everything" ? this.all.keys() : names) this.suspect(name);
  }
  /** Takes note of a link as it was read. */
  seen(link: Seen): void {
    this.#doubt.link(link, false);
  }
  suspect(name: PartName): void {
    if (!this.all.has(name)) return;
    this.#last = performance.now();
    if (this.#doubtful.size === 0) this.#since = this.#last;
    this.#doubtful.add(name);
  }
  /** Milliseconds until what is in doubt is to be read again. */
  get due(): number | undefined {
    if (this.#doubtful.size === 0) return undefined;
    return Math.max(0, Math.min(this.#last + QUIET, this.#since + PATIENCE) - performance.now());
  }

  /** Puts an event in. True: it is part of what is being read anew, and is not to be given out. */
  told(event: ObjectEvent, { number, flags, value }: Told): boolean {
    const names = this.#byType.get(event.type);
    if (names === undefined) return false;
    const { family } = value as { family?: number };
    for (const name of names) {
      const known = this.all.get(name)!;
      const { part } = known;
      if (part.family !== undefined && part.family !== family) continue;
      const object = part.object(event as never);
      if (part.isPart?.(object) === false) continue;
      const place: Place = {
        gone: isDeletion(number),
        replace: (flags & NLM_F_REPLACE) !== 0,
        append: (flags & NLM_F_APPEND) !== 0,
      };
      const fresh = this.#fresh?.get(name);
      const { changes, open } = (fresh ?? known).told(object, place);
      if (open) this.suspect(name);
      if (fresh) return true;
      if (changes.length > 0) this.#observer?.(name, changes);
    }
    return false;
  }

  /** Reads what is in doubt, or everything; what is told meanwhile goes there from when that has ended. */
  async read(everything: boolean, signal: AbortSignal | undefined): Promise<void> {
    const names = everything ? [...this.all.keys()] : [...this.#doubtful];
    this.#doubtful.clear();
    const fresh = new Map<PartName, Picture>();
    for (const name of names) {
      const { part } = this.all.get(name)!;
      fresh.set(name, new Picture(part).fill(await this.#list(name, part, signal)));
    }
    this.#fresh = fresh;
  }
  async #list(name: PartName, part: Part, signal: AbortSignal | undefined): Promise<readonly object[]> {
    for (let round = 1; ; round++)
      try {
        return await part.list(this.#nl, { signal });
      } catch (e) {
        if (isNotSupported(e)) return []; // a family or a kind of objects that this kernel has none of
        if (!(e instanceof DumpInterrupted)) throw e;
        if (round === ROUNDS) {
          this.suspect(name); // some of it may be missing: later, again
          return e.partial as readonly object[];
        }
        await pause(2 ** round);
      }
  }

  /** Takes what was read for the truth. Gives the events of what is other than was told. */
  adopt(): ObjectEvent[] {
    const events: ObjectEvent[] = [];
    for (const [name, picture] of this.#fresh ?? []) {
      const known = this.all.get(name)!;
      const changes = known.become(picture);
      for (const change of changes) events.push(eventOf(known.part, change));
      if (changes.length > 0) this.#observer?.(name, changes);
    }
    this.#fresh = undefined;
    return events;
  }
}

function eventOf(part: Part, { value, previous, place }: Change<object>): ObjectEvent {
  const event = {
    type: part.type,
    action: value === undefined ? "del" : "new",
    ...part.contents((value ?? previous)!),
  } as ObjectEvent;
  if (event.type === "route" && place)
    Object.assign(event, place.replace && { replace: true }, place.append && { append: true });
  return event;
}
