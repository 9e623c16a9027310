/** The error of a filter that does not parse. @module */

/** A filter that is not an expression. Nothing has been sent. */
export class FilterError extends SyntaxError {
  override readonly name = "FilterError";
  readonly expression: string;
  /** Where in the expression, counted in UTF-16 units from 0. */
  readonly position: number;
  /** What stands there; empty at the end. */
  readonly found: string;
  readonly expected: string;
  constructor(expression: string, position: number, found: string, expected: string) {
    super(
      `filter: at ${position}: expected ${expected}, found ${found === "" ? "the end" : JSON.stringify(found)}: ${expression}`,
    );
    this.expression = expression;
    this.position = position;
    this.found = found;
    this.expected = expected;
  }
}
