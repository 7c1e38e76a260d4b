import { type Command, cmd } from '../model/command.ts';

/** A directory with its owner, group and mode; what is not given stays, and is 0755 of root where the directory is new. */
export interface DirectoryWish {
  readonly path: string;
  readonly owner?: string;
  readonly group?: string;
  readonly mode?: string;
}

/**
 * Makes a directory as root where others may write: install(1) follows whatever lies on the way, and who owns a folder above could turn the way
 * between its look and its chown. Here each part is entered and then looked at from within: in a folder that somebody else may write to, it
 * must be the child it is called and not what a link leads to; the last part never is a link. Owner and mode are given to `.`, which
 * nobody can turn any more. Links in folders of root alone are the admin's and are followed. `$1` path, `$2` mode, `$3` owner, `$4` group,
 * each of them empty where it is to stay.
 */
const MAKE = `set -eu
path=$1 mode=$2 owner=$3 group=$4
stop() { echo "$1" >&2; exit 1; }
alone() { case $(stat -c %u:%a -- .) in 0:*[2367] | 0:*[2367]?) false ;; 0:*) ;; *) false ;; esac; }
while [ "$path" != "\${path%/}" ]; do path=\${path%/}; done
[ -n "$path" ] || stop 'no directory is named'
cd /
rest=\${path#/} name= new=
while [ -n "$rest" ]; do
  name=\${rest%%/*} rest=\${rest#"\${rest%%/*}"} rest=\${rest#/}
  [ -n "$name" ] || continue
  case $name in . | ..) stop "$path: parts like $name are not followed" ;; esac
  isours= from=$(pwd -P)
  if [ -n "$rest" ]; then
    ! alone || isours=1
    [ -e "./$name" ] || [ -L "./$name" ] || mkdir -m 0755 -- "./$name"
  elif mkdir -m 0700 -- "./$name" 2>/dev/null; then new=1
  else
    [ ! -L "./$name" ] || stop "$path is a link, which is not followed"
    [ -d "./$name" ] || stop "$path cannot be made, or is there already and no directory"
  fi
  cd -P -- "./$name"
  [ -n "$isours" ] || [ "$(pwd -P)" = "\${from%/}/$name" ] ||
    stop "\${from%/}/$name is a link in a folder that others may write to; it is not followed"
done
[ -z "$owner$group" ] || chown -- "$owner\${group:+:$group}" .
[ -n "$mode" ] || [ -z "$new" ] || mode=0755
[ -z "$mode" ] || chmod "00$mode" .`;

/** The command that makes it, or gives it its owner and mode. */
export const makeDirectory = ({ path, mode = '', owner = '', group = '' }: DirectoryWish): Command =>
  cmd('sh', '-c', MAKE, 'muster-directory', path, mode, owner, group);
