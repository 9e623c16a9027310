/** The one error that decoding and encoding throw. @module */

/** Bytes that are not a message of the schema, or a value that the schema cannot express. */
export class CodecError extends Error {
  override readonly name = "CodecError";
  /** The field at fault, from the message's name down: `"link.linkinfo.data.id"`. */
  readonly path: string;
  /** Byte offset in the decoded buffer; -1 when encoding. */
  readonly offset: number;
  /** What was found and what was expected, without the place. */
  readonly reason: string;
  constructor(path: string, offset: number, reason: string) {
    super(offset < 0 ? `${path}: ${reason}` : `${path} at byte ${offset}: ${reason}`);
    this.path = path;
    this.offset = offset;
    this.reason = reason;
  }
}
