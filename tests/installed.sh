#!/bin/sh
# SPDX-License-Identifier: MIT
# What `meson install` laid under DIR is usable: the library by pkg-config, the command, the pages. tests/installed.sh DIR
set -eu
root=$1
pc=$(find "$root" -name joules.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
library=$(find "$root" -name 'libjoules.so.0')
LD_LIBRARY_PATH=$(dirname "$library")
export LD_LIBRARY_PATH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/one.c" <<'C'
#include <joules/joules.h>
#include <stdio.h>
int main(void)
{
	puts(joules_version());
	return joules_mark("outside joules run this does nothing");
}
C
# shellcheck disable=SC2046 # words
cc -std=c11 -Wall -Werror -o "$work/one" "$work/one.c" $(pkg-config --cflags --libs joules)
[ "$("$work/one")" = "$(pkg-config --modversion joules)" ] || { echo 'version.h and meson.build name two versions' >&2; exit 1; }
command=$(find "$root" -type f -name joules -path '*/bin/*')
"$command" --version | grep -q joules
for file in joules/joules.h joules/version.h 'man1/joules.1*' 'man1/joules-run.1*' 'man1/joules-list.1*' 'man1/joules-doctor.1*' \
    'man1/joules-mark.1*' 'man3/libjoules.3*' bash-completion/completions/joules site-functions/_joules vendor_completions.d/joules.fish \
    rules.d/70-joules.rules tmpfiles.d/joules.conf sysusers.d/joules.conf; do
    [ -n "$(find "$root" -path "*/$file")" ] || { echo "not installed: $file" >&2; exit 1; }
done
# The map lets out our names and nothing else.
stray=$(nm -D --defined-only "$library" | awk '$2 != "A" && $3 !~ /^joules_/ { print $3 }')
[ -z "$stray" ] || { echo "exported by accident: $stray" >&2; exit 1; }
# Neither the C++ library nor anything beyond libc is needed.
needed=$(readelf -d "$library" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -Ev '^(libc|libm|ld-linux.*)\.so' || true)
[ -z "$needed" ] || { echo "libjoules needs: $needed" >&2; exit 1; }
