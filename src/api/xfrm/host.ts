/** What the facets of IPsec stand on. @module */
import type { Channel, ExchangeOptions } from "../channel.ts";
import type { DeviceIndexes } from "../device.ts";
import type { DeviceName } from "../facet.ts";

export interface XfrmHost {
  readonly channel: Channel;
  /** What `build` makes of options that may name devices. @throws {OptionError} a name where there is nobody to ask */
  withIndexes<T>(build: (index: DeviceIndexes) => T, options: ExchangeOptions): Promise<T>;
  /** Names of devices as of now. */
  names(options: ExchangeOptions): Promise<DeviceName>;
}
/** What iproute2 begins requests for counts with; the kernel makes nothing of it. */
export const ALL_FLAGS = 0xffffffff;
