/** What a run of one test file came to. */
export interface FileRun {
  readonly file: string;
  readonly isGreen: boolean;
  readonly seconds: number;
  /** Titles of its tests that failed. */
  readonly failed: readonly string[];
}

/** More files than these fail at once by no rare race: what broke them would break them again. */
const MOST_AGAIN = 3;

/** What vitest's JSON report says of each file, longest first; none where there is no whole report. */
export function fileRuns(json: string): readonly FileRun[] {
  try {
    const report: { readonly testResults: readonly Result[] } = JSON.parse(json);
    return report.testResults
      .map(({ name, status, startTime, endTime, assertionResults }) => ({
        file: name,
        isGreen: status === 'passed',
        seconds: Math.round((endTime - startTime) / 1_000),
        failed: assertionResults.filter((one) => one.status === 'failed').map(({ fullName }) => fullName),
      }))
      .sort((one, other) => other.seconds - one.seconds);
  } catch {
    return [];
  }
}

interface Result {
  readonly name: string;
  readonly status: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
}

/**
 * Files that are worth a second run on nodes made anew. None where everything is green, where too many failed, and where vitest failed without a file
 * that did.
 */
export function worthASecondRun(runs: readonly FileRun[]): readonly FileRun[] {
  const red = runs.filter(({ isGreen }) => !isGreen);
  return red.length > MOST_AGAIN ? [] : red;
}

/** The lines that name what needed a second run, and what came of it. */
export function secondRunLines(first: readonly FileRun[], second: readonly FileRun[]): readonly string[] {
  return first.map(({ file, failed }) => {
    const isGreen = second.some((run) => run.file === file && run.isGreen);
    const what = failed.length === 0 ? 'outside of its tests' : `in ${failed.map((title) => `"${title}"`).join(', ')}`;
    return `${file.split('/').at(-1)} ${isGreen ? 'needed a second run' : 'failed twice'}; the first failed ${what}`;
  });
}
