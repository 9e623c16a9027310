/** Byte order of hosts. Only payload fields declared big-endian ignore it; all of netlink's headers follow it. @module */

export type ByteOrder = "little" | "big";

/** Byte order of the machine this runs on: that of the local kernel's messages. */
export const hostOrder: ByteOrder = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? "little" : "big";
