/** Bytes to decode from. @module */

/** A buffer and its view, made once a datagram and handed down to every decoder. */
export interface Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export function source(bytes: Uint8Array): Source {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}
