/** Names of devices by their indexes. @module */
import type { Channel } from "../../api/channel.ts";
import { indexOf } from "../../api/device.ts";
import { listDump } from "../../api/dump.ts";
import { isNotFound } from "../../api/errors.ts";
import { linkFlags } from "../../codec/rtnetlink/link/flags.ts";
import { link } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { pick } from "../../codec/schema/attrs.ts";
import { wrong } from "../failure.ts";

/** A device that a line names, where ip tells one that is not there as a wrong word. @throws {CommandError} */
export async function mustExist(channel: Channel, dev: string, reason = "Device does not exist"): Promise<number> {
  try {
    return await indexOf(channel, dev);
  } catch (e) {
    throw isNotFound(e) ? wrong(dev, reason) : e;
  }
}

interface Known {
  readonly name: string;
  readonly flags: number;
}
/** What is known of the devices of a namespace. */
export class Devices {
  readonly #known = new Map<number, Known>();

  remember(index: number, name: string, flags: number): void {
    this.#known.set(index, { name, flags });
  }
  forget(index: number): void {
    this.#known.delete(index);
  }
  /** The name, or `if3` where it is not known. */
  name(index: number): string {
    return this.#known.get(index)?.name ?? `if${index}`;
  }
  find(index: number): string | undefined {
    return this.#known.get(index)?.name;
  }
  isUp(index: number): boolean {
    return ((this.#known.get(index)?.flags ?? 0) & linkFlags.values.up) !== 0;
  }
}

const names = pick(link, "index", "flags", "ifname");
/** All devices of the channel's namespace. */
export async function devicesOf(channel: Channel): Promise<Devices> {
  const devices = new Devices();
  await listDump(
    channel,
    {
      message: { type: RTM.getlink, schema: link, value: { extMask: 8 } },
      answer: names,
      map: ({ index, flags, ifname }) => void devices.remember(index, ifname ?? "", flags),
    },
    { operation: "list links", onInterrupted: "ignore" },
  );
  return devices;
}
