#!/bin/bash
# Tests of the toolchain that need no assembly: our C compiles without a warning; control groups of both versions are
# read right, from trees of files; assemble.sh takes any JDK 25.0.x, no other, and does nothing twice; graalvm-home
# prefers what is installed.
# usage: JAVA_HOME=<JDK 25> test.sh      (needs gcc)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${JAVA_HOME:?}"
command -v gcc >/dev/null || { echo "the toolchain's tests need gcc" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# is NAME FOUND EXPECTED
is() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $1: found \"$2\", expected \"$3\"" >&2
    fi
}

# has NAME TEXT PART
has() {
    case $2 in
        *"$3"*) passed=$((passed + 1)) ;;
        *) failed=$((failed + 1)); echo "FAILED $1: found \"$2\", expected \"...$3...\"" >&2 ;;
    esac
}

put() {
    mkdir -p "$(dirname "$1")"
    printf '%s\n' "$2" >"$1"
}

# ---- the C helpers; two need headers that only an assembly has: it compiles them with the same flags ----

strict=(gcc -O2 -fPIC -D_GNU_SOURCE -std=gnu17 -Wall -Werror "-I$JAVA_HOME/include" "-I$JAVA_HOME/include/linux"
    "-I$here/src/include")
for source in container libjvm reporterchelper; do
    is "$source.c compiles" "$("${strict[@]}" -c "$here/src/$source.c" -o "$work/$source.o" 2>&1)" ""
done

# ---- control groups ----

"${strict[@]}" '-DCGROUP_MOUNT="cgroup"' '-DCGROUP_SELF="self"' "$here/src/container.c" "$here/test/container.c" -o "$work/container"

# group NAME VALUE...: of the tree in $tree, the values by name
container() {
    (cd "$tree" && "$work/container") | awk -v name="$1" '$1 == name {print $2}'
}

tree=$work/v2
put "$tree/cgroup/cgroup.controllers" "cpu memory"
put "$tree/self" "0::/pod/main"
put "$tree/cgroup/pod/memory.max" 268435456
put "$tree/cgroup/pod/cpu.max" "max 100000"
put "$tree/cgroup/pod/main/memory.max" 134217728
put "$tree/cgroup/pod/main/memory.high" 100000000
put "$tree/cgroup/pod/main/memory.swap.max" 1000
put "$tree/cgroup/pod/main/memory.current" 5000
put "$tree/cgroup/pod/main/memory.peak" 6000
put "$tree/cgroup/pod/main/memory.stat" $'anon 4000\nfile 900\nfile_mapped 7'
put "$tree/cgroup/pod/main/cpu.max" "50000 100000"
is "v2 limited" "$(container limited)" 1
is "v2 limit" "$(container limit)" 134217728
is "v2 physical memory is the limit" "$(container physical)" 134217728
is "v2 soft limit" "$(container soft)" 100000000
is "v2 memory and swap" "$(container swap)" 134218728
is "v2 usage" "$(container usage)" 5000
is "v2 peak" "$(container peak)" 6000
is "v2 rss" "$(container rss)" 4000
is "v2 cache" "$(container cache)" 900
is "v2 half a processor counts as one" "$(container processors)" 1

put "$tree/cgroup/pod/main/memory.max" max
put "$tree/cgroup/pod/main/memory.swap.max" max
is "v2 limit of the group above" "$(container limit)" 268435456
is "v2 swap without limit" "$(container swap)" -1

put "$tree/self" "0::/../../other"
put "$tree/cgroup/memory.max" 67108864
is "v2 group outside the namespace: the mount" "$(container limit)" 67108864

tree=$work/v2free
put "$tree/cgroup/cgroup.controllers" "cpu memory"
put "$tree/self" "0::/"
is "v2 without limits" "$(container limited)" 0
is "v2 without limit" "$(container limit)" -1
is "v2 physical memory is the machine's" "$(container physical)" "$(($(getconf _PHYS_PAGES) * $(getconf PAGESIZE)))"

tree=$work/v1
put "$tree/self" $'5:cpu,cpuacct:/box\n4:memory:/box\n0::/box'
put "$tree/cgroup/memory/memory.limit_in_bytes" 9223372036854771712
put "$tree/cgroup/memory/box/memory.limit_in_bytes" 201326592
put "$tree/cgroup/memory/box/memory.memsw.limit_in_bytes" 301326592
put "$tree/cgroup/memory/box/memory.usage_in_bytes" 700
put "$tree/cgroup/memory/box/memory.stat" $'cache 20\nrss 10'
put "$tree/cgroup/cpu/box/cpu.cfs_quota_us" 100000
put "$tree/cgroup/cpu/box/cpu.cfs_period_us" 100000
is "v1 limited" "$(container limited)" 1
is "v1 limit" "$(container limit)" 201326592
is "v1 memory and swap" "$(container swap)" 301326592
is "v1 usage" "$(container usage)" 700
is "v1 rss" "$(container rss)" 10
is "v1 cache" "$(container cache)" 20
is "v1 processors" "$(container processors)" 1

put "$tree/cgroup/memory/box/memory.limit_in_bytes" 9223372036854771712
put "$tree/cgroup/cpu/box/cpu.cfs_quota_us" -1
is "v1 without limits" "$(container limited)" 0
is "v1 without limit" "$(container limit)" -1

# ---- assemble.sh, as far as it comes where no tool is installed ----

mkdir "$work/tools"
for tool in bash sh cat sed sha256sum dirname mktemp rm; do
    ln -s "$(command -v "$tool")" "$work/tools/$tool"
done

# assemble VERSION [DIRECTORY]
assemble() {
    put "$work/jdk-$1/release" "JAVA_VERSION=\"$1\""
    PATH=$work/tools JAVA_HOME=$work/jdk-$1 "$here/assemble.sh" "${2:-$work/nothing}" 2>&1 || true
}

for version in 21.0.9 24.0.1 25.1 26; do
    has "JDK $version is refused" "$(assemble "$version")" "is a JDK $version, not a 25.0"
done
for version in 25 25.0.1 25.0.3 25.0.14.1; do
    has "JDK $version is taken" "$(assemble "$version")" "make native needs"
done

put "$work/done/.assembled" "$(assemble 25.0.3 --fingerprint)"
is "nothing is assembled twice" "$(assemble 25.0.3 "$work/done")" ""
has "another JDK assembles anew" "$(assemble 25.0.4 "$work/done")" "make native needs"
is "a failed assembly leaves what was there" "$(cat "$work/done/.assembled")" "$(assemble 25.0.3 --fingerprint)"

# ---- graalvm-home ----

# builder NAME VERSION: a home whose native-image says so
builder() {
    put "$work/$1/bin/native-image" "#!/bin/sh
echo 'native-image $2 2025-10-21'"
    chmod +x "$work/$1/bin/native-image"
}
builder new 25.0.1
builder old 24.0.2
find_home() {
    env GRAALVM_HOME="$1" JAVA_HOME="$2" PATH="$3:/usr/bin:/bin" "$here/../graalvm-home" "$work/done"
}
put "$work/done/.assembled" "$(JAVA_HOME=$work/jdk-25.0.3 "$here/assemble.sh" --fingerprint)"
is "GRAALVM_HOME first" "$(find_home "$work/new" "$work/old" "$work/old/bin")" "$work/new"
is "JAVA_HOME when that is one" "$(find_home "$work/old" "$work/new" "$work/old/bin")" "$work/new"
is "then the path" "$(find_home "" "$work/old" "$work/new/bin")" "$work/new"
is "else the assembled one" "$(find_home "$work/old" "$work/jdk-25.0.3" "$work/old/bin")" "$work/done"

echo "toolchain: $passed passed, $failed failed"
[ "$failed" = 0 ]
