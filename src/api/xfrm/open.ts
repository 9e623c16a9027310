/** IPsec as the package gives it: its code is loaded when a socket for it is opened. @module */
import type { Xfrm as Ipsec, XfrmOptions } from "./xfrm.ts";

/**
 * ```ts
 * await using xfrm = await Xfrm.open();
 * await xfrm.states.add({ src: "192.0.2.1", dst: "192.0.2.2", proto: "esp", spi: 0x100, mode: "tunnel", reqid: 1,
 *   aead: { name: "rfc4106(gcm(aes))", key: `0x${"00".repeat(20)}`, icvBits: 128 } });
 * await xfrm.policies.add({ dir: "out", selector: { src: "10.1.0.0/16", dst: "10.2.0.0/16" },
 *   templates: [{ src: "192.0.2.1", dst: "192.0.2.2", proto: "esp", mode: "tunnel", reqid: 1 }] });
 * for await (const event of xfrm.events({ expiries: true })) console.log(event);
 * ```
 * All of it takes CAP_NET_ADMIN.
 */
export type Xfrm = Ipsec;
export const Xfrm = {
  /**
   * Opens a socket of this machine's kernel, in a namespace or the process's own, or takes the transport that is given.
   * @throws {TransportUnavailable} not on Linux, or koffi is not installed
   * @throws {NamespaceNotFound} `namespace not found: NAME`
   */
  async open(options?: XfrmOptions): Promise<Xfrm> {
    const { Xfrm } = await import("./xfrm.ts");
    return Xfrm.open(options);
  },
} as const;
