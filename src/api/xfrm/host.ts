/** What the facets of IPsec stand on. @module */
import type { Channel, ExchangeOptions } from "../channel.ts";
import type { DeviceName } from "../facet.ts";

export interface XfrmHost {
  readonly channel: Channel;
  /** A conversation of rtnetlink in the same namespace, which knows devices by name. */
  readonly devices: Channel;
  /** Names of devices as of now. */
  names(options: ExchangeOptions): Promise<DeviceName>;
}
/** What iproute2 begins requests for counts with; the kernel makes nothing of it. */
export const ALL_FLAGS = 0xffffffff;
