/** Policies of IPsec in the user's terms, both ways. @module */
import type { XfrmTemplate as TemplateMessage, XfrmPolicyMessage } from "../../codec/xfrm/policy.ts";
import {
  xfrmActions,
  xfrmDirections,
  xfrmModes,
  xfrmPolicyFlags,
  xfrmPolicyTypes,
  xfrmProtocols,
  xfrmShares,
} from "../../codec/xfrm/types.ts";
import type { DeviceIndexes } from "../device.ts";
import { type DeviceName, flagNames } from "../facet.ts";
import { AF_INET, checkOptions, integer, OptionError, parseAddress, wordNumber } from "../options.ts";
import {
  flagsValue,
  limitsValue,
  markValue,
  readLifetime,
  readLimits,
  readMark,
  wordOf,
  type XfrmLifetime,
  type XfrmLimits,
  type XfrmLimitsOptions,
  type XfrmMark,
} from "./common.ts";
import { readSelector, selectorValue, type XfrmSelector, type XfrmSelectorOptions } from "./selector.ts";
import { protocolValue, spiNumber, type XfrmMode, type XfrmProtocol } from "./state-value.ts";

export type XfrmDirection = keyof typeof xfrmDirections.values;
export type XfrmPolicyFlag = keyof typeof xfrmPolicyFlags.values;
export type XfrmShare = keyof typeof xfrmShares.values;

/** Which policy: by what it is for, or by its index; and which way. */
export interface XfrmPolicyId {
  readonly dir: XfrmDirection | number;
  readonly selector?: XfrmSelectorOptions | undefined;
  /** The kernel makes one up for a new policy. */
  readonly index?: number | undefined;
  readonly mark?: XfrmMark | undefined;
  /** Id of an xfrm interface. */
  readonly ifId?: number | undefined;
  /** `"main"` by default. */
  readonly type?: "main" | "sub" | number | undefined;
}
/** A state that packets must go through; what is left out may be anything. */
export interface XfrmTemplateOptions {
  readonly src?: string | undefined;
  readonly dst?: string | undefined;
  readonly proto: XfrmProtocol | "ipsec-any" | number;
  readonly spi?: number | string | undefined;
  /** `"transport"` by default. */
  readonly mode?: XfrmMode | number | undefined;
  readonly reqid?: number | undefined;
  /** `"use"`: packets pass also without such a state. `"required"` by default. */
  readonly level?: "required" | "use" | undefined;
  readonly share?: XfrmShare | number | undefined;
}
/** In the words of `ip xfrm policy`. */
export interface XfrmPolicyOptions extends XfrmPolicyId {
  /** `"allow"` by default: protected by the templates, in clear without any. `"block"` drops. */
  readonly action?: keyof typeof xfrmActions.values | number | undefined;
  /** The lowest is looked at first. */
  readonly priority?: number | undefined;
  readonly flags?: readonly XfrmPolicyFlag[] | undefined;
  readonly limits?: XfrmLimitsOptions | undefined;
  /** In the order in which they are applied, six at most. */
  readonly templates?: readonly XfrmTemplateOptions[] | undefined;
}

export interface XfrmTemplate {
  src?: string;
  dst?: string;
  proto: XfrmProtocol | "ipsec-any" | number;
  spi?: number;
  mode: XfrmMode | number;
  reqid?: number;
  level: "required" | "use";
  share?: XfrmShare | number;
}
/** A policy as it is. It can be given again, but for what has been counted. */
export interface XfrmPolicy {
  dir: XfrmDirection | number;
  selector?: XfrmSelector;
  index: number;
  action: keyof typeof xfrmActions.values | number;
  priority: number;
  type: "main" | "sub" | "any" | number;
  flags: string[];
  mark?: XfrmMark;
  ifId?: number;
  limits: XfrmLimits;
  templates: XfrmTemplate[];
  lifetime: XfrmLifetime;
  /** Seconds since 1970. */
  lastUsedSeconds?: number;
  /** The decoded message, for the rest. */
  message: XfrmPolicyMessage;
}

type Obj = Record<string, unknown>;
const ID_KEYS = ["dir", "selector", "index", "mark", "ifId", "type"];
const KEYS = [
  ...ID_KEYS,
  "action",
  "priority",
  "flags",
  "limits",
  "templates",
  "lifetime",
  "lastUsedSeconds",
  "message",
];
const MAIN = xfrmPolicyTypes.values.main;
/** Any algorithm. */
const ALL = 0xffffffff;

/** The members of a request that mean one policy. @throws {OptionError} */
export function policyIdValue(
  where: string,
  id: XfrmPolicyId,
  index: DeviceIndexes,
  keys: readonly string[] = ID_KEYS,
): Obj {
  checkOptions(where, id, keys);
  if (id.dir === undefined) throw new OptionError(`${where}.dir: is missing`, "dir", "in, out, fwd");
  const type = id.type === undefined ? MAIN : wordNumber(`${where}.type`, xfrmPolicyTypes, id.type);
  const sel = selectorValue(`${where}.selector`, id.selector, index);
  return {
    dir: wordNumber(`${where}.dir`, xfrmDirections, id.dir),
    // A selector without an address is of IPv4, as ip's.
    sel: { ...sel, family: sel.family ?? AF_INET },
    index: id.index === undefined ? 0 : integer(`${where}.index`, id.index),
    ...(id.mark !== undefined && { mark: markValue(`${where}.mark`, id.mark) }),
    ...(id.ifId !== undefined && { ifId: integer(`${where}.ifId`, id.ifId) }),
    ...(type !== MAIN && { policyType: { type } }),
  };
}
/** The value of XFRM_MSG_NEWPOLICY. @throws {OptionError} */
export function policyValue(where: string, options: XfrmPolicyOptions, index: DeviceIndexes): Obj {
  const p = options;
  const id = policyIdValue(where, p, index, KEYS);
  const { family } = id.sel as { family: number };
  const { templates = [] } = p;
  if (!Array.isArray(templates))
    throw new OptionError(`${where}.templates: is not an array`, "templates", "an array of templates");
  return {
    ...id,
    action: p.action === undefined ? 0 : wordNumber(`${where}.action`, xfrmActions, p.action),
    priority: p.priority === undefined ? 0 : integer(`${where}.priority`, p.priority),
    flags: p.flags === undefined ? 0 : flagsValue(`${where}.flags`, xfrmPolicyFlags, p.flags),
    lft: limitsValue(`${where}.limits`, p.limits),
    ...(templates.length > 0 && {
      tmpl: templates.map((template, i) => templateValue(`${where}.templates[${i}]`, template, family)),
    }),
  };
}
function templateValue(where: string, t: XfrmTemplateOptions, selected: number): Obj {
  checkOptions(where, t, ["src", "dst", "proto", "spi", "mode", "reqid", "level", "share"]);
  if (t.proto === undefined) throw new OptionError(`${where}.proto: is missing`, "proto", "a protocol");
  const source = t.src === undefined ? undefined : parseAddress(`${where}.src`, t.src);
  const target = t.dst === undefined ? undefined : parseAddress(`${where}.dst`, t.dst);
  if (source !== undefined && target !== undefined && source !== target)
    throw new OptionError(`${where}: src and dst are of different families`, "src", "addresses of one family");
  const family = source ?? target ?? selected;
  if (t.level !== undefined && t.level !== "required" && t.level !== "use")
    throw new OptionError(`${where}.level: ${JSON.stringify(t.level)} is not one of required, use`, "level", "a word");
  return {
    family,
    ...(t.src !== undefined && { saddr: t.src }),
    ...(t.dst !== undefined && { daddr: t.dst }),
    proto: protocolValue(`${where}.proto`, t.proto as XfrmProtocol),
    spi: t.spi === undefined ? 0 : spiNumber(`${where}.spi`, t.spi),
    mode: t.mode === undefined ? 0 : wordNumber(`${where}.mode`, xfrmModes, t.mode),
    reqid: t.reqid === undefined ? 0 : integer(`${where}.reqid`, t.reqid),
    optional: t.level === "use" ? 1 : 0,
    share: t.share === undefined ? 0 : wordNumber(`${where}.share`, xfrmShares, t.share),
    aalgos: ALL,
    ealgos: ALL,
    calgos: ALL,
  };
}

/** A policy of what the kernel tells. */
export function readPolicy(m: XfrmPolicyMessage, deviceName: DeviceName): XfrmPolicy {
  const out: XfrmPolicy = {
    dir: wordOf(xfrmDirections, m.dir),
    index: m.index,
    action: wordOf(xfrmActions, m.action),
    priority: m.priority,
    type: wordOf(xfrmPolicyTypes, m.policyType?.type ?? MAIN),
    flags: flagNames(xfrmPolicyFlags, m.flags),
    limits: readLimits(m.lft),
    templates: (m.tmpl ?? []).map(readTemplate),
    lifetime: readLifetime(m.curlft),
    message: m,
  };
  const selector = readSelector(m.sel, deviceName);
  if (selector) out.selector = selector;
  if (m.mark) out.mark = readMark(m.mark);
  if (m.ifId !== undefined) out.ifId = m.ifId;
  if (m.lastused !== undefined) out.lastUsedSeconds = Number(m.lastused);
  return out;
}
function readTemplate(t: TemplateMessage): XfrmTemplate {
  const out: XfrmTemplate = {
    proto: wordOf(xfrmProtocols, t.proto),
    mode: wordOf(xfrmModes, t.mode),
    level: t.optional ? "use" : "required",
  };
  const given = (address: string | Uint8Array) => address !== "0.0.0.0" && address !== "::";
  if (given(t.saddr)) out.src = String(t.saddr);
  if (given(t.daddr)) out.dst = String(t.daddr);
  if (t.spi !== 0) out.spi = t.spi;
  if (t.reqid !== 0) out.reqid = t.reqid;
  if (t.share !== 0) out.share = wordOf(xfrmShares, t.share);
  return out;
}
