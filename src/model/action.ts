import type { Need, Observed } from './check.ts';
import type { FieldShape } from './field-shape.ts';
import type { Mend } from './finding.ts';
import type { NodeName } from './ids.ts';
import type { Inventory } from './inventory.ts';
import type { ReadLocalFile } from './local-file.ts';
import type { Plan } from './plan.ts';
import type { PlaybookStudy } from './playbook.ts';

/** What live things complete a field. */
export type Completion =
  | 'nodes'
  | 'mount-points'
  | 'sources'
  | 'export-paths'
  | 'disks'
  | 'units'
  | 'volumes'
  | 'gpus'
  | 'mig-profiles'
  | 'files';

interface FieldBase {
  readonly title: string;
  /** One sentence with the unit or the shape: form hint, `--help`, document. */
  readonly help: string;
  readonly isRequired?: true;
  /** A path of the machine muster runs on: the command line takes it from its own folder. */
  readonly isLocal?: true;
  /** On the command line the words after the action are its value: `muster apply run-command -l gpu01 -- uptime -p`. */
  readonly takesWords?: true;
  readonly completes?: Completion;
}

/**
 * One input of an action. The same description feeds the form, the command line's options, the YAML of user-defined actions and the
 * documents. `nodes` is a node set as text (`gpu[01-04],!gpu02`), `lines` several values, `secret` is never shown, stored or logged.
 */
export type Field =
  | (FieldBase & {
      readonly kind: 'text' | 'path' | 'nodes' | 'disk';
      readonly default?: string;
      /** What it has to look like; without one it is one line of any text. */
      readonly shape?: FieldShape;
    })
  | (FieldBase & {
      readonly kind: 'choice';
      readonly choices: readonly [string, ...string[]];
      readonly default: string;
    })
  | (FieldBase & { readonly kind: 'count'; readonly min: number; readonly max: number; readonly default?: number })
  | (FieldBase & { readonly kind: 'flag'; readonly default: boolean })
  | (FieldBase & { readonly kind: 'lines'; readonly default?: readonly string[]; readonly shape?: FieldShape })
  /** `onlyWith` names a flag without which nobody is asked for it. */
  | (FieldBase & { readonly kind: 'secret'; readonly onlyWith?: string });

export type Fields = { readonly [name: string]: Field };

/** A field's value after it was read and checked. */
export type FieldValue = string | number | boolean | readonly string[];

/** Checked input of an action: required fields and those with a default are always there. */
export type Input = { readonly [field: string]: FieldValue | undefined };

/** A node as a plan sees it. */
export interface NodeView {
  readonly name: NodeName;
  /** Undefined when it was looked at; else why it could not be. */
  readonly unreachable?: string;
  /** Changes are forbidden there: read-only, or not reached over SSH; the reason. */
  readonly offLimits?: string;
  readonly seen: Observed;
}

/** All a plan may know: what is wished, what was seen just now, and the templates read at start. */
export interface FleetView {
  readonly inventory: Inventory;
  readonly nodes: ReadonlyMap<NodeName, NodeView>;
  readonly nowMs: number;
  /** For an action that asks for it. */
  readonly playbook?: PlaybookStudy;
  /** Reads a file of the machine muster runs on; undefined where there is none to read, as in a demo of plans. */
  readonly localFile?: (path: string) => ReadLocalFile;
  /** Renders a template by its name under `templates/`, e.g. `systemd/nfs.mount`; throws a RangeError for a missing or an unknown parameter. */
  readonly render: (template: string, parameters: { readonly [name: string]: string | number | boolean }) => string;
}

/** What an action wants looked at before it plans, by node. */
export type Needs = ReadonlyMap<NodeName, readonly Need[]>;

/**
 * Something a user can ask for. Members in this order: `name, title, summary, targets, fields, studies, needs, plan`. `needs` is asked again with
 * what the first look told until it wants nothing new, so that it may follow what it finds (a mount unit's file, a server's export).
 */
export interface Action {
  /** The word on the command line and in the palette: `provision-disk`. */
  readonly name: string;
  /** As an order: `Mount a share`. */
  readonly title: string;
  /** One sentence: what it does and what it gets right. */
  readonly summary: string;
  /** What a row must be for the action to start from it, and which field each gives; the shell fills the form from the row. */
  readonly targets: readonly ActionTarget[];
  readonly fields: Fields;
  /** What has to be learned on the machine muster runs on before nodes are looked at. */
  readonly studies?: 'playbook';
  needs(input: Input, fleet: FleetView): Needs;
  plan(input: Input, fleet: FleetView): Plan;
}

/** A view whose rows can start an action, and the fields its rows fill: field name by row property, as `Subject` names them. */
export interface ActionTarget {
  readonly view: string;
  readonly fills: { readonly [field: string]: Exclude<keyof Subject, 'mend'> };
}

/** What a row of a view stands for when an action starts from it. Several marked rows give several values, parted as node sets or by the form. */
export interface Subject {
  readonly nodes: readonly NodeName[];
  readonly target?: string;
  readonly source?: string;
  readonly fsType?: string;
  readonly options?: string;
  readonly path?: string;
  readonly client?: string;
  readonly disk?: string;
  readonly unit?: string;
  readonly volume?: string;
  /** A card with its node, so that rows of several nodes stay apart: `gpu01:gpu3`. */
  readonly gpu?: string;
  /** A cluster of the inventory. */
  readonly cluster?: string;
  /** A pod, as `namespace/name`. */
  readonly pod?: string;
  /** The plan that mends what the row tells. */
  readonly mend?: Mend;
}
