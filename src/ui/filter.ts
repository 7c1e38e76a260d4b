/** How a typed term compares: `:` contains (equals for figures), `=` is, `~` matches a regular expression, the rest by size. */
export type FilterOperator = ':' | '=' | '!=' | '~' | '!~' | '>' | '>=' | '<' | '<=';

/** What rows are kept, as read from text such as `gpu.temp>85 node~^gpu | state:hung`. An `all` of nothing keeps every row. */
export type Filter =
  | { readonly kind: 'all'; readonly of: readonly Filter[] }
  | { readonly kind: 'any'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  /** Letters that stand in any of the texts shown, whatever their case. */
  | { readonly kind: 'word'; readonly text: string }
  /** A regular expression over any of the texts shown. */
  | { readonly kind: 'pattern'; readonly source: string }
  | { readonly kind: 'term'; readonly term: string; readonly operator: FilterOperator; readonly text: string };

/** Keeps every row. */
export const KEEP_ALL: Filter = { kind: 'all', of: [] };

/** What a filter text says, or the one sentence about what is wrong with it; `column` is 1-based. */
export type ParsedFilter =
  | { readonly kind: 'ok'; readonly filter: Filter }
  | { readonly kind: 'error'; readonly message: string; readonly column: number; readonly nearest?: string };
