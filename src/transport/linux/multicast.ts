/** Link-layer multicast addresses of devices, which the kernel is told of by ioctl only. @module */
import { IFNAMSIZ, IFREQ_SIZE } from "./constants.ts";
import { failure } from "./failure.ts";
import { libc } from "./libc.ts";
import { type NetnsSpec, withNetns } from "./netns.ts";

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
const REQUESTS = { SIOCADDMULTI: 0x8931, SIOCDELMULTI: 0x8932 } as const;

/**
 * Adds a multicast address to those that a device receives, or deletes it.
 * @throws {TransportError} `ENODEV`, `EEXIST`, `ENOENT`, `EINVAL` it is none, `EPERM`
 */
export function setMulticast(
  device: string,
  address: Uint8Array,
  verb: "add" | "delete",
  netns?: NetnsSpec | undefined,
): void {
  const operation = verb === "add" ? "SIOCADDMULTI" : "SIOCDELMULTI";
  const c = libc();
  const socket = () => c.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
  const fd = netns === undefined ? socket() : withNetns(netns, socket);
  if (fd < 0) throw failure("socket", c.errno());
  try {
    // The name, and a struct sockaddr of family AF_UNSPEC.
    const ifreq = new Uint8Array(IFREQ_SIZE);
    ifreq.set(new TextEncoder().encode(device).subarray(0, IFNAMSIZ - 1));
    ifreq.set(address.subarray(0, 14), IFNAMSIZ + 2);
    if (c.ioctl(fd, REQUESTS[operation], ifreq) < 0) throw failure(`ioctl ${operation}`, c.errno(), device);
  } finally {
    c.close(fd);
  }
}
