/** What every word of the schema vocabulary is: inert data with a phantom type. @module */

export declare const value: unique symbol;
export declare const input: unique symbol;

/**
 * A wire form of values `V`, encoded from values `I` (struct members may be left out there: they are sent as zero).
 * A codec is an object whose `kind` names the form and whose other members are its parameters. It holds no functions:
 * the interpreter, the compiler, the arbitraries of the property tests, the header check and the docs walk the same data.
 */
export interface Codec<out V = unknown, out I = V> {
  readonly kind: string;
  readonly [value]?: V;
  readonly [input]?: I;
}
/** The value that a codec decodes to. */
export type Value<C> = C extends Codec<infer V, unknown> ? V : never;
/** The value that a codec encodes from. */
export type Input<C> = C extends Codec<unknown, infer I> ? I : never;
