/** Checks of what users give. @module */

/** An option that cannot be: unknown, of the wrong form, or at odds with another. Nothing has been sent. */
export class OptionError extends TypeError {
  override readonly name = "OptionError";
  /** The option at fault: `"via"`. */
  readonly option: string;
  /** What was expected. */
  readonly expected: string;
  constructor(message: string, option: string, expected: string) {
    super(message);
    this.option = option;
    this.expected = expected;
  }
}

/** @throws {OptionError} the first key of `options` that is not known */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  for (const key in options)
    if (!known.includes(key)) throw new OptionError(`${where}.${key}: there is no such option; there are ${known.join(", ")}`, key, known.join(", "));
}
