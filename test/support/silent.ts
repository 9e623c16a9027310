/** For tests of what is said about options before anything is sent. @module */
import { Connection } from "../../src/api/connection.ts";
import type { Transport } from "../../src/transport/transport.ts";

/** A transport over which nothing may be sent. */
export const silentTransport: Transport = {
  protocol: 0,
  portId: 1,
  byteOrder: "little",
  closed: false,
  send: () => {
    throw new Error("something was sent");
  },
  receive: () => undefined,
  listen: () => {},
  join: () => {},
  leave: () => {},
  ref: () => {},
  unref: () => {},
  close: () => {},
};
/** A connection that fails where anything is sent. */
export const silent = (): Promise<Connection> => Connection.open({ transport: silentTransport });

/** A connection that acknowledges everything, and the requests that went over it: type, flags and payload in hex. */
export async function recorder(): Promise<{ nl: Connection; sent: { type: number; flags: number; hex: string }[] }> {
  const sent: { type: number; flags: number; hex: string }[] = [];
  const replies: Uint8Array[] = [];
  const transport: Transport = {
    ...silentTransport,
    send(datagram) {
      const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
      sent.push({
        type: view.getUint16(4, true),
        flags: view.getUint16(6, true),
        hex: Buffer.from(datagram.subarray(16, view.getUint32(0, true))).toString("hex"),
      });
      const reply = new Uint8Array(36);
      const out = new DataView(reply.buffer);
      out.setUint32(0, 36, true);
      out.setUint16(4, 2, true); // NLMSG_ERROR, of error 0
      out.setUint16(6, 0x100, true);
      out.setUint32(8, view.getUint32(8, true), true);
      out.setUint32(12, 1, true);
      reply.set(datagram.subarray(0, 16), 20);
      replies.push(reply);
    },
    receive() {
      const bytes = replies.shift();
      return bytes && { bytes, sender: 0, group: 0, truncated: 0, nsid: undefined };
    },
  };
  return { nl: await Connection.open({ transport }), sent };
}
