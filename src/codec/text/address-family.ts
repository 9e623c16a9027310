/** Address families that netlink's messages name (AF_* of linux/socket.h). @module */

const names: { readonly [family: number]: string } = {
  0: "unspec", 1: "unix", 2: "inet", 7: "bridge", 10: "inet6", 16: "netlink", 17: "packet", 28: "mpls", 29: "can", 40: "vsock", 44: "xdp", 127: "ip6mr", 128: "ipmr", 129: "ip6mr",
}; // biome-ignore format: a table

/** `"inet"` of 2; undefined of what has no name here. */
export const addressFamilyName = (family: number): string | undefined => names[family];
