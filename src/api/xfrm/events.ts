/** What the kernel tells of IPsec: `ip xfrm monitor`. @module */

import { xfrmMessage } from "../../codec/xfrm/messages.ts";
import type {
  XfrmAcquireMessage,
  XfrmPolicyExpireMessage,
  XfrmPolicyIdMessage,
  XfrmPolicyMessage,
} from "../../codec/xfrm/policy.ts";
import type { XfrmExpireMessage, XfrmStateIdMessage, XfrmStateMessage } from "../../codec/xfrm/state.ts";
import { type XfrmType, xfrmGroups, xfrmProtocols } from "../../codec/xfrm/types.ts";
import type { Channel } from "../channel.ts";
import type { DeviceName } from "../facet.ts";
import { mapped } from "../iterate.ts";
import { type NotificationOptions, notifications } from "../notifications.ts";
import { checkOptions, OptionError } from "../options.ts";
import { wordOf } from "./common.ts";
import { readPolicy, type XfrmPolicy } from "./policy-value.ts";
import { readSelector, type XfrmSelector } from "./selector.ts";
import { readState, type XfrmProtocol, type XfrmState } from "./state-value.ts";

/** What to be told of. */
export interface XfrmSelection {
  readonly states?: boolean | undefined;
  readonly policies?: boolean | undefined;
  /** Packets that wait for a state. */
  readonly acquires?: boolean | undefined;
  /** Limits of states and policies that are reached. */
  readonly expiries?: boolean | undefined;
  /** Counters of states, changes of addresses behind a NAT, tunnels that moved, packets without a policy: as the kernel tells them. */
  readonly counters?: boolean | undefined;
  readonly mappings?: boolean | undefined;
  readonly migrations?: boolean | undefined;
  readonly reports?: boolean | undefined;
  readonly all?: boolean | undefined;
}
const { acquire, expire, sa, policy, aevents, report, migrate, mapping } = xfrmGroups.values;
const GROUPS = {
  states: sa,
  policies: policy,
  acquires: acquire,
  expiries: expire,
  counters: aevents,
  mappings: mapping,
  migrations: migrate,
  reports: report,
} as const;

export type XfrmEvent =
  | { readonly type: "state"; readonly action: "new" | "update" | "del"; readonly state: XfrmState }
  | { readonly type: "policy"; readonly action: "new" | "update" | "del"; readonly policy: XfrmPolicy }
  /** All states, those of a protocol, or all policies are gone. */
  | { readonly type: "flush"; readonly of: "states"; readonly proto?: XfrmProtocol | number }
  | { readonly type: "flush"; readonly of: "policies" }
  /** A packet waits for a state like this: the state to be made from `src` to `dst` for what `selector` says, `seq` naming the wish. */
  | {
      readonly type: "acquire";
      readonly src: string;
      readonly dst: string;
      readonly proto: XfrmProtocol | "ipsec-any" | number;
      readonly selector: XfrmSelector | undefined;
      readonly policy: XfrmPolicy;
      readonly seq: number;
    }
  /** A soft limit is reached, or a hard one, and the state is gone. */
  | { readonly type: "expire"; readonly hard: boolean; readonly state: XfrmState }
  | { readonly type: "policyExpire"; readonly hard: boolean; readonly policy: XfrmPolicy }
  | { readonly type: "counters" | "mapping" | "migration" | "report"; readonly message: unknown }
  /** Some were lost: what is known must be read anew. */
  | { readonly type: "overrun" };

/** @throws {OptionError} nothing selected */
export function xfrmEvents(
  channel: Channel,
  selection: XfrmSelection,
  deviceName: DeviceName,
  options: NotificationOptions,
): AsyncIterableIterator<XfrmEvent> {
  const names = Object.keys(GROUPS) as (keyof typeof GROUPS)[];
  checkOptions("events", selection, [...names, "all"]);
  const groups = names.filter((name) => selection.all || selection[name]).map((name) => GROUPS[name]);
  if (groups.length === 0) throw new OptionError("events: nothing is selected", "all", `${names.join(", ")} or all`);
  return mapped(
    notifications(channel, groups, options, (type) => xfrmMessage(type, 0)),
    (told) => (told.type === "overrun" ? told : eventOf(told.type, told.value, deviceName)),
  );
}

const ACTIONS: { readonly [T in XfrmType]?: "new" | "update" | "del" } = {
  newsa: "new",
  updsa: "update",
  delsa: "del",
  newpolicy: "new",
  updpolicy: "update",
  delpolicy: "del",
};
/** Undefined for what is no event. */
function eventOf(type: XfrmType, value: unknown, deviceName: DeviceName): XfrmEvent | undefined {
  switch (type) {
    case "newsa":
    case "updsa":
      return { type: "state", action: ACTIONS[type]!, state: readState(value as XfrmStateMessage, deviceName) };
    case "delsa": {
      const { sa, daddr: _, ...rest } = value as XfrmStateIdMessage;
      return (
        sa && { type: "state", action: "del", state: readState({ ...rest, ...sa } as XfrmStateMessage, deviceName) }
      );
    }
    case "newpolicy":
    case "updpolicy":
      return { type: "policy", action: ACTIONS[type]!, policy: readPolicy(value as XfrmPolicyMessage, deviceName) };
    case "delpolicy": {
      const { policy, ...rest } = value as XfrmPolicyIdMessage;
      return policy && { type: "policy", action: "del", policy: readPolicy({ ...rest, ...policy }, deviceName) };
    }
    case "flushsa": {
      const { proto } = value as { proto: number };
      const only = proto === 0 ? {} : { proto: wordOf(xfrmProtocols, proto) as XfrmProtocol };
      return { type: "flush", of: "states", ...only };
    }
    case "flushpolicy":
      return { type: "flush", of: "policies" };
    case "acquire": {
      const m = value as XfrmAcquireMessage;
      return {
        type: "acquire",
        src: String(m.saddr),
        dst: String(m.daddr),
        proto: wordOf(xfrmProtocols, m.proto),
        selector: readSelector(m.sel, deviceName),
        policy: readPolicy({ ...m.policy, ...(m.tmpl && { tmpl: m.tmpl }) }, deviceName),
        seq: m.seq,
      };
    }
    case "expire": {
      const { state, hard, ...rest } = value as XfrmExpireMessage;
      return { type: "expire", hard: hard !== 0, state: readState({ ...rest, ...state }, deviceName) };
    }
    case "polexpire": {
      const { pol, hard, ...rest } = value as XfrmPolicyExpireMessage;
      return { type: "policyExpire", hard: hard !== 0, policy: readPolicy({ ...rest, ...pol }, deviceName) };
    }
    case "newae":
      return { type: "counters", message: value };
    case "mapping":
      return { type: "mapping", message: value };
    case "migrate":
      return { type: "migration", message: value };
    case "report":
      return { type: "report", message: value };
    default:
      return undefined;
  }
}
