/** IPsec: the kernel's security associations and policies. @module */
import { XFRM } from "../../codec/xfrm/types.ts";
import type { Transport } from "../../transport/transport.ts";
import { Channel } from "../channel.ts";
import type { ConnectionOptions } from "../connection.ts";
import type { NotificationOptions } from "../notifications.ts";
import { checkOptions } from "../options.ts";
import { type XfrmEvent, type XfrmSelection, xfrmEvents } from "./events.ts";
import { xfrmHost } from "./host.ts";
import { XfrmPolicies } from "./policies.ts";
import { XfrmStates } from "./states.ts";

export interface XfrmOptions extends ConnectionOptions {
  /** With a `transport`: one of rtnetlink beside it, to name devices with. Without it they are known by their index only. */
  readonly routeTransport?: Transport | undefined;
}

/** What `Xfrm.open()` of the package gives. */
export class Xfrm implements AsyncDisposable {
  /** Security associations: `ip xfrm state`. */
  readonly states: XfrmStates;
  /** Which packets are to be protected, and how: `ip xfrm policy`. */
  readonly policies: XfrmPolicies;
  /** The conversation below, for raw work. */
  readonly channel: Channel;
  readonly #route: Channel | undefined;

  private constructor(channel: Channel, route: Channel | undefined) {
    this.channel = channel;
    this.#route = route;
    const host = xfrmHost(channel, route);
    this.states = new XfrmStates(host);
    this.policies = new XfrmPolicies(host);
  }

  /**
   * Opens sockets of this machine's kernel, in a namespace or the process's own, or takes the transports that are given.
   * @throws {TransportUnavailable} not on Linux, or koffi is not installed
   * @throws {NamespaceNotFound} `namespace not found: NAME` @throws {TransportError} EPROTONOSUPPORT: a kernel without IPsec
   */
  static async open(options: XfrmOptions = {}): Promise<Xfrm> {
    checkOptions("xfrm", options, ["netns", "transport", "routeTransport", "timeout", "receiveBufferSize"]);
    const { transport, routeTransport, netns, receiveBufferSize, timeout } = options;
    if (transport)
      return new Xfrm(new Channel(transport, { timeout }), routeTransport && new Channel(routeTransport, { timeout }));
    const { openLinux } = await import("../../transport/linux/index.ts");
    const socket = openLinux({ protocol: XFRM, netns, receiveBufferSize });
    try {
      // Both at once: the name may belong to another namespace later.
      const route = openLinux({ protocol: 0, netns });
      return new Xfrm(new Channel(socket, { timeout }), new Channel(route, { timeout }));
    } catch (e) {
      socket.close();
      throw e;
    }
  }

  /**
   * What happens: `for await (const event of xfrm.events({ states: true, acquires: true }))`. It listens from this call on; devices are
   * known by their index. Leaving the loop ends it.
   * @throws {OptionError} nothing is selected
   */
  events(selection: XfrmSelection, options: NotificationOptions = {}): AsyncIterableIterator<XfrmEvent> {
    return xfrmEvents(this.channel, selection, () => undefined, options);
  }

  get closed(): boolean {
    return this.channel.closed;
  }
  /** Rejects what is pending, and closes the sockets. Idempotent. */
  close(): void {
    this.channel.close();
    this.#route?.close();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}
