// Sharing blocks outside of devicePlugin.config, where no template of the chart reads them: each comes out byte-exact but for the lines that must change.
import { expect, test } from 'vitest';
import { edit, edited } from './support.ts';

test.each<readonly [string, string, string]>([
  [
    'below devicePlugin, beside nothing else',
    `driver:
  enabled: false # their own
devicePlugin:
  # four each
  sharing:
    timeSlicing:
      resources: # all
        - name: nvidia.com/gpu
          replicas: 4
toolkit:
  enabled: true
`,
    `driver:
  enabled: false # their own
devicePlugin:
  # four each
  config:
    create: true
    name: time-slicing-config
    default: time-slicing
    data:
      time-slicing: |-
        version: v1
        sharing:
          timeSlicing:
            resources: # all
              - name: nvidia.com/gpu
                replicas: 6
toolkit:
  enabled: true
`,
  ],
  [
    'below devicePlugin, beside its configuration',
    `devicePlugin:
  config:
    name: ""
    default: ""
  sharing:
    timeSlicing:
      resources:
        - name: nvidia.com/gpu
          replicas: 4
  enabled: true # the rest stays
`,
    `devicePlugin:
  config:
    name: "time-slicing-config"
    default: "time-slicing"
    create: true
    data:
      time-slicing: |-
        version: v1
        sharing:
          timeSlicing:
            resources:
              - name: nvidia.com/gpu
                replicas: 6
  enabled: true # the rest stays
`,
  ],
  [
    'at the top, beside a devicePlugin without configuration',
    `devicePlugin:
  enabled: true
sharing:
  timeSlicing:
    resources:
      - name: nvidia.com/gpu
        replicas: 4
driver: { enabled: false } # their own
`,
    `devicePlugin:
  enabled: true
  config:
    create: true
    name: time-slicing-config
    default: time-slicing
    data:
      time-slicing: |-
        version: v1
        sharing:
          timeSlicing:
            resources:
              - name: nvidia.com/gpu
                replicas: 6
driver: { enabled: false } # their own
`,
  ],
  [
    'at the top, beside no devicePlugin',
    `driver:
  enabled: false
sharing:
  timeSlicing:
    resources:
      - name: nvidia.com/gpu
        replicas: 4
`,
    `driver:
  enabled: false
devicePlugin:
  config:
    create: true
    name: time-slicing-config
    default: time-slicing
    data:
      time-slicing: |-
        version: v1
        sharing:
          timeSlicing:
            resources:
              - name: nvidia.com/gpu
                replicas: 6
`,
  ],
])('a sharing block %s moves to where it has an effect', (_, before, after) => {
  expect(edited(edit(before, { replicas: 6 }), 'values.yaml')).toBe(after);
});
