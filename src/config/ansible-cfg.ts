/** The `inventory` setting of an ansible.cfg, as written. */
export function inventoryOfAnsibleCfg(text: string): string | undefined {
  const section = /(?:^|\n)\[defaults\]([\s\S]*?)(?=\n\[|$)/.exec(text)?.[1] ?? '';
  const value = /(?:^|\n)\s*(?:inventory|hostfile)\s*=\s*([^\n#;]+)/.exec(section)?.[1]?.trim();
  return value === undefined || value === '' ? undefined : value;
}
