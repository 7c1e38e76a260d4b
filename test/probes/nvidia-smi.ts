// Turns a whole `--query-gpu` capture (every column, with a header and units) into what our query would have printed.

/** Rows of the asked columns, as `--format=csv,noheader,nounits` prints them; a column the capture lacks is `[N/A]`. */
export function project(csv: string, columns: readonly string[]): string {
  const [header = '', ...rows] = csv.split('\n').filter((line) => line !== '');
  const names = header.split(', ').map((name) => name.replace(/ \[.*\]$/, ''));
  const hasUnit = header.split(', ').map((name) => name.endsWith(']'));
  return rows
    .map((row) => {
      const values = row.split(', ');
      return columns.map((column) => {
        const at = names.indexOf(column);
        const value = values[at] ?? '[N/A]';
        return hasUnit[at] === true ? value.replace(/^(\d[\d.]*) \S+$/, '$1') : value;
      });
    })
    .map((values) => `${values.join(', ')}\n`)
    .join('');
}
