/** Bytes in hexadecimal. @module */

/** `"0a1b"`; undefined for what is no even number of hexadecimal digits. */
export const parseHex = (text: string): Uint8Array | undefined =>
  /^([0-9a-f]{2})*$/i.test(text)
    ? Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    : undefined;
export const formatHex = (data: Uint8Array): string =>
  Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
