/** BPF programs on a route. @module */
import { attrs, bare, string } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { u32, unit } from "../../schema/scalar.ts";

/** A program: the file descriptor is the request's, the name comes back. */
const program = attrs("program", { c: "LWT_BPF_PROG_" }, { fd: [1, u32], name: [2, string] });

/** LWTUNNEL_ENCAP_BPF (bpf_fill_encap_info): programs for packets that come in, go out, and are transmitted. */
export const bpfEncap = attrs(
  "bpfEncap",
  { c: "LWT_BPF_" },
  {
    in: [1, bare(program)],
    out: [2, bare(program)],
    xmit: [3, bare(program)],
    /** At most 256. */
    xmitHeadroom: [4, unit(u32, "bytes")],
  },
);
export interface BpfEncap extends Value<typeof bpfEncap> {}
