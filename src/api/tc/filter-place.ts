/** Where filters and chains stand. @module */
import { formatHandle, parseHandle, TC_H_INGRESS, TC_H_MIN_EGRESS, TC_H_MIN_INGRESS } from "../../codec/tc/handle.ts";
import { MAGIC_BLOCK } from "../../codec/tc/tcmsg.ts";
import { ETHERTYPE_FORMS, parseEthertype } from "../../codec/text/ethertype.ts";
import type { Channel, ExchangeOptions } from "../channel.ts";
import { indexOf } from "../device.ts";
import { checkOptions, integer, OptionError } from "../options.ts";
import type { Target } from "./host.ts";

/** Where on its device a filter or chain is: `"root"` (the qdisc there) by default, `"ingress"` or `"egress"` of a clsact, a qdisc or class. */
export type FilterParent = "root" | "ingress" | "egress" | (string & {}) | number;
export const FILTER_PARENT_FORMS = `"root", "ingress", "egress" or a handle such as "1:" or "1:10"`;

/** TC_H_* of a filter's parent; 0 is the qdisc at the root. @throws {OptionError} */
export function filterParent(where: string, parent: FilterParent = "root"): number {
  if (parent === "root") return 0;
  if (parent === "ingress") return TC_H_MIN_INGRESS;
  if (parent === "egress") return TC_H_MIN_EGRESS;
  const handle = parseHandle(parent);
  if (handle !== undefined) return handle;
  throw new OptionError(
    `${where}: ${JSON.stringify(parent)} is not ${FILTER_PARENT_FORMS}`,
    "parent",
    FILTER_PARENT_FORMS,
  );
}
export function formatFilterParent(parent: number): string {
  if (parent === TC_H_MIN_INGRESS || parent === TC_H_INGRESS) return "ingress";
  return parent === TC_H_MIN_EGRESS ? "egress" : formatHandle(parent);
}

/** The head's members that say where: of a shared block its number stands for the parent. */
export async function whereOf(
  channel: Channel,
  target: Target,
  parent: FilterParent | undefined,
  options: ExchangeOptions,
): Promise<{ ifindex: number; parent: number }> {
  if (typeof target !== "object") {
    const at = filterParent("filter.parent", parent);
    return { ifindex: await indexOf(channel, target, options), parent: at };
  }
  checkOptions("block", target, ["block"]);
  if (parent !== undefined)
    throw new OptionError("filter.parent: a block has none", "parent", "no parent together with a block");
  return { ifindex: MAGIC_BLOCK, parent: integer("block", target.block) };
}

/** @throws {OptionError} */
export function ethertypeOption(where: string, protocol: string | number): number {
  const parsed = parseEthertype(protocol);
  if (parsed !== undefined) return parsed;
  throw new OptionError(`${where}: ${JSON.stringify(protocol)} is not ${ETHERTYPE_FORMS}`, "protocol", ETHERTYPE_FORMS);
}
