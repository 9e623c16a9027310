/** Handles of u32: hash table, bucket and node, `"800:5:1"` in hexadecimal (TC_U32_HTID… of linux/pkt_cls.h). @module */

export const htOf = (handle: number): number => handle >>> 20;
export const bucketOf = (handle: number): number => (handle >>> 12) & 0xff;
export const nodeOf = (handle: number): number => handle & 0xfff;
export const U32_HANDLE_FORMS = `a handle of u32 such as "800::801" (table, bucket, node) or "1:"`;

/** `"800::801"`, `"1:"`, `"1:5:"`, `"0x80000801"`; undefined for what is none (get_u32_handle of iproute2's tc/f_u32.c). */
export function parseU32Handle(text: string): number | undefined {
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number(text);
  const match = /^([0-9a-f]{0,3}):(?:([0-9a-f]{0,2})(?::([0-9a-f]{0,3}))?)?$/i.exec(text);
  if (!match) return undefined;
  const [ht, bucket, node] = match.slice(1).map((part) => Number.parseInt(part || "0", 16)) as [number, number, number];
  return ((ht << 20) | (bucket << 12) | node) >>> 0;
}
/** As tc writes it (sprint_u32_handle): `"none"` for 0. */
export function formatU32Handle(handle: number): string {
  if (handle === 0) return "none";
  const [ht, bucket, node] = [htOf(handle), bucketOf(handle), nodeOf(handle)].map((part) =>
    part ? part.toString(16) : "",
  );
  return `${ht ? `${ht}:` : ""}${bucket}${node ? `:${node}` : ""}`;
}
