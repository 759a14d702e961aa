#!/bin/sh
# SPDX-License-Identifier: MIT
# What `meson install` laid under DIR is usable: the library by pkg-config and CMake, shared and static, the command, the pages.
# tests/installed.sh DIR; DIR from a build with -Ddefault_library=both.
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
	joules_handler *handler;
	if (joules_handler_open(&handler, "json:-") || joules_handler_close(handler))
		return 1;
	return joules_mark("outside joules run this does nothing");
}
C
# shellcheck disable=SC2046 # words
cc -std=c11 -Wall -Werror -o "$work/one" "$work/one.c" $(pkg-config --cflags --libs joules)
version=$(pkg-config --modversion joules)
[ "$("$work/one")" = "$version" ] || { echo 'version.h and meson.build name two versions' >&2; exit 1; }

# A static program of C, so that what libjoules.a needs of the C++ library must come from joules.pc. (The linker warns of dlopen() and
# getpwnam(): they need the machine's libc at run time.)
# shellcheck disable=SC2046 # words
cc -std=c11 -Wall -Werror -static -o "$work/static" "$work/one.c" $(pkg-config --static --cflags --libs joules) 2>"$work/warnings" ||
    { cat "$work/warnings" >&2; exit 1; }
[ "$(env -u LD_LIBRARY_PATH "$work/static")" = "$version" ] || { echo 'the static program does not run' >&2; exit 1; }

# by_cmake PREFIX: a project of C finds the package there, in this version and no other; its program runs.
by_cmake() {
    rm -rf "$work/build"
    if ! cmake -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$1" -DWANTED="${version%.*}" >"$work/cmake.log" 2>&1 ||
        ! cmake --build "$work/build" >>"$work/cmake.log" 2>&1; then
        cat "$work/cmake.log" >&2
        exit 1
    fi
    [ "$(env -u LD_LIBRARY_PATH "$work/build/one")" = "$version" ] || { echo "a program by CMake from $1 does not run" >&2; exit 1; }
    if cmake -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$1" -DWANTED="${version%%.*}.99" >"$work/cmake.log" 2>&1; then
        echo 'find_package(joules) takes any version' >&2
        exit 1
    fi
}
cat >"$work/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.10)
project(one C)
find_package(joules ${WANTED} REQUIRED)
add_executable(one one.c)
target_link_libraries(one PRIVATE joules::joules)
CMAKE
prefix=$(dirname "$(dirname "$(dirname "$(find "$root" -path '*/include/joules/joules.h')")")")
by_cmake "$prefix"
# Moved elsewhere, and with the static library alone.
cp -R "$prefix" "$work/moved"
by_cmake "$work/moved"
readelf -d "$work/build/one" | grep -q 'NEEDED.*libjoules' || { echo 'CMake prefers the static library' >&2; exit 1; }
find "$work/moved" -name 'libjoules.so*' -delete
by_cmake "$work/moved"
command=$(find "$root" -type f -name joules -path '*/bin/*')
"$command" --version | grep -q joules
for file in joules/joules.h joules/version.h 'man1/joules.1*' 'man1/joules-run.1*' 'man1/joules-compare.1*' 'man1/joules-check.1*' 'man1/joules-list.1*' 'man1/joules-doctor.1*' 'man1/joules-history.1*' \
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
