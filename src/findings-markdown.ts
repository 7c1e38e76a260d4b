import type { Group, Rule, TellingRule } from './diagnosis/rule.ts';
import { MEANINGS } from './diagnosis/xid-meanings.ts';
import { nodeName } from './model/ids.ts';

/** Every rule of the diagnosis: how bad it is, what it says and what it proposes, in its own words about nobody in particular. */
export function findingsMarkdown(rules: readonly Rule[]): string {
  const telling = rules.filter((rule) => rule.kind !== 'join');
  const joining = rules.filter((rule) => rule.kind === 'join');
  return [
    '# Findings',
    '',
    'Generated from the rules by `npm run generate`. Words in capitals stand for what is told of the nodes concerned; equal causes on many nodes are',
    'one finding. What a finding says may be shorter or longer where the facts say more. The rule is named in the view Findings and in',
    '`muster findings --json`; exit codes count warnings and worse.',
    '',
    '| rule | severity | what it says | next move |',
    '| --- | --- | --- | --- |',
    ...telling.map(ruleLine),
    '',
    'Some rules only gather: what several of the above saw of one cause is told once.',
    '',
    ...joining.map(({ name, title }) => `- \`${name}\`: ${title}.`),
    '',
    '## Xid numbers',
    '',
    'What the rule `xid` says of the numbers of the NVIDIA driver. Any other number is a warning that names the catalogue.',
    '',
    '| Xid | severity | meaning | next move |',
    '| ---: | --- | --- | --- |',
    ...Object.entries(MEANINGS).map(
      ([xid, { severity, meaning, nextMove }]) => `| ${xid} | ${severity} | ${meaning} | ${nextMove} |`,
    ),
    '',
  ].join('\n');
}

function ruleLine(rule: TellingRule): string {
  const { title, nextMove } = rule.tell(SAMPLE);
  return `| \`${rule.name}\` | ${rule.severities.join(', ')} | ${inCell(title)} | ${inCell(nextMove)} |`;
}

/** What a rule takes out of the words of its evidence is not in them here. */
const inCell = (sentence: string): string =>
  sentence.replaceAll('NaN', 'N').replace(' to  ', ' to CLIENTS ').replaceAll('|', '\\|');

const evidence = { node: nodeName('NODE'), about: 'THING', text: 'FIGURES' };

/** Nobody in particular, on two nodes; words that are answers to yes or no are no. */
const SAMPLE: Group = {
  cause: 'CAUSE',
  symptoms: [{ cause: 'CAUSE', severity: 'warning', evidence }],
  nodes: 'NODES',
  nodeCount: 2,
  first: evidence,
  word: (name) => (/^is[A-Z]/.test(name) ? '' : name.toUpperCase()),
};
