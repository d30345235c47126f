#!/bin/bash
# Shows that the image's files are enough: runs the executable in a root of exactly these files, mounted read-only,
# with no /tmp, as the image's user without any capability, and takes TLS through it to a backend. Then without its
# libraries, which it must refuse. Where buildah is installed, the image is built and run as well.
# usage: check-image.sh EXECUTABLE     (needs root, openssl, curl and a JDK; opens ports on loopback only)
set -euo pipefail
executable=$(readlink -f "${1:?usage: check-image.sh EXECUTABLE}")
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

if [ "${2:-}" != inside ]; then
    [ "$(id -u)" = 0 ] || { echo "check-image.sh: mounts and other users need root" >&2; exit 1; }
    # Mounts of our own, which nobody else sees and which end with us.
    exec unshare --mount --propagation private "${BASH_SOURCE[0]}" "$executable" inside
fi

work=$(mktemp -d)
started=()
finish() {
    status=$?
    for pid in "${started[@]}"; do
        kill -KILL "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
    done
    [ "$status" = 0 ] || tail -n 20 "$work"/*.log >&2 || true
    umount -R "$work/root" 2>/dev/null || true
    rm -rf --one-file-system "$work"
}
trap finish EXIT

fail() {
    echo "check-image.sh: $*" >&2
    exit 1
}

free_port() {
    local port
    while port=$((RANDOM % 20000 + 12000)) && (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

# wait_for LOG WORD PID: until it is printed, 30 s at most, or the process has ended.
wait_for() {
    for _ in $(seq 300); do
        grep -qs "$2" "$1" && return
        kill -0 "$3" 2>/dev/null || fail "ended before it printed \"$2\""
        read -r -t 0.1 <> <(:) || true
    done
    fail "did not print \"$2\""
}

root=$work/root files=$work/files
"$here/rootfs.sh" "$files" "$executable"

echo "== files"
(cd "$files" && find . -type f -printf '%10s %m %P\n' | sort -k3)
unwanted=$(find "$files" \( -name 'sh' -o -name '*bash*' -o -name 'busybox' -o -perm /6000 \) -print)
[ -z "$unwanted" ] || fail "does not belong into the image: $unwanted"
[ "$(cat "$files/etc/passwd")" = "steelyard:x:65532:65532:Steelyard:/:/sbin/nologin" ] || fail "users"

backend=$(free_port) port=$(free_port) management=$(free_port)
mkdir -p "$work"/{document,tls,pages}
echo "from the backend" >"$work/pages/answer.txt"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -addext keyUsage=critical,digitalSignature -keyout "$work/tls/tls.key" -out "$work/tls/tls.crt" 2>/dev/null
chgrp -R 65532 "$work/tls" && chmod 750 "$work/tls" && chmod 640 "$work/tls/tls.key"
cat >"$work/document/steelyard.yaml" <<EOF
listeners:
  - name: web
    protocol: tcpssl
    address: 127.0.0.1
    port: $port
    server-group: app
    tls: {certificates: [web]}
certificates:
  - {name: web, certificate: /etc/steelyard/tls/tls.crt, key: /etc/steelyard/tls/tls.key}
server-groups:
  - name: app
    backends: [{address: "127.0.0.1:$backend"}]
    health-check: {type: http, path: /answer.txt}
EOF
"$("$here/../.ci/find-jdk")/bin/jwebserver" -b 127.0.0.1 -p "$backend" -d "$work/pages" >"$work/backend.log" 2>&1 &
started+=($!)
wait_for "$work/backend.log" Serving $!

# What a container runtime mounts: document and certificates, /proc, a few devices; the root itself read-only.
mount_root() {
    mkdir -p "$root"
    mount --bind "$files" "$root"
    mount -t tmpfs -o size=64k,mode=755 devices "$root/dev"
    for device in null urandom random; do
        : >"$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    mount -t proc proc "$root/proc"
    mount --bind "$work/document" "$root/etc/steelyard/document"
    mount --bind "$work/tls" "$root/etc/steelyard/tls"
    for mounted in "" /dev /etc/steelyard/document /etc/steelyard/tls; do
        mount -o remount,bind,ro "$root$mounted"
    done
}
settings=(-i HOME=/ STEELYARD_SHUTDOWN_DELAY=0s QUARKUS_MANAGEMENT_PORT="$management")
as_user=("$(command -v setpriv)" --no-new-privs "$(command -v chroot)" --userspec=65532:65532 --groups= "$root")
arguments=(run --config /etc/steelyard/document/steelyard.yaml)

mount_root
echo "== runs as 65532 on a read-only root without /tmp"
(cd / && exec env "${settings[@]}" "${as_user[@]}" /steelyard "${arguments[@]}") >"$work/steelyard.log" 2>&1 &
pid=$!
started+=("$pid")
wait_for "$work/steelyard.log" " started " "$pid"
grep -E " started | limits " "$work/steelyard.log"
grep -q 'engine="BoringSSL.*transport=epoll' "$work/steelyard.log" || fail "BoringSSL and epoll are not in use"

grep -E '^(Uid|Gid|Groups|CapPrm|CapEff|NoNewPrivs):' "/proc/$pid/status"
grep -q $'^Uid:\t65532\t65532\t65532\t65532$' "/proc/$pid/status" || fail "user"
grep -q $'^CapEff:\t0000000000000000$' "/proc/$pid/status" || fail "capabilities"
[ ! -e "$root/tmp" ] || fail "there is a /tmp"
setpriv --reuid=65532 --regid=65532 --clear-groups test ! -w "$root" || fail "the root can be written to"
mapped=$(awk '$6 ~ /netty/ {print $6}' "/proc/$pid/maps" | sort -u)
echo "$mapped"
[ "$(wc -l <<<"$mapped")" = 2 ] && ! grep -qv "^$root/libnetty_\|^$files/libnetty_\|^/libnetty_" <<<"$mapped" || fail "libraries are not those beside it"

answer=$(curl -sS --max-time 10 --cacert "$work/tls/tls.crt" --resolve "localhost:$port:127.0.0.1" "https://localhost:$port/answer.txt")
[ "$answer" = "from the backend" ] || fail "answer through TLS: $answer"
# Ready with the backend's first health check.
curl -sS -f -o /dev/null --retry 20 --retry-delay 1 "http://127.0.0.1:$management/q/health/ready" || fail "not ready"
echo "TLS: $answer"

kill -TERM "$pid"
wait "$pid" && ended=0 || ended=$?
[ "$ended" = 0 ] || fail "exit after SIGTERM: $ended"
[ -z "$(find "$files" -newer "$work/document/steelyard.yaml" -type f)" ] || fail "it wrote to its root"
echo "SIGTERM: exit 0"

echo "== refuses without its libraries"
for library in tcnative transport_native_epoll; do
    umount -R "$root"
    mkdir -p "$work/aside" && mv "$files"/libnetty_"$library"* "$work/aside"
    mount_root
    (cd / && exec env "${settings[@]}" timeout 30 "${as_user[@]}" /steelyard "${arguments[@]}") >"$work/refusal.log" 2>&1 && ended=0 || ended=$?
    [ "$ended" = 1 ] || fail "exit without $library: $ended"
    reason=$(grep '^steelyard: ' "$work/refusal.log") || fail "no reason without $library"
    echo "$reason"
    grep -q "netty_$library" <<<"$reason" || fail "the reason does not name netty_$library"
    umount -R "$root"
    mv "$work"/aside/* "$files"
    mount_root
done
umount -R "$root"

if ! command -v buildah >/dev/null; then
    echo "== no buildah here: the image itself was not built"
    exit
fi
echo "== image"
mkdir -p "$work/context/target" "$work/storage" "$work/run"
cp -a "$files" "$work/context/target/rootfs"
build=(buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs)
"${build[@]}" build -q --isolation chroot -f "$here/Dockerfile.prebuilt" -t steelyard-check "$work/context" >/dev/null
"${build[@]}" inspect --type image --format \
    'user={{.OCIv1.Config.User}} entrypoint={{.OCIv1.Config.Entrypoint}} ports={{.OCIv1.Config.ExposedPorts}} stop={{.OCIv1.Config.StopSignal}}{{"\n"}}' \
    steelyard-check | tee "$work/image.txt"
grep -q '^user=65532:65532 entrypoint=\[/steelyard\] .*stop=SIGTERM$' "$work/image.txt" || fail "image configuration"
# To a file: buildah 1.28 sometimes loses what a short-lived program of any kind writes when its own output is a pipe.
container=$("${build[@]}" from --pull-never steelyard-check)
"${build[@]}" run --isolation chroot "$container" /steelyard version >"$work/version.txt"
cat "$work/version.txt"
grep -q 'transport epoll' "$work/version.txt" || fail "the image does not run"
"${build[@]}" rm "$container" >/dev/null
