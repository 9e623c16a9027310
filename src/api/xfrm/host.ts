/** What the facets of IPsec stand on: its own conversation, and one of rtnetlink in the same namespace, which knows devices by name. @module */
import type { Channel, ExchangeOptions } from "../channel.ts";
import { type DeviceIndexes, deviceNames, withIndexes } from "../device.ts";
import type { DeviceName } from "../facet.ts";
import { OptionError } from "../options.ts";

export interface XfrmHost {
  readonly channel: Channel;
  /** What `build` makes of options that may name devices. @throws {OptionError} a name where there is nobody to ask */
  withIndexes<T>(build: (index: DeviceIndexes) => T, options: ExchangeOptions): Promise<T>;
  /** Names of devices as of now. */
  names(options: ExchangeOptions): Promise<DeviceName>;
}
export function xfrmHost(channel: Channel, route: Channel | undefined): XfrmHost {
  return {
    channel,
    withIndexes: async (build, { timeout, signal }) =>
      route ? withIndexes(route, build, { timeout, signal }) : build(onlyIndex),
    names: async ({ timeout, signal }) => {
      const names = route && (await deviceNames(route, { timeout, signal }));
      return (index) => names?.get(index);
    },
  };
}
const onlyIndex: DeviceIndexes = (device) => {
  if (typeof device === "number") return device;
  const text = `dev: ${JSON.stringify(device)} is a name: without a routeTransport devices are known by index`;
  throw new OptionError(text, "dev", "an index");
};

/** What iproute2 begins requests for counts with; the kernel makes nothing of it. */
export const ALL_FLAGS = 0xffffffff;
