/** Devices by name or index. @module */

import { link } from "../codec/rtnetlink/link/link.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import { pick } from "../codec/schema/attrs.ts";
import { decoder } from "../codec/schema/engine.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { listDump } from "./dump.ts";
import { InterfaceNotFound, NetlinkError } from "./errors.ts";
import { OptionError } from "./options.ts";

/** A network device: its name (one of more than 15 characters is an alternative name), or its index. */
export type Device = string | number;

/** IFNAMSIZ less the NUL. */
export const NAME_MAX = 15;

/** What a message that asks for a device holds: a name up to 15 characters long, or an alternative one up to 127. */
export function nameAttributes(device: Device): { index: number } | { ifname: string } | { altIfname: string } {
  if (typeof device === "number") {
    if (!Number.isInteger(device) || device < 1 || device > 0x7fffffff) throw new InterfaceNotFound(device);
    return { index: device };
  }
  if (device === "" || device.includes("\0") || device.includes("/")) throw new InterfaceNotFound(device);
  const bytes = new TextEncoder().encode(device).length;
  if (bytes > 127) throw new InterfaceNotFound(device);
  return bytes > NAME_MAX ? { altIfname: device } : { ifname: device };
}

const names = pick(link, "index", "ifname");

/**
 * Index of a device. Asked of the kernel each time: a remembered one may belong to another device by now.
 * @throws {InterfaceNotFound}
 */
export function indexOf(channel: Channel, device: Device, options: ExchangeOptions = {}): number | Promise<number> {
  const by = nameAttributes(device);
  return "index" in by ? by.index : lookUp(channel, device, by, options);
}
/** Index of a filter's device, if it has one. @throws {InterfaceNotFound} */
export function indexIf(channel: Channel, device: Device | undefined, options: ExchangeOptions = {}) {
  return device === undefined ? undefined : indexOf(channel, device, options);
}
async function lookUp(channel: Channel, device: Device, by: object, options: ExchangeOptions): Promise<number> {
  return (await identify(channel, device, by, options)).index;
}
/** Name of a device that is given by index or by an alternative name, up to 15 characters long. @throws {InterfaceNotFound} */
export async function interfaceName(channel: Channel, device: Device, options: ExchangeOptions = {}): Promise<string> {
  const { ifname } = await identify(channel, device, nameAttributes(device), options);
  if (ifname === undefined) throw new InterfaceNotFound(device);
  return ifname;
}
async function identify(channel: Channel, device: Device, by: object, options: ExchangeOptions) {
  const decode = decoder(names, channel.transport.byteOrder);
  let found: { readonly index: number; readonly ifname?: string | undefined } = { index: 0 };
  try {
    // Without the counters of virtual functions: 252 of them do not fit in one message.
    await channel.reply(
      { type: RTM.getlink, schema: link, value: { ...by, extMask: 8 } },
      (_type, src, at, end) => {
        found = decode(src, at, end);
      },
      { ...options, operation: `find interface ${device}` },
    );
  } catch (e) {
    if (e instanceof NetlinkError && e.code === "ENODEV") throw new InterfaceNotFound(device, e);
    throw e;
  }
  return found;
}

/** Index of a device that options give, by name or index. */
export type DeviceIndexes = (device: Device) => number;

/**
 * Makes a request's value from options that may name devices: `build` runs first with stand-ins, so that what is wrong with the options
 * is said before anything is sent, and then with the indexes of the devices that it asked for.
 * @throws {InterfaceNotFound}
 */
export async function withIndexes<T>(
  channel: Channel,
  build: (index: DeviceIndexes) => T,
  options: ExchangeOptions = {},
): Promise<T> {
  const found = new Map<Device, number>();
  const value = build((device) => {
    const by = nameAttributes(device);
    if ("index" in by) return by.index;
    found.set(device, 0);
    return 1;
  });
  if (found.size === 0) return value;
  for (const name of found.keys()) found.set(name, await indexOf(channel, name, options));
  return build((device) => found.get(device) ?? (device as number));
}

/** For requests that are made without asking for devices. @throws {OptionError} a device by name */
export const byIndex: DeviceIndexes = (device) => {
  if (typeof device === "string")
    throw new OptionError(`dev: "${device}" is a name: a prepared request takes an index`, "dev", "an index");
  if (!Number.isInteger(device) || device < 1 || device > 0x7fffffff) throw new InterfaceNotFound(device);
  return device;
};

/** Names of all devices by index. */
export async function deviceNames(channel: Channel, options: ExchangeOptions = {}): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  await listDump(
    channel,
    {
      message: { type: RTM.getlink, schema: link, value: { extMask: 8 } },
      answer: names,
      map: ({ index, ifname }) => void (ifname !== undefined && found.set(index, ifname)),
    },
    { ...options, operation: "list links", onInterrupted: "ignore" },
  );
  return found;
}
