/** Numbers of the system that several files here need (asm-generic, for all of Node's Linux targets). @module */

// bits/socket.h, asm-generic/socket.h
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_RCVBUF = 8;
export const SO_RCVBUFFORCE = 33;
export const MSG_TRUNC = 0x20;

// linux/netlink.h
export const SOL_NETLINK = 270;
export const NETLINK_PKTINFO = 3;
export const NETLINK_LISTEN_ALL_NSID = 8;
/** sizeof(struct sockaddr_nl) */
export const SOCKADDR_NL_SIZE = 12;

// linux/if.h
export const IFNAMSIZ = 16;
/** sizeof(struct ifreq) */
export const IFREQ_SIZE = 40;
