/** Selectors of rules that the running kernel may not know. @module */
import { NLM_F_CREATE, NLM_F_EXCL } from "../codec/nlmsg/header.ts";
import { ruleActions, rule as schema } from "../codec/rtnetlink/rule.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { NetlinkError } from "./errors.ts";

/** Those of Linux 6.12 and later, and the version that each came with. */
const YOUNG = { dscp: "6.12", flowlabel: "6.14", sportMask: "6.15", dportMask: "6.15", dscpMask: "6.15" } as const;
type Young = keyof typeof YOUNG;

/** What was found out, by channel. */
const known = new WeakMap<Channel, Map<Young, boolean>>();

/**
 * Rules are parsed leniently: a kernel drops the selectors that it does not know, and adds the rule without them, which then matches
 * more than was meant, or all (nlmsg_parse_deprecated in fib_nl_newrule). So it is asked first, by a rule that no kernel takes: with
 * the selector, but without its value, and with a `goto` that the action contradicts. A kernel complains of what it knows: its extended
 * acknowledgement points at the selector, or does not.
 * @throws {NetlinkError} EOPNOTSUPP
 */
export async function checkSelectors(
  channel: Channel,
  value: { readonly [key: string]: unknown },
  operation: () => string,
  options: ExchangeOptions,
): Promise<void> {
  for (const selector of Object.keys(YOUNG) as Young[]) {
    if (value[selector] === undefined) continue;
    let found = known.get(channel);
    if (!found) known.set(channel, (found = new Map()));
    if (!found.has(selector)) found.set(selector, await isKnown(channel, value.family as number, selector, options));
    if (!found.get(selector))
      throw new NetlinkError({
        code: "EOPNOTSUPP",
        errno: 95,
        operation: operation(),
        text: `this kernel does not know the selector, which Linux ${YOUNG[selector]} brought`,
        attribute: selector,
      });
  }
}

async function isKnown(channel: Channel, family: number, selector: Young, options: ExchangeOptions): Promise<boolean> {
  const [type] = schema.fields[selector]!;
  const { nop } = ruleActions.values;
  const head = { family, dstLen: 0, srcLen: 0, tos: 0, table: 0, action: nop, flags: 0 };
  const value = { ...head, goto: 1, unknown: [{ type, data: new Uint8Array(0) }] };
  try {
    await channel.ack({ type: RTM.newrule, flags: NLM_F_CREATE | NLM_F_EXCL, schema, value }, options);
  } catch (e) {
    if (!(e instanceof NetlinkError) || e.code === "ETIMEDOUT" || e.code === "ECANCELED") throw e;
    return e.code !== "EINVAL" || e.attribute !== undefined; // EPERM and the like are the rule's own to say
  }
  return true;
}
