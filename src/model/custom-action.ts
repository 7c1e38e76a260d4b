import type { ActionTarget, Fields } from './action.ts';
import type { Risk } from './plan.ts';

/** Where an action stands, for what is wrong with it only in company of others; the shape of a problem without its message. */
export interface ActionPlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly source?: string;
  readonly length?: number;
}

/**
 * An action of the user's own as plain data: texts hold parameters (`{{ field }}`, `src/model/parameters.ts`) that are filled in when it is
 * planned. Everything that can be checked without a node was checked when it was read.
 */
export interface CustomAction {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly fields: Fields;
  /** Fields whose values may begin with a dash where a program would read an option. */
  readonly dashFields?: readonly string[];
  readonly targets: readonly ActionTarget[];
  /** So many nodes at once at most. */
  readonly maxAtOnce?: number;
  readonly steps: readonly CustomStep[];
  readonly from: ActionPlace;
  /** The entry itself, to be written out again. */
  readonly written: { readonly [key: string]: unknown };
}

/** What a step does: an argument vector; a line for /bin/sh, which gets values as `$1`, `$2`; or a file that is written whole. */
export type CustomWork =
  | { readonly kind: 'argv'; readonly argv: readonly string[]; readonly stdin?: string }
  | { readonly kind: 'shell'; readonly line: string; readonly stdin?: string }
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly mode: string;
      /** A line of shell that tries the new file, its `$1`. */
      readonly validate?: string;
      readonly from:
        | { readonly kind: 'template'; readonly name: string }
        | { readonly kind: 'text'; readonly text: string };
    };

export interface CustomStep {
  readonly title: string;
  readonly work: CustomWork;
  readonly as: 'root' | 'login-user';
  readonly risk: Risk;
  readonly timeoutMs: number;
  readonly guard: readonly CustomCondition[];
  /** Of a file that is written it is the file itself. */
  readonly done: readonly CustomCondition[] | 'with-next' | 'exit-code';
  readonly warnings: readonly string[];
  readonly undo: readonly CustomStep[] | { readonly never: string };
}

/** What is asked of one kind of condition; a text may hold parameters, a list is one of texts. */
export interface CustomCondition {
  readonly kind: CustomConditionKind;
  readonly asks: { readonly [key: string]: string | number | boolean | readonly string[] };
}

/** Kinds of conditions that can be written down before a node was looked at; with what they ask, in `src/config/condition-schema.ts`. */
export const CUSTOM_CONDITIONS = [
  'same-disk',
  'disk-unused',
  'disk-blank',
  'filesystem',
  'mounted',
  'not-mounted',
  'answers',
  'no-users',
  'file',
  'file-unchanged',
  'no-file',
  'directory',
  'exported',
  'not-exported',
  'unit',
  'started-since',
  'nfsd-threads',
  'booted-since',
  'gpus',
] as const;
export type CustomConditionKind = (typeof CUSTOM_CONDITIONS)[number];
