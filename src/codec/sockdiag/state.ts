/** States of sockets: TCP's, which the other families borrow (net/tcp_states.h, by the names of linux/bpf.h). @module */
import { names } from "../schema/scalar.ts";

/** In ss's words. A datagram socket is `established` when connected and `close` when not. */
export const socketStates = names(
  "BPF_TCP_",
  {
    established: 1,
    "syn-sent": 2,
    "syn-recv": 3,
    "fin-wait-1": 4,
    "fin-wait-2": 5,
    "time-wait": 6,
    close: 7,
    "close-wait": 8,
    "last-ack": 9,
    listen: 10,
    closing: 11,
    /** A connection request that has no socket yet. The kernel reports it as `syn-recv`. */
    "new-syn-recv": 12,
    /** Bound, and neither listening nor connected (Linux 6.8). */
    "bound-inactive": 13,
  },
  { "fin-wait-1": "FIN_WAIT1", "fin-wait-2": "FIN_WAIT2" },
);
export type SocketState = keyof typeof socketStates.values;

const bit = (...states: SocketState[]): number =>
  states.reduce((mask, state) => mask | (1 << socketStates.values[state]), 0);

/** All states of a request's mask. */
export const ALL_STATES = /* @__PURE__ */ bit(...(Object.keys(socketStates.values) as SocketState[]));
const minisockets = /* @__PURE__ */ bit("syn-recv", "new-syn-recv", "time-wait");
const unconnected = /* @__PURE__ */ bit("listen", "close", "bound-inactive");

/** What may follow `state` in ss: every state by its name and by ss's other ones, and its sets of states, as masks. */
export const stateSets: { readonly [name: string]: number } = /* @__PURE__ */ (() => ({
  ...Object.fromEntries(Object.entries(socketStates.values).map(([name, n]) => [name, 1 << n])),
  // A request without a socket is shown as syn-recv, and the kernel takes the one for the other.
  "syn-recv": bit("syn-recv", "new-syn-recv"),
  "new-syn-recv": bit("syn-recv", "new-syn-recv"),
  listening: bit("listen"),
  closed: bit("close"),
  unconnected: bit("close"),
  unconn: bit("close"),
  all: ALL_STATES,
  connected: ALL_STATES & ~unconnected,
  synchronized: ALL_STATES & ~unconnected & ~bit("syn-sent"),
  bucket: minisockets,
  big: ALL_STATES & ~minisockets,
}))();
