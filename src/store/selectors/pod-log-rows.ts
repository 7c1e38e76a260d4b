import { memo } from '../memo.ts';
import type { State } from '../state.ts';

/** One line of the pod's log that is open. */
export interface PodLogRow {
  readonly id: string;
  readonly number: number;
  readonly text: string;
  /** `namespace/pod`. */
  readonly pod: string;
  readonly cluster: string;
}

/** Lines of the open log, oldest first; `id` is the number of the line, so the cursor stays while more come. */
export const selectPodLogRows = memo([(state: State) => state.podLog], (log): readonly PodLogRow[] => {
  if (log === undefined) return [];
  const { cluster, namespace, pod } = log.name;
  return log.lines.map((text, index) => {
    const number = log.firstNumber + index;
    return { id: `${number}`, number, text, pod: `${namespace}/${pod}`, cluster };
  });
});
