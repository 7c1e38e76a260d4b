// Sharing blocks outside of devicePlugin.config, where no template of the chart reads them: each comes out byte-exact but for the lines that must change.
import { expect, test } from 'vitest';
import { below, configBlock, edit, edited, sharingBlock } from './support.ts';

const BEFORE = sharingBlock(4);
const AFTER = configBlock(sharingBlock(6));

test.each<readonly [string, string, string]>([
  [
    'below devicePlugin, beside nothing else',
    `driver:
  enabled: false # their own
devicePlugin:
  # four each
${below(sharingBlock(4, ' # all'), 2)}toolkit:
  enabled: true
`,
    `driver:
  enabled: false # their own
devicePlugin:
  # four each
${below(configBlock(sharingBlock(6, ' # all')), 2)}toolkit:
  enabled: true
`,
  ],
  [
    'below devicePlugin, beside its configuration',
    `devicePlugin:
  config:
    name: ""
    default: ""
${below(BEFORE, 2)}  enabled: true # the rest stays
`,
    `devicePlugin:
  config:
    name: "time-slicing-config"
    default: "time-slicing"
    create: true
    data:
      time-slicing: |-
        version: v1
${below(sharingBlock(6), 8)}  enabled: true # the rest stays
`,
  ],
  [
    'at the top, beside a devicePlugin without configuration',
    `devicePlugin:
  enabled: true
${BEFORE}driver: { enabled: false } # their own
`,
    `devicePlugin:
  enabled: true
${below(AFTER, 2)}driver: { enabled: false } # their own
`,
  ],
  [
    'at the top, beside no devicePlugin',
    `driver:
  enabled: false
${BEFORE}`,
    `driver:
  enabled: false
devicePlugin:
${below(AFTER, 2)}`,
  ],
])('a sharing block %s moves to where it has an effect', (_, before, after) => {
  expect(edited(edit(before, { replicas: 6 }), 'values.yaml')).toBe(after);
});
