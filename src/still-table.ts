/** A small table that is printed once, drawn by ink-table as wide as its cells; loaded only by commands that print one. */
export async function stillTable(
  rows: readonly { readonly [column: string]: string }[],
  columns: number,
): Promise<string> {
  const [{ default: react }, { renderToString }, { loadTable }] = await Promise.all([
    import('react'),
    import('ink'),
    import('./ui/table.tsx'),
  ]);
  return renderToString(react.createElement(await loadTable(), { data: rows }), { columns });
}
