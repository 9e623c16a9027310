/** IPv4 and IPv6 addresses as text: four bytes dotted, sixteen in the form of RFC 5952. @module */

// An address is two halves, made once and then shared: 2x faster over a routing table than four joins.
const first: string[] = [];
const second: string[] = [];
// Addresses that come again (gateways) are one string, for what a dump holds in memory is what it costs: the collector copies all of
// it. Only a second sight brings one in, so that destinations, which are all different, do not drive the others out.
const SLOTS = 1024;
const sightings = /* @__PURE__ */ new Int32Array(SLOTS);
const known = /* @__PURE__ */ new Int32Array(SLOTS);
const texts: string[] = /* @__PURE__ */ new Array<string>(SLOTS).fill("0.0.0.0");

export function readIpv4(bytes: Uint8Array, at: number): string {
  const high = (bytes[at]! << 8) | bytes[at + 1]!;
  const low = (bytes[at + 2]! << 8) | bytes[at + 3]!;
  const address = (high << 16) | low;
  const slot = Math.imul(address, 0x9e3779b1) >>> 22;
  if (known[slot] === address) return texts[slot]!;
  const text = (first[high] ??= `${high >>> 8}.${high & 255}.`) + (second[low] ??= `${low >>> 8}.${low & 255}`);
  if (sightings[slot] === address) {
    known[slot] = address;
    texts[slot] = text;
  } else sightings[slot] = address;
  return text;
}

export function readIpv6(bytes: Uint8Array, at: number): string {
  // The longest run of two or more zero groups, the first of equals, becomes "::".
  let run = -1;
  let best = 1;
  for (let i = 0; i < 8; ) {
    let j = i;
    while (j < 8 && bytes[at + 2 * j] === 0 && bytes[at + 2 * j + 1] === 0) j++;
    if (j - i > best) {
      run = i;
      best = j - i;
    }
    i = j + 1;
  }
  // As inet_ntop, and so iproute2, does: the last 32 bits dotted in ::ffff:0:0/96 and ::/96.
  if (run === 0 && (best === 6 || (best === 5 && bytes[at + 10] === 255 && bytes[at + 11] === 255)))
    return `${best === 6 ? "::" : "::ffff:"}${readIpv4(bytes, at + 12)}`;
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i === run) {
      text += "::";
      i += best - 1;
      continue;
    }
    if (i > 0 && !text.endsWith(":")) text += ":";
    text += ((bytes[at + 2 * i]! << 8) | bytes[at + 2 * i + 1]!).toString(16);
  }
  return text;
}

/** Writes the four bytes of `"192.0.2.1"` at `at`; false if it is not an IPv4 address (`bytes` may be half written). */
export function writeIpv4(bytes: Uint8Array, at: number, text: string): boolean {
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 46) {
      if (digits === 0 || dots === 3) return false;
      bytes[at + dots++] = part;
      part = 0;
      digits = 0;
    } else {
      const d = c - 48;
      if (d < 0 || d > 9 || ++digits > 3) return false;
      part = part * 10 + d;
      if (part > 255) return false;
    }
  }
  if (dots !== 3 || digits === 0) return false;
  bytes[at + 3] = part;
  return true;
}

/** Writes the sixteen bytes of an IPv6 address at `at`; false if it is not one (`bytes` may be half written). */
export function writeIpv6(bytes: Uint8Array, at: number, text: string): boolean {
  const n = text.length;
  let group = 0; // groups written
  let gap = -1; // where "::" stood
  let i = 0;
  if (n < 2) return false;
  if (text.charCodeAt(0) === 58) {
    if (text.charCodeAt(1) !== 58) return false;
    gap = 0;
    i = 2;
  }
  while (i < n) {
    if (group === 8) return false;
    let x = 0;
    let digits = 0;
    const start = i;
    for (; i < n; i++) {
      const c = text.charCodeAt(i) | 32;
      const d = c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : -1;
      if (d < 0 || text.charCodeAt(i) < 48) break;
      if (++digits > 4) return false;
      x = (x << 4) | d;
    }
    if (i < n && text.charCodeAt(i) === 46) {
      // The last 32 bits dotted.
      if (group > 6 || !writeIpv4(bytes, at + 2 * group, text.slice(start))) return false;
      group += 2;
      i = n;
      break;
    }
    if (digits === 0) return false;
    bytes[at + 2 * group] = x >> 8;
    bytes[at + 2 * group + 1] = x;
    group++;
    if (i === n) break;
    if (text.charCodeAt(i) !== 58) return false;
    i++;
    if (i < n && text.charCodeAt(i) === 58) {
      if (gap >= 0) return false;
      gap = group;
      i++;
    } else if (i === n) return false; // a single ":" at the end
  }
  if (gap < 0) return group === 8;
  if (group === 8) return false;
  const tail = 2 * (group - gap);
  bytes.copyWithin(at + 16 - tail, at + 2 * gap, at + 2 * group);
  bytes.fill(0, at + 2 * gap, at + 16 - tail);
  return true;
}

/** Bytes of an address of either family, or undefined if the text is not one. */
export function parseIp(text: string): Uint8Array | undefined {
  const v6 = text.includes(":");
  const bytes = new Uint8Array(v6 ? 16 : 4);
  return (v6 ? writeIpv6 : writeIpv4)(bytes, 0, text) ? bytes : undefined;
}

/** Text of an address of 4 or 16 bytes. @throws {RangeError} any other length */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return readIpv4(bytes, 0);
  if (bytes.length === 16) return readIpv6(bytes, 0);
  throw new RangeError(`an IP address has 4 or 16 bytes, not ${bytes.length}`);
}
