/** The kernel's side of filters, told again: inet_diag_bc_audit and inet_diag_bc_run of net/ipv4/inet_diag.c. @module */
import type { Subject } from "../../../src/codec/sockdiag/filter/match.ts";

const SIZES: { readonly [code: number]: number } = { 2: 8, 3: 8, 4: 8, 5: 8, 9: 8, 10: 12, 11: 8, 12: 8, 13: 12 };

/** Whether the kernel would take the code. */
export function audit(code: Uint8Array): boolean {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const total = code.length;
  if (total < 4) return false;
  /** Whether an operation begins `left` bytes before the end. */
  const begins = (left: number): boolean => {
    let at = 0;
    while (at < total) {
      if (total - at === left) return true;
      const yes = code[at + 1]!;
      if (yes < 4 || yes & 3) return false;
      at += yes;
    }
    return left === 0;
  };
  let at = 0;
  while (at < total) {
    const left = total - at;
    const op = code[at]!;
    const yes = code[at + 1]!;
    const no = view.getUint16(at + 2, true);
    let least = SIZES[op] ?? 4;
    if (op === 7 || op === 8) {
      if (left < 12) return false;
      const family = code[at + 4]!;
      const bytes = family === 0 ? 0 : family === 2 ? 4 : family === 10 ? 16 : -1;
      least = 12 + bytes;
      if (bytes < 0 || code[at + 5]! > 8 * bytes) return false;
    } else if (op > 13) return false;
    if (left < least) return false;
    if (op !== 0) {
      if (no < least || no > left + 4 || no & 3) return false;
      if (no < left && !begins(left - no)) return false;
    }
    if (yes < least || yes > left + 4 || yes & 3) return false;
    at += yes;
  }
  return at === total;
}

/** Whether the code accepts a socket. */
export function run(code: Uint8Array, s: Subject, userlocks = false): boolean {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  let at = 0;
  while (at < code.length) {
    const op = code[at]!;
    const port = (side: "src" | "dst") => s[side].port ?? 0;
    const number = () => view.getUint16(at + 6, true);
    let yes = true;
    if (op === 1) yes = false;
    else if (op === 2) yes = port("src") >= number();
    else if (op === 3) yes = port("src") <= number();
    else if (op === 4) yes = port("dst") >= number();
    else if (op === 5) yes = port("dst") <= number();
    else if (op === 6) yes = !userlocks;
    else if (op === 7 || op === 8)
      yes = host(code.subarray(at + 4), view.getInt32(at + 8, true), s, op === 7 ? "src" : "dst");
    else if (op === 9) yes = view.getUint32(at + 4, true) === s.device;
    else if (op === 10) yes = (s.mark! & view.getUint32(at + 8, true)) >>> 0 === view.getUint32(at + 4, true);
    else if (op === 13) yes = view.getBigUint64(at + 4, true) === s.cgroup;
    else if (op !== 0) throw new Error(`operation ${op}`);
    at += yes ? code[at + 1]! : view.getUint16(at + 2, true);
  }
  return at === code.length;
}

function host(cond: Uint8Array, port: number, s: Subject, side: "src" | "dst"): boolean {
  const [family, length] = [cond[0]!, cond[1]!];
  const wanted = bits(cond.subarray(8), length);
  const { address, port: own } = s[side];
  if (port !== -1 && port !== own) return false;
  if (family !== 0 && family !== s.family) {
    const mapped = "0".repeat(80) + "1".repeat(16);
    return (
      s.family === 10 && family === 2 && bits(address!, 96) === mapped && bits(address!.subarray(12), length) === wanted
    );
  }
  return length === 0 || bits(address!, length) === wanted;
}
const bits = (bytes: Uint8Array, n: number): string =>
  Array.from(bytes, (b) => b.toString(2).padStart(8, "0"))
    .join("")
    .slice(0, n);
