/** A piece of a text with parameters: what stands as it is, or the name of a value. */
export type Piece =
  | { readonly kind: 'literal'; readonly text: string }
  /** `at` counts characters from 0. */
  | { readonly kind: 'parameter'; readonly name: string; readonly at: number; readonly length: number };

/** A text cut at its parameters, or where it cannot be read; `at` counts characters from 0. */
export type ReadPieces =
  | { readonly kind: 'pieces'; readonly pieces: readonly Piece[] }
  | { readonly kind: 'problem'; readonly because: string; readonly at: number };

const PARAMETER = /\{\{\s*(?:([A-Za-z][A-Za-z0-9]*)|'([^']*)')\s*\}\}/y;

/**
 * Cuts a text at `{{ name }}`. `{{ '{{' }}` stands for two braces, as in Jinja; braces that are neither are an error, because a name that was
 * mistyped must not reach a node as it stands.
 */
export function piecesOf(text: string): ReadPieces {
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = text.indexOf('{{'); at >= 0; at = text.indexOf('{{', from)) {
    PARAMETER.lastIndex = at;
    const found = PARAMETER.exec(text);
    if (found === null)
      return {
        kind: 'problem',
        because: `"${text.slice(at, at + 20)}" is no parameter such as {{ name }}; two braces as they stand are {{ '{{' }}`,
        at,
      };
    if (at > from) pieces.push({ kind: 'literal', text: text.slice(from, at) });
    const [whole, name, literal = ''] = found;
    pieces.push(
      name === undefined ? { kind: 'literal', text: literal } : { kind: 'parameter', name, at, length: whole.length },
    );
    from = PARAMETER.lastIndex;
  }
  if (from < text.length) pieces.push({ kind: 'literal', text: text.slice(from) });
  return { kind: 'pieces', pieces };
}
