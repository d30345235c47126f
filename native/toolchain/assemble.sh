#!/bin/bash
# Assembles a GraalVM Native Image home for Linux x86-64 from package registries:
#   the JDK in JAVA_HOME, the image builder's jars from Maven Central, the JDK's native libraries
#   as archives from Debian's source package of the same JDK, and our own C and launcher in src/.
#   usage: JAVA_HOME=<JDK 25.0.x> assemble.sh <target directory>
#          JAVA_HOME=<JDK 25.0.x> assemble.sh --fingerprint    what a directory in place was assembled from
# Needs: gcc, binutils, xz, mvn, apt. NATIVE_CACHE=<directory> keeps the downloaded source archive;
# NATIVE_SOURCE=<file> is used instead of it: the same archive, or a part of it that has the native sources
# (*/native, */include) and the Java files with native methods of the modules below.
set -euo pipefail

builder_version=25.0.2
vendor_version="GraalVM CE 25.0.2+10.1"
jdk_feature=25.0
source_suite=trixie
source_version="25.0.3+9-2~deb13u1"
source_archive="openjdk-25_25.0.3+9.orig.tar.xz"
source_sha256=2dd6c441b49705480db1ebfcd03f43d5dcb7f1d4290e98c1fa6eeefae50cfa07

# module, library: what compiled images link of the JDK
jdk_libraries="java.base java
java.base net
java.base nio
java.base zip
java.prefs prefs
java.management management
jdk.management management_ext
jdk.net extnet
jdk.security.auth jaas"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${1:?usage: assemble.sh <target directory>}
: "${JAVA_HOME:?}"
# without the builder, whose hash stands in jars.sha256, and the sources, whose hash stands here
inputs=$(cd "$here" && cat assemble.sh pom.xml jars.sha256 src/*.* src/include/* "$JAVA_HOME/release" | sha256sum)
if [ "$target" = --fingerprint ]; then
    echo "$inputs"
    exit
fi
if [ "$(cat "$target/.assembled" 2>/dev/null)" = "$inputs" ]; then
    exit 0
fi
# the sources are those of 25.0.3: the natives of an update differ from them in fixes, not in what they offer
jdk_version=$(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$JAVA_HOME/release")
case "$jdk_version" in
    25 | "$jdk_feature".*) ;;
    *) echo "JAVA_HOME is a JDK $jdk_version, not a $jdk_feature" >&2; exit 1 ;;
esac
for command in gcc ar nm xz mvn sha256sum; do
    command -v "$command" >/dev/null || { echo "make native needs $command (Debian: gcc libc6-dev binutils xz-utils zlib1g-dev maven)" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
home=$work/home
svm=$home/lib/svm
clibraries=$svm/clibraries/linux-amd64
archives=$home/lib/static/linux-amd64/glibc

step() { echo "[$SECONDS s] $*"; }

step "copying the JDK"
mkdir "$home"
cp -a "$JAVA_HOME/." "$home/"
rm -f "$home/lib/src.zip"
mkdir -p "$svm/builder/lib" "$svm/compiler" "$clibraries/include" "$archives"

step "fetching the image builder"
mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$work/jars"
(cd "$work/jars" && sha256sum --quiet -c "$here/jars.sha256")
for jar in "$work"/jars/*.jar; do
    name=$(basename "$jar")
    cp "$jar" "$svm/builder/${name/-$builder_version/}"
done
mv "$svm/builder/compiler.jar" "$svm/compiler/"

step "fetching the JDK's source"
cache=${NATIVE_CACHE:-$work/cache}
mkdir -p "$cache"
source_file=${NATIVE_SOURCE:-$cache/$source_archive}
if [ -z "${NATIVE_SOURCE:-}" ] && ! echo "$source_sha256  $cache/$source_archive" | sha256sum --status -c 2>/dev/null; then
    # a package list of our own, beside the system's: the same mirror and keys, the suite that has this version
    mkdir -p "$work/apt/lists/partial"
    site=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' 'Created-By: Packages' | head -n 1)
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $source_suite main" > "$work/apt/sources.list"
    apt=(-q -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$work/apt/lists"
         -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= -o APT::Sandbox::User=root)
    apt-get "${apt[@]}" update
    # a mirror may lack the package's smaller files; the one that is needed is checked below
    (cd "$cache" && apt-get "${apt[@]}" source --download-only "openjdk-25=$source_version") || true
    echo "$source_sha256  $cache/$source_archive" | sha256sum --quiet -c
fi
mkdir "$work/jdk"
tar -xJf "$source_file" -C "$work/jdk" --strip-components=1 --wildcards \
    '*/src/hotspot/share/include' '*/src/hotspot/os/posix/include' \
    $(echo "$jdk_libraries" | awk '!seen[$1]++ {print "*/src/" $1}')

step "making the JDK's JNI headers"
jdk=$work/jdk/src
for module in $(echo "$jdk_libraries" | awk '!seen[$1]++ {print $1}'); do
    sources=$work/natives/$module
    mkdir -p "$sources"
    for root in "$jdk/$module"/{share,unix,linux}/classes; do
        [ ! -d "$root" ] || (cd "$root" && { grep -rlE --include='*.java' '\bnative\b[^*;]*\(|@Native' . || true; } | xargs -r cp --parents -t "$sources")
    done
    "$home/bin/javac" -nowarn -proc:none -implicit:none -d "$work/classes/$module" -h "$work/headers" \
        --patch-module "$module=$sources" $(find "$sources" -name '*.java')
done

step "compiling the JDK's native libraries"
elsewhere=(! -path '*/windows/*' ! -path '*/macosx/*' ! -path '*/aix/*')
compile=(gcc -O2 -fPIC -ffunction-sections -fdata-sections -D_GNU_SOURCE -I"$home/include" -I"$home/include/linux")
jdk_flags=(-w -fno-strict-aliasing -D_REENTRANT -D_LARGEFILE64_SOURCE -DLINUX -D_LITTLE_ENDIAN -D_LP64=1 -Damd64
    '-DARCH="amd64"' '-DARCHPROPNAME="amd64"' "-DVERSION_STRING=\"$jdk_version\"" -DNDEBUG -DSTATIC_BUILD=1 -DUSE_MMAP -I"$work/headers"
    $(find "$jdk" -type d \( -path '*/native/*' -o -path '*/include' \) "${elsewhere[@]}" | sed 's/^/-I/'))
echo "$jdk_libraries" | while read -r module library; do
    mkdir -p "$work/objects/$library"
    find "$jdk/$module" -path "*/native/lib$library/*.c" "${elsewhere[@]}" |
        (cd "$work/objects/$library" && xargs -P "$(nproc)" -n 8 "${compile[@]}" "${jdk_flags[@]}" -DLIBRARY_NAME="$library" -c)
    ar rcs "$archives/lib$library.a" "$work/objects/$library"/*.o
done

step "compiling our own"
own=("${compile[@]}" -std=gnu17 -Wall -Werror -I"$here/src/include" -I"$clibraries/include"
    -I"$jdk/java.base/share/native/libjava" -I"$jdk/java.base/unix/native/libjava")
cp "$here"/src/include/*.h "$clibraries/include/"
# the builder lists the processor features it knows, for every architecture, as accessors of an interface
for architecture in AMD64 AArch64 RISCV64; do
    {
        echo "typedef struct {"
        "$home/bin/javap" -cp "$svm/builder/svm.jar" "com.oracle.svm.core.${architecture,,}.${architecture}LibCHelper\$CPUFeatures" |
            sed -n 's/.* boolean \(f[A-Za-z0-9_]*\)();/    unsigned char \1;/p'
        echo "} CPUFeatures;"
    } > "$clibraries/include/${architecture,,}cpufeatures.h"
done
for source in cpufeatures libchelper libjvm container; do
    "${own[@]}" -c "$here/src/$source.c" -o "$work/objects/$source.o"
done
# the JVM's functions that the JDK's libraries name and no compiled image may reach
nm --undefined-only "$archives"/*.a | awk '$2 ~ /^JVM_/ {print $2}' | sort -u > "$work/named"
nm --defined-only "$work/objects/libjvm.o" | awk '{print $3}' | sort -u > "$work/written"
{
    echo '#include <stdio.h>'
    echo '#include <stdlib.h>'
    echo '#define MISSING(name) void name(void) { fputs("not in a compiled image: " #name "\n", stderr); abort(); }'
    comm -23 "$work/named" "$work/written" | sed 's/.*/MISSING(&)/'
} > "$work/missing.c"
"${own[@]}" -c "$work/missing.c" -o "$work/objects/missing.o"
ar rcs "$clibraries/liblibchelper.a" "$work"/objects/{cpufeatures,libchelper}.o
ar rcs "$clibraries/libjvm.a" "$work"/objects/{libjvm,missing}.o
ar rcs "$clibraries/libsvm_container.a" "$work/objects/container.o"
"${own[@]}" -shared "$here/src/reporterchelper.c" -o "$svm/builder/lib/libreporterchelper.so"

step "making the command"
builder=org.graalvm.nativeimage.builder
"$home/bin/javac" --upgrade-module-path "$svm/compiler" --module-path "$svm/builder" --add-modules $builder \
    --patch-module "$builder=$here/src" -d "$work/launcher" "$here/src/NativeImage.java"
"$home/bin/jar" --create --file "$svm/native-image.jar" -C "$work/launcher" .
sed -e "s/@version@/$builder_version/; s/@vendor@/$vendor_version/" "$here/src/native-image.sh" > "$home/bin/native-image"
chmod +x "$home/bin/native-image"

echo "$inputs" > "$home/.assembled"
rm -rf "$target"
mkdir -p "$(dirname "$target")"
mv "$home" "$target"
step "done: $target"
