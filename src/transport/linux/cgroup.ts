/** Sockets of a cgroup bound to a device, which is how programs run in a VRF (vrf_configure_cgroup in iproute2's ip/ipvrf.c). @module */
import { closeSync, openSync } from "node:fs";
import { failure } from "./failure.ts";
import { libc } from "./libc.ts";

/** The number of bpf(2), which libc has no function for. */
const SYS_BPF: { readonly [arch: string]: number } = {
  x64: 321,
  arm64: 280,
  riscv64: 280,
  loong64: 280,
  ppc64: 361,
  s390x: 351,
};
const BPF_PROG_LOAD = 5;
const BPF_PROG_ATTACH = 8;
const BPF_PROG_TYPE_CGROUP_SOCK = 9;
const BPF_CGROUP_INET_SOCK_CREATE = 2;
/** Large enough that V8 does not move it, and that the kernel finds zeros behind what is said. */
const ATTR = 144;

/** `bound_dev_if`, the first member of struct bpf_sock, becomes the device of each IP socket that is made; and it may be made. */
function program(index: number): Uint8Array {
  const code = new Uint8Array(4096);
  const view = new DataView(code.buffer);
  const little = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
  const instruction = (at: number, opcode: number, dst: number, src: number, imm: number) => {
    view.setUint8(at * 8, opcode);
    view.setUint8(at * 8 + 1, little ? (src << 4) | dst : (dst << 4) | src);
    view.setInt32(at * 8 + 4, imm, little);
  };
  instruction(0, 0xb7, 3, 0, index); // r3 = index
  instruction(1, 0x63, 1, 3, 0); // *(u32 *)(r1 + 0) = r3
  instruction(2, 0xb7, 0, 0, 1); // r0 = 1
  instruction(3, 0x95, 0, 0, 0); // exit
  return code;
}

/**
 * Binds the IP sockets that processes of a cgroup make from now on to a device. Needs CAP_BPF or CAP_SYS_ADMIN.
 * @throws {TransportError} `EPERM`, `ENOSYS`…
 */
export function bindCgroup(path: string, index: number): void {
  const c = libc();
  const number = SYS_BPF[process.arch];
  if (number === undefined) throw failure("bpf", 38);
  const little = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
  const code = program(index);
  const license = new Uint8Array(4096);
  license.set(new TextEncoder().encode("GPL"));
  const call = (operation: string, command: number, fill: (view: DataView) => void): number => {
    const attr = new Uint8Array(ATTR);
    fill(new DataView(attr.buffer));
    const result = c.bpf(number, command, attr, attr.length);
    if (result < 0) throw failure(operation, c.errno());
    return result;
  };
  const fd = call("bpf load", BPF_PROG_LOAD, (view) => {
    view.setUint32(0, BPF_PROG_TYPE_CGROUP_SOCK, little);
    view.setUint32(4, 4, little);
    view.setBigUint64(8, c.addressOf(code), little);
    view.setBigUint64(16, c.addressOf(license), little);
  });
  try {
    const cgroup = openSync(path, "r");
    try {
      call("bpf attach", BPF_PROG_ATTACH, (view) => {
        view.setUint32(0, cgroup, little);
        view.setUint32(4, fd, little);
        view.setUint32(8, BPF_CGROUP_INET_SOCK_CREATE, little);
      });
    } finally {
      closeSync(cgroup);
    }
  } finally {
    c.close(fd);
  }
}
