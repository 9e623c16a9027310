import { expectTypeOf, test } from "vitest";
import type { NetlinkSocket, SockDiag, Socket, TcpInfo, TcpSocket, UnixSocket } from "../../src/index.ts";

test("the kind that is asked for is the type of what comes, and the union discriminates", async () => {
  const sockets = {} as SockDiag;
  expectTypeOf(sockets.list("tcp")).resolves.toEqualTypeOf<TcpSocket[]>();
  expectTypeOf(sockets.list(["unix", "netlink"])).resolves.toEqualTypeOf<(UnixSocket | NetlinkSocket)[]>();
  expectTypeOf(sockets.list("all")).resolves.toEqualTypeOf<Socket[]>();
  const one = {} as Socket;
  if (one.protocol === "tcp") expectTypeOf(one.info).toEqualTypeOf<TcpInfo | undefined>();
  if (one.family === "unix") expectTypeOf(one.path).toEqualTypeOf<string | undefined>();
  expectTypeOf<TcpInfo["rttMs"]>().toEqualTypeOf<number>();
  expectTypeOf<TcpInfo["bytesAcked"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<TcpInfo["pacingRateBytesPerSecond"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<TcpInfo["options"]>().items.toExtend<string>();
  // @ts-expect-error there is no such kind
  sockets.list("nosuch");
  // @ts-expect-error unix sockets cannot be destroyed
  sockets.destroyMatching("unix", { filter: "autobound" });
});
