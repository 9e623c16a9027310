/** What traffic control's facets share: the kernel's clock, devices by name, errors in its own words. @module */
import type { DeviceIndex } from "../../codec/schema/friendly.ts";
import { formatHandle, HANDLE_FORMS, parseHandle, parseParent } from "../../codec/tc/handle.ts";
import { contextOf, type TcContext } from "../../codec/tc/kind.ts";
import { modernPsched, type Psched, parsePsched } from "../../codec/tc/psched.ts";
import { CodecError } from "../../codec/wire/error.ts";
import type { Transport } from "../../transport/transport.ts";
import type { Channel, ExchangeOptions } from "../channel.ts";
import { type Device, indexOf } from "../device.ts";
import { NetlinkError } from "../errors.ts";
import { OptionError } from "../options.ts";

const clocks = new WeakMap<Transport, Psched>();
/** The clock of the kernel on the other side. */
function psched(transport: Transport): Psched {
  let clock = clocks.get(transport);
  if (clock === undefined) {
    clock = parsePsched(transport.psched?.() ?? "") ?? modernPsched;
    clocks.set(transport, clock);
  }
  return clock;
}
const contexts = new WeakMap<Channel, TcContext>();
/** What the channel's host is like. */
function hostContext(channel: Channel): TcContext {
  let context = contexts.get(channel);
  if (context === undefined) {
    const { transport } = channel;
    context = contextOf({
      psched: psched(transport),
      little: transport.byteOrder === "little",
      readDistribution: (name) => transport.distribution?.(name),
    });
    contexts.set(channel, context);
  }
  return context;
}

/** For reading: names of devices where they are known. */
export const readContext = (
  channel: Channel,
  names: { get(index: number): string | undefined },
  facts: Partial<TcContext> = {},
): TcContext => contextOf({ deviceName: (i) => names.get(i), ...facts }, hostContext(channel));

/** An OptionError of what the codec refuses. */
export function asOptionError(e: unknown): unknown {
  return e instanceof CodecError ? new OptionError(e.message, e.path, e.reason) : e;
}

/**
 * What `make` makes of options that may name devices: it is asked once for the names, which are then looked up, and once more.
 * What is wrong with the options is said before anything is sent.
 */
export async function made<T>(
  channel: Channel,
  make: (context: TcContext) => T,
  options: ExchangeOptions,
  facts: Partial<TcContext> = {},
): Promise<T> {
  const names = new Set<string>();
  const attempt = (deviceIndex: DeviceIndex): T => {
    try {
      return make(contextOf({ deviceIndex, ...facts }, hostContext(channel)));
    } catch (e) {
      throw asOptionError(e);
    }
  };
  const first = attempt((name) => {
    names.add(name);
    return 0;
  });
  if (names.size === 0) return first;
  const found = new Map<string, number>();
  for (const name of names) found.set(name, await indexOf(channel, name, options));
  return attempt((name) => found.get(name)!);
}
/** As `made`, where devices must be indexes: for requests that are prepared and not sent. */
export function madeByIndex<T>(channel: Channel, make: (context: TcContext) => T, facts: Partial<TcContext> = {}): T {
  try {
    return make(contextOf(facts, hostContext(channel)));
  } catch (e) {
    throw asOptionError(e);
  }
}

/** @throws {OptionError} */
export function handleOption(where: string, handle: string | number): number {
  const parsed = parseHandle(handle);
  if (parsed !== undefined) return parsed;
  throw new OptionError(
    `${where}: ${JSON.stringify(handle)} is not ${HANDLE_FORMS}`,
    where.split(".").at(-1)!,
    HANDLE_FORMS,
  );
}
export { HANDLE_FORMS as HANDLE_FORMS_NEEDED } from "../../codec/tc/handle.ts";
export const PARENT_FORMS = `"root", "ingress", "clsact" or ${HANDLE_FORMS}`;
/** @throws {OptionError} */
export function parentOption(where: string, parent: string | number): number {
  const parsed = parseParent(parent);
  if (parsed !== undefined) return parsed;
  throw new OptionError(`${where}: ${JSON.stringify(parent)} is not ${PARENT_FORMS}`, "parent", PARENT_FORMS);
}

/** A device, or a block of filters that qdiscs share. */
export type Target = Device | { readonly block: number };
export const targetName = (target: Target): string =>
  typeof target === "object" ? `block ${target.block}` : String(target);
export const describePlace = (parent: number | undefined): string =>
  parent === undefined ? "" : ` at ${formatHandle(parent)}`;

/** What the kernel says of a kind that it lacks (ENOENT, as for an object that is not there): the kind, and the module it wants. */
const LACKING = /kind is unknown|not found|load TC action|Unknown qdisc|ematch/i;
/** Of kinds whose module is called otherwise. */
const MODULES: { readonly [kind: string]: string } = { clsact: "ingress", teql0: "teql" };
export function lacking(e: unknown, what: "qdisc" | "classifier" | "action", kind: string, operation: string): unknown {
  if (!(e instanceof NetlinkError) || e.code !== "ENOENT" || !LACKING.test(e.kernelMessage ?? "")) return e;
  const module = `${{ qdisc: "sch", classifier: "cls", action: "act" }[what]}_${MODULES[kind] ?? kind}`;
  return new NetlinkError({
    code: "EOPNOTSUPP",
    errno: 95,
    operation,
    text: `the kernel lacks the ${what} ${kind} (module ${module}): ${e.kernelMessage}`,
    cause: e,
  });
}

/** What filters and chains should be in, and is not there: EINVAL in the kernel's words (tcf_qdisc_find, tc_ctl_chain of cls_api.c). */
const ABSENT =
  /Parent Qdisc doesn't exist|Block of given index was not found|Specified class doesn't exist|Cannot find specified filter chain/;
/** As ENOENT: what is not there cannot be found, nor removed. */
export function absent(e: unknown): unknown {
  if (!(e instanceof NetlinkError) || e.code !== "EINVAL" || !ABSENT.test(e.kernelMessage ?? "")) return e;
  return new NetlinkError({ code: "ENOENT", errno: 2, operation: e.operation, text: e.kernelMessage!, cause: e });
}
