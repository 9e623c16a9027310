/** Socket diagnostics as the package gives them: their code is loaded when a socket for them is opened. @module */
import type { SockDiagOptions, SockDiag as Sockets } from "./sockdiag.ts";

/**
 * ```ts
 * await using sockets = await SockDiag.open();
 * for (const s of await sockets.list("tcp", { filter: "dport = :443 and not state time-wait", include: ["info"] }))
 *   console.log(s.remote.address, s.info?.rttMs);
 * ```
 * Filters run in the kernel as far as it can, and on what it answers once more.
 */
export type SockDiag = Sockets;
export const SockDiag = {
  /**
   * Opens a socket of this machine's kernel, in a namespace or the process's own, or takes the transport that is given.
   * @throws {TransportUnavailable} not on Linux, or koffi is not installed
   * @throws {NamespaceNotFound} `namespace not found: NAME`
   */
  async open(options?: SockDiagOptions): Promise<SockDiag> {
    const { SockDiag } = await import("./sockdiag.ts");
    return SockDiag.open(options);
  },
} as const;
