/** The `inventory` setting of an ansible.cfg, as written. */
export const inventoryOfAnsibleCfg = (text: string): string | undefined => defaultOf(text, 'inventory|hostfile');

/** The folders of its `callback_plugins` setting, parted by colons, as written. */
export const callbackPluginsOfAnsibleCfg = (text: string): string | undefined => defaultOf(text, 'callback_plugins');

function defaultOf(text: string, names: string): string | undefined {
  const section = /(?:^|\n)\[defaults\]([\s\S]*?)(?=\n\[|$)/.exec(text)?.[1] ?? '';
  const value = new RegExp(`(?:^|\\n)\\s*(?:${names})\\s*=\\s*([^\\n#;]+)`).exec(section)?.[1]?.trim();
  return value === undefined || value === '' ? undefined : value;
}
