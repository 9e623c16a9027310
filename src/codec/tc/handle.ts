/** Handles of traffic control: two halves of 16 bits, in hexadecimal, `"1:10"` (linux/pkt_sched.h). @module */

export const TC_H_ROOT = 0xffffffff;
/** Parent of the qdiscs ingress and clsact. */
export const TC_H_INGRESS = 0xfffffff1;
/** Where the filters of a clsact stand: `parent: "ingress"` and `"egress"` of a filter. */
export const TC_H_MIN_INGRESS = 0xfffffff2;
export const TC_H_MIN_EGRESS = 0xfffffff3;

export const handleOf = (major: number, minor: number): number => ((major << 16) | minor) >>> 0;
export const major = (handle: number): number => handle >>> 16;
export const minor = (handle: number): number => handle & 0xffff;

const hex = (n: number): string => n.toString(16);

/** A handle as tc writes it: `"1:"`, `"1:10"`, `"root"`, `"none"`. */
export function formatHandle(handle: number): string {
  if (handle === TC_H_ROOT) return "root";
  if (handle === 0) return "none";
  const low = minor(handle);
  return `${major(handle) === 0 ? "" : hex(major(handle))}:${low === 0 ? "" : hex(low)}`;
}
/** As `formatHandle`, for what a qdisc hangs on. */
export const formatParent = (parent: number): string => (parent === TC_H_INGRESS ? "ingress" : formatHandle(parent));

export const HANDLE_FORMS = `a handle such as "1:" or "1:10" (hexadecimal)`;

/** `"1:10"`, `"1:"`, `":10"`, `"root"`, `"none"`; undefined for what is none. A number is taken as it is. */
export function parseHandle(handle: string | number): number | undefined {
  if (typeof handle === "number")
    return Number.isInteger(handle) && handle >= 0 && handle <= 0xffffffff ? handle : undefined;
  if (handle === "root") return TC_H_ROOT;
  if (handle === "none") return 0;
  const match = /^([0-9a-f]{0,4}):([0-9a-f]{0,4})$/i.exec(handle);
  if (!match || handle === ":") return undefined;
  return handleOf(Number.parseInt(match[1] || "0", 16), Number.parseInt(match[2] || "0", 16));
}
/** Where a qdisc or filter is put: a handle, `"ingress"`, `"clsact"`. */
export const parseParent = (parent: string | number): number | undefined =>
  parent === "ingress" || parent === "clsact" ? TC_H_INGRESS : parseHandle(parent);
