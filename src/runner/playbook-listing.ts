import type { Play } from '../model/playbook.ts';

/** What `ansible-playbook --list-hosts --list-tasks` prints, as plays; lines of another shape are passed over. */
export function parseListing(text: string): readonly Play[] {
  const plays: { title: string; hosts: string[]; tasks: string[] }[] = [];
  let part: 'hosts' | 'tasks' | undefined;
  for (const line of text.split('\n')) {
    const head = /^ {2}play #\d+ \((.*?)\): (.*?)(?:\tTAGS: .*)?$/.exec(line);
    if (head !== null) {
      plays.push({ title: head[2]?.trim() || (head[1] ?? ''), hosts: [], tasks: [] });
      part = undefined;
    } else if (/^ {4}hosts \(\d+\):/.test(line)) part = 'hosts';
    else if (/^ {4}tasks:/.test(line)) part = 'tasks';
    else if (/^ {4}\S/.test(line) || line.trim() === '') part = undefined;
    else if (part !== undefined) plays.at(-1)?.[part].push((line.split('\tTAGS: ')[0] ?? '').trim());
  }
  return plays;
}

/** Why Ansible took nothing of it, in one sentence of its own, with the place where it names one. */
export function ansibleError(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const at = lines.findIndex((line) => /^(?:ERROR!|\[ERROR\]:)/.test(line));
  const said = at < 0 ? (lines.findLast((line) => line !== '') ?? '') : (lines[at] ?? '');
  const place = /in '([^']+)': line (\d+)/.exec(text) ?? /Origin: (\S+?):(\d+)/.exec(text);
  const words = said
    .replace(/^(?:ERROR!|\[ERROR\]:)\s*/, '')
    .replace(/[.\s]+$/, '')
    .slice(0, 400);
  return place === null ? words : `${words} (${place[1]}, line ${place[2]})`;
}
