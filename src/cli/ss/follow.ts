/** `ss -E`: sockets as they are destroyed. @module */
import { type InetSocket, readInetSocket } from "../../api/sockets/inet-socket.ts";
import { filterOf, type SocketQuery } from "../../api/sockets/query.ts";
import { inetAnswer } from "../../api/sockets/request.ts";
import { inetSubject } from "../../api/sockets/subject.ts";
import { decoder } from "../../codec/schema/engine.ts";
import { matcher } from "../../codec/sockdiag/filter/match.ts";
import type { InetMessage } from "../../codec/sockdiag/inet.ts";
import { SOCK_DIAG, sockDiagGroups } from "../../codec/sockdiag/types.ts";
import { source } from "../../codec/wire/source.ts";
import type { Context } from "../context.ts";
import { usage } from "../failure.ts";
import { listen } from "../listen.ts";
import type { Table } from "./tables.ts";

const { values: G } = sockDiagGroups;
const GROUPS = {
  [G["inet-tcp-destroy"]]: ["tcp", "inet"],
  [G["inet-udp-destroy"]]: ["udp", "inet"],
  [G["inet6-tcp-destroy"]]: ["tcp", "inet6"],
  [G["inet6-udp-destroy"]]: ["udp", "inet6"],
} as const;

export async function follow(
  context: Context,
  tables: readonly Table[],
  query: SocketQuery,
  heading: string,
  shown: (socket: InetSocket) => string,
): Promise<void> {
  const groups = Object.entries(GROUPS).flatMap(([group, [table, family]]) =>
    tables.includes(table) && (query.family ?? family) === family ? [Number(group)] : [],
  );
  if (groups.length === 0) throw usage("ss: only tcp and udp sockets are told of");
  const { states: _, ...conditions } = query;
  const match = matcher(filterOf(conditions));
  context.io.stdout(heading);
  let little = true;
  await listen(context, {
    protocol: SOCK_DIAG,
    groups,
    joined: (channel) => {
      little = channel.transport.byteOrder === "little";
    },
    take({ group, payload }) {
      const [kind, family] = GROUPS[group as keyof typeof GROUPS]!;
      const decode = decoder(inetAnswer(kind, family), little ? "little" : "big");
      const message = decode(source(payload), 0, payload.length) as InetMessage;
      if (match(inetSubject(message, kind)) === false) return;
      context.io.stdout(shown(readInetSocket(kind, message, () => undefined, little)));
    },
  });
}
