#!/bin/bash
# Assembles the files of a container image, all of them: the executable, the two native libraries beside it, the
# system's libraries that these need, and one user. No shell, no time zones (logs are in UTC), no CA certificates (the
# executable carries the JDK's own).
# The libraries are taken from the directory of the executable, else from the jars that it was built with.
# usage: rootfs.sh DIRECTORY EXECUTABLE
set -euo pipefail
directory=${1:?usage: rootfs.sh DIRECTORY EXECUTABLE}
executable=${2:?usage: rootfs.sh DIRECTORY EXECUTABLE}
umask 022

if [ -e "$directory" ] && [ -n "$(ls -A "$directory")" ]; then
    echo "rootfs.sh: $directory is not empty" >&2
    exit 1
fi

case $(uname -m) in
    x86_64) libraries=(libnetty_tcnative_linux_x86_64.so libnetty_transport_native_epoll_x86_64.so) ;;
    aarch64) libraries=(libnetty_tcnative_linux_aarch_64.so libnetty_transport_native_epoll_aarch_64.so) ;;
    *) echo "rootfs.sh: no native libraries for $(uname -m)" >&2; exit 1 ;;
esac

# The mount points stand for the document, certificates and what every container runtime mounts.
mkdir -p "$directory"/{dev,proc,sys,etc/steelyard/document,etc/steelyard/tls}
install -m 755 "$executable" "$directory/steelyard"

beside=$(dirname "$executable")
unpack() {
    local jar
    for jar in "$beside"/*-native-image-source-jar/lib/*.jar; do
        case $jar in
            *linux-x86_64.jar | *linux-aarch_64.jar) ;;
            *) continue ;;
        esac
        if unzip -p "$jar" "META-INF/native/$1" >"$directory/$1" 2>/dev/null; then
            return
        fi
    done
    echo "rootfs.sh: $1 is neither beside $executable nor in the jars it was built with" >&2
    return 1
}
for library in "${libraries[@]}"; do
    if [ -e "$beside/$library" ]; then
        cp "$beside/$library" "$directory/$library"
    else
        unpack "$library"
    fi
    chmod 755 "$directory/$library"
done

# To the very paths that the dynamic linker looks at when there is no cache: those ldd names.
for file in steelyard "${libraries[@]}"; do
    ldd "$directory/$file" | grep -o '/[^ ]*lib[^ ]*' | grep -v "^$directory"
done | sort -u | while read -r needed; do
    mkdir -p "$directory$(dirname "$needed")"
    cp -L "$needed" "$directory$needed"
done
if ldd "$directory/steelyard" "${libraries[@]/#/$directory/}" | grep 'not found'; then
    exit 1
fi

echo "steelyard:x:65532:65532:Steelyard:/:/sbin/nologin" >"$directory/etc/passwd"
echo "steelyard:x:65532:" >"$directory/etc/group"
echo "hosts: files dns" >"$directory/etc/nsswitch.conf"
