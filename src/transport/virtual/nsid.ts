/** Ids that a namespace has for others (net/core/net_namespace.c). @module */
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { nsid as schema } from "../../codec/rtnetlink/nsid.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import type { RequestOf } from "./dispatch.ts";
import type { HandlerTable } from "./handlers.ts";
import { type Cause, type Kernel, nsidOf } from "./kernel.ts";
import type { Netns } from "./state.ts";

const UNASSIGNED = -1;
type NsidRequest = RequestOf<typeof schema>;

/** Gives a namespace an id, the lowest that is free if none is given, and tells of it (peernet2id_alloc). */
export function assignNsid(kernel: Kernel, net: Netns, other: number, wanted?: number, cause?: Cause): number {
  let nsid = wanted ?? 0;
  if (wanted === undefined) while (net.nsids.has(nsid)) nsid++;
  net.nsids.set(nsid, other);
  notify(kernel, net, RTM.newnsid, nsid, cause);
  return nsid;
}
/** Forgets what namespaces call one that is gone. */
export function dropNsids(kernel: Kernel, gone: number): void {
  for (const net of kernel.state.netns.values()) {
    const nsid = nsidOf(net, gone);
    if (nsid === undefined) continue;
    net.nsids.delete(nsid);
    notify(kernel, net, RTM.delnsid, nsid);
  }
}
function notify(kernel: Kernel, net: Netns, type: number, nsid: number, cause?: Cause): void {
  kernel.notify(net, rtnetlinkGroups.values.nsid, type, schema, () => ({ family: 0, nsid }), { cause });
}

/** The namespace that a request means. */
function peerOf(request: NsidRequest): number {
  const { pid, fd, nsid } = request.value;
  if (pid !== undefined)
    return (
      request.kernel.state.processes.get(pid) ?? refuse("ESRCH", "Peer netns reference is invalid", { at: ["pid"] })
    );
  if (fd !== undefined)
    return request.kernel.byDescriptor(fd) ?? refuse("EBADF", "Peer netns reference is invalid", { at: ["fd"] });
  if (nsid !== undefined)
    return request.net.nsids.get(nsid) ?? refuse("ENOENT", "Peer netns reference is invalid", { at: ["nsid"] });
  return refuse("EINVAL", "Peer netns reference is missing");
}

function newNsid(request: NsidRequest): void {
  const { kernel, net, value } = request;
  if (value.nsid === undefined) refuse("EINVAL", "nsid is missing");
  const peer =
    value.pid === undefined && value.fd === undefined
      ? refuse("EINVAL", "Peer netns reference is missing")
      : peerOf(request);
  if (nsidOf(net, peer) !== undefined)
    refuse("EEXIST", "Peer netns already has a nsid assigned", { at: [value.pid === undefined ? "fd" : "pid"] });
  if (value.nsid >= 0 && net.nsids.has(value.nsid))
    refuse("EEXIST", "The specified nsid is already used", { at: ["nsid"] });
  assignNsid(kernel, net, peer, value.nsid < 0 ? undefined : value.nsid, request);
}

function targetOf(request: NsidRequest): Netns {
  const { targetNsid } = request.value;
  if (targetNsid === undefined) return request.net;
  const id = request.net.nsids.get(targetNsid);
  if (id === undefined) refuse("EINVAL", "Target netns reference is invalid", { at: ["targetNsid"] });
  return request.kernel.netns(id);
}

function getNsid(request: NsidRequest): void {
  const { net, value } = request;
  const peer = peerOf(request);
  const target = targetOf(request);
  const idOf = (of: Netns) => (of.id === peer ? UNASSIGNED : (nsidOf(of, peer) ?? UNASSIGNED));
  request.reply(RTM.newnsid, schema, {
    family: 0,
    nsid: idOf(target),
    ...(value.targetNsid === undefined ? {} : { currentNsid: idOf(net) }),
  });
}

const message = (nsid: number, current: number | undefined) => ({
  family: 0,
  nsid,
  ...(current === undefined ? {} : { currentNsid: current }),
});

export const nsidHandlers: HandlerTable = [
  [RTM.newnsid, { doit: newNsid }],
  [
    RTM.getnsid,
    {
      doit: getNsid,
      dump: (request: NsidRequest) => {
        const target = targetOf(request);
        const asked = request.value.targetNsid !== undefined;
        return [
          {
            type: RTM.newnsid,
            schema,
            items: [...target.nsids].sort((a, b) => a[0] - b[0]),
            fill: ([nsid, id]: [number, number]) =>
              message(nsid, asked ? (nsidOf(request.net, id) ?? UNASSIGNED) : undefined),
          },
        ];
      },
    },
  ],
];
