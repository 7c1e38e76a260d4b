/** The text `muster init` writes: a small inventory that is valid as it stands, with every part explained. */
export const starterInventory =
  (): string => `# An inventory of muster: the nodes you run, and the state they should be in.
#
#   muster inventory check -i THIS     says whether it is right
#   muster -i THIS                     opens the console on it
#
# Nodes are named by set wherever they are named: gpu[01-04], @group, gpu*, all, a&b (in both), a!b (a without b),
# and after a comma !x takes x out of the whole set.

name: my-fleet

# For every node, unless its class, a group or the node itself says otherwise. What is missing here comes from ~/.ssh/config.
defaults:
  # user: admin
  # port: 22
  # jump: admin@bastion.example.org
  # identityFiles: ~/.ssh/id_ed25519
  # password: ask            # muster asks once, on the screen; passwords are never written here
  hostKeyPolicy: ask # or accept-new; a changed host key is refused always

nodes:
  # A name, and where it is. Without an address the name is looked up, in ~/.ssh/config first.
  nfs-a: { address: 192.0.2.10 }
  # A range; the addresses count along. Quotes are needed where "[" stands within braces.
  "gpu[01-04]": { address: "192.0.2.[21-24]", class: gpu-server, gpus: 8 }
  # The machine muster runs on, without SSH.
  # here: { via: local }

classes:
  gpu-server:
    # How often a question is asked; every probe has a default.
    pollEvery: { gpus: 5s }

groups:
  storage: nfs-a
  gpu:
    members: gpu[01-04]
    # Settings for its nodes; the count stands with the nodes above.
    # gpus: { model: NVIDIA H100 80GB HBM3, driver: 570.124.06 }

# Filesystems that should stand on disks, chosen by identity: /dev/sdb may be another disk after the next boot.
# volumes:
#   - name: export
#     nodes: nfs-a
#     disk: { serial: S5GXNF0R123456 } # lsblk -o NAME,SERIAL,WWN
#     type: xfs
#     label: export
#     target: /export
#     directories:
#       - { path: data, owner: root, group: users, mode: "2775" }

# Directories that should be exported over NFS.
# exports:
#   - node: nfs-a
#     path: /export/data
#     clients:
#       192.0.2.0/24: [rw, sync, no_subtree_check, mp=/export]

# What should be mounted, and what must not be.
# mounts:
#   - source: nfs-a:/export/data
#     type: nfs4
#     target: /data
#     nodes: "@gpu"
#     how: automount # or fstab, unit
#     options: [hard, noatime]
#   - { target: /mnt/old, nodes: all, absent: true }

# GPU time-slicing.
# sharing:
#   - { nodes: gpu01, replicas: 4, renameByDefault: true }

# Silence after which a node counts as late, and as lost.
lateAfter: 15s
lostAfter: 30s
`;
