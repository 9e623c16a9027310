/**
 * Queueing what arrives. Qdiscs queue what leaves, so it is led through a device of kind ifb first, and leaves that: a matchall filter at the
 * ingress of a clsact redirects it there, and it comes back to where it was (net/sched/act_mirred.c, drivers/net/ifb.c).
 * @module
 */
import { matchall } from "../../codec/tc/builders.ts";
import type { Channel, ExchangeOptions } from "../channel.ts";
import { NetlinkError } from "../errors.ts";
import type { Link } from "../link-read.ts";
import { Links } from "../links.ts";
import { type Filter, Filters } from "./filters.ts";
import type { FilterStep, LinkStep, Planned, QdiscStep } from "./plan.ts";
import { type Qdisc, Qdiscs } from "./qdiscs.ts";
import { goneFilter } from "./reconcile.ts";

/** A device by both. */
export interface Dev {
  readonly name: string;
  readonly index: number;
}
/** How a device's ingress is led away, as far as it is. */
export interface Attachment {
  readonly dev: Dev;
  /** What to lead it through: the ifb that is there, or the name of the one to make. */
  readonly ifb: { readonly name: string; readonly index: number | undefined };
  /** Whether another device has that name. */
  readonly taken: boolean;
  readonly filter: Filter | undefined;
  readonly holder: Qdisc | undefined;
  /** Whether the clsact is there for this alone: it was made here, and nobody else has put filters into it. */
  readonly ownHolder: boolean;
}

/** Behind the priorities that the kernel gives by itself, from 49152 down: filters of others are asked first. */
const PRIORITY = 65_000;
/** Marks our filter; the byte behind it says whether the clsact was made for it. The kernel keeps it, so another process knows too. */
const MARK = "nlink ingress";
const CLSACT = ["ingress", "egress"];
const aliasOf = (name: string) => `nlink: ingress of ${name}`;
const ALIAS = /^nlink: ingress of /;
const ifbName = (index: number) => `nlifb${index}`;
const cookie = (madeHolder: boolean) => Uint8Array.from([...new TextEncoder().encode(MARK), madeHolder ? 1 : 0]);

const redirectOf = ({ kind, options }: Filter) => {
  const { actions = [] } = (kind === "matchall" ? options : {}) as {
    readonly actions?: readonly { readonly kind: string; readonly options?: unknown; readonly cookie?: Uint8Array }[];
  };
  const action = actions.find(
    (a) => a.kind === "mirred" && a.cookie && new TextDecoder().decode(a.cookie.subarray(0, MARK.length)) === MARK,
  );
  return (
    action && {
      dev: (action.options as { readonly dev?: string | number }).dev,
      madeHolder: action.cookie![MARK.length] === 1,
    }
  );
};

export async function readAttachment(channel: Channel, dev: Dev, options: ExchangeOptions): Promise<Attachment> {
  const filters = await new Filters(channel).list({ dev: dev.index }, options);
  const holder = (await new Qdiscs(channel).list({ dev: dev.index }, options)).find((q) => q.parent === "ingress");
  const filter = filters.find((f) => f.parent === "ingress" && redirectOf(f));
  const redirect = filter && redirectOf(filter);
  const links = new Links(channel);
  const target = redirect?.dev;
  const led = target === undefined || target === 0 ? undefined : await links.find(target, options);
  const name = ifbName(dev.index);
  const named = await links.find(name, options);
  const ifb = led?.kind === "ifb" ? led : named && isOurIfb(named) ? named : undefined;
  // What has no handle stands for a priority, ours too.
  const others = filters.filter((f) => f !== filter && f.handle !== undefined && CLSACT.includes(f.parent!));
  return {
    dev,
    ifb: ifb ? { name: ifb.name, index: ifb.index } : { name, index: undefined },
    taken: !ifb && named !== undefined,
    filter,
    holder,
    ownHolder: redirect?.madeHolder === true && holder?.kind === "clsact" && others.length === 0,
  };
}
const isOurIfb = ({ kind, alias }: Link): boolean => kind === "ifb" && alias !== undefined && ALIAS.test(alias);

/** The ifbs that devices of a name have left behind which are no more. */
export async function orphansOf(channel: Channel, name: string, options: ExchangeOptions): Promise<Planned[]> {
  const all = await new Links(channel).list({}, options);
  const indexes = new Set(all.map(({ index }) => ifbName(index)));
  return all
    .filter((ifb) => isOurIfb(ifb) && ifb.alias === aliasOf(name) && !indexes.has(ifb.name))
    .map((ifb) => ({ step: link("remove", ifb.name) }));
}

const link = (verb: LinkStep["verb"], dev: string, alias?: string): LinkStep => ({
  object: "link",
  verb,
  dev,
  kind: "ifb",
  ...(alias !== undefined && { alias }),
});
const holderStep = (verb: QdiscStep["verb"], dev: string): QdiscStep => ({
  object: "qdisc",
  verb,
  dev,
  parent: "ingress",
  spec: { kind: "clsact" },
});

/**
 * What has to be before the ifb gets its qdisc, and what makes the packets come once it has.
 * @throws {NetlinkError} EEXIST: something else has the name of the ifb
 */
export function attach({ dev, ifb, taken, filter, holder }: Attachment): { before: Planned[]; after: Planned[] } {
  if (taken) {
    const text = `${ifb.name}, the name of the ifb to lead the ingress through, is another device's`;
    throw new NetlinkError({ code: "EEXIST", errno: 17, operation: `make ${ifb.name}` }, text);
  }
  const before: Planned[] = [];
  const after: Planned[] = [];
  if (ifb.index === undefined)
    before.push(
      { step: link("add", ifb.name), undo: link("remove", ifb.name) },
      { step: link("set", ifb.name, aliasOf(dev.name)) },
    );
  if (!holder) after.push({ step: holderStep("add", dev.name), undo: holderStep("remove", dev.name) });
  const redirect = filter && redirectOf(filter);
  if (redirect?.dev === ifb.name) return { before, after };
  const step: Omit<FilterStep, "verb"> = {
    object: "filter",
    dev: dev.name,
    parent: "ingress",
    protocol: "all",
    priority: PRIORITY,
    handle: "0x1",
    spec: matchall({
      actions: [
        {
          kind: "mirred",
          options: { action: "redirect", dev: ifb.name },
          cookie: cookie(redirect?.madeHolder ?? !holder),
        },
      ],
    }),
  };
  // A filter of ours that leads to an ifb which somebody has removed.
  if (filter) after.push(goneFilter(dev.name, filter));
  after.push({ step: { ...step, verb: "add" }, undo: { ...step, verb: "remove" } });
  return { before, after };
}

/** Takes away what `attach` made, and nothing else. */
export function detach({ dev, ifb, filter, ownHolder }: Attachment): Planned[] {
  const steps: Planned[] = [];
  if (filter) steps.push(goneFilter(dev.name, filter));
  if (ownHolder) steps.push({ step: holderStep("remove", dev.name), undo: holderStep("add", dev.name) });
  if (ifb.index !== undefined) steps.push({ step: link("remove", ifb.name) });
  return steps;
}
