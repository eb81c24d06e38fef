# shellcheck shell=bash
# Shared by the scripts of this folder: messages, system packages, the Swift toolchain.
#
# Usage: source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"   (sets ROOT and changes into it)

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT" || exit
# A command that fails inside $(…) ends the script as well.
shopt -s inherit_errexit

# Everything the scripts may keep between runs; git ignores it.
CACHE="$ROOT/.cache"

say() { printf '==> %s\n' "$*" >&2; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# Prints the comment block at the top of a script, which is its help text.
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$1"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    die "root rights are needed for: $* (neither root nor sudo)"
  fi
}

# packages KIND...: the package names of these kinds, from scripts/packages.txt.
packages() {
  local kind
  for kind in "$@"; do
    sed -n "s/^$kind //p" "$ROOT/scripts/packages.txt"
  done
}

# need_packages KIND...: installs what is missing of these kinds; does nothing, without root rights, when nothing is.
need_packages() {
  local name missing=()
  if ! have dpkg-query || ! have apt-get; then
    say "not Debian or Ubuntu: make sure that the equivalents of these are here: $(packages "$@" | xargs)"
    return 0
  fi
  for name in $(packages "$@"); do
    package_installed "$name" || missing+=("$name")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing ${missing[*]}"
  # A third-party source that is down must not stop the install; apt-get install has the last word.
  as_root apt-get update -qq || say "apt-get update failed; trying with the lists at hand"
  # --no-remove: never trade in a package that somebody chose (another libcurl flavour, say).
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends --no-remove \
    "${missing[@]}" >/dev/null || die "could not install: ${missing[*]}"
}

package_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | head -n 1)" = installed ]
}

# The oldest Swift release that builds the package, as Package.swift states it.
swift_minimum() { sed -n 's|^// swift-tools-version: *||p' Package.swift; }

# Finds a Swift toolchain that is new enough and puts it on PATH, or says how to get one.
need_swift() {
  local folder version minimum
  minimum="$(swift_minimum)"
  if ! have swift; then
    for folder in "$HOME/.local/share/swiftly/bin" /opt/swift/usr/bin /usr/local/swift/usr/bin /usr/share/swift/usr/bin; do
      if [ -x "$folder/swift" ]; then
        PATH="$folder:$PATH"
        break
      fi
    done
  fi
  have swift || die "$(swift_help "no Swift toolchain found" "$minimum")"
  version="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)"
  [ -n "$version" ] || die "$(swift_help "'swift --version' does not answer" "$minimum")"
  if [ "$(printf '%s\n' "$minimum" "$version" | sort -V | head -n 1)" != "$minimum" ]; then
    die "$(swift_help "Swift $version is too old" "$minimum")"
  fi
}

# swift_help WHAT MINIMUM
swift_help() {
  cat <<HELP
$1. Sluice needs Swift $2 or newer.

Get one of these, then run the same command again:
  - the toolchain for your distribution, from https://www.swift.org/install/linux/
    (unpack the archive and put its usr/bin on PATH, or let swiftly do it);
  - no toolchain at all: 'docker build -t sluice .' builds and packs Sluice inside the Swift image,
    and 'docker compose up' runs it (see compose.yaml).
HELP
}

# Packages and toolchain for any build. The toolchain's own packages first: without them 'swift --version' may fail.
need_build() {
  need_packages toolchain build
  need_swift
}

# Builds the release executable with the Swift libraries inside it, optimised across modules by the linker, and prints
# its path.
build_release() {
  local flags=(-c release --product sluice --static-swift-stdlib --experimental-lto-mode full)
  swift build "${flags[@]}" >&2
  printf '%s/sluice\n' "$(swift build "${flags[@]}" --show-bin-path)"
}

# Builds the benchmarks' load generator and prints its path.
build_load() {
  mkdir -p "$CACHE/bench"
  "${CC:-cc}" -std=gnu11 -O2 -g -Wall -Wextra -Werror Benchmarks/Load/*.c -lm -o "$CACHE/bench/benchload"
  printf '%s\n' "$CACHE/bench/benchload"
}

# A Python that can make virtual environments.
need_python() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || need_packages python
  python3 -c 'import ensurepip, venv' 2>/dev/null || die "python3 cannot make a virtual environment (no venv or ensurepip)"
}

# python_env NAME REQUIREMENTS: prints the path of a virtual environment holding these requirements. It is kept in the
# cache under a hash of the Python version and of every .txt beside the file (it may name a constraints file), so that a
# change of any makes a new one.
python_env() {
  local name="$1" requirements="$2" key folder
  key="$({ python3 --version; cat "$(dirname "$requirements")"/*.txt; } | sha256sum | cut -c 1-16)"
  folder="$CACHE/python/$name-$key"
  if [ ! -e "$folder/complete" ]; then
    say "making the Python environment for $requirements"
    rm -rf "$CACHE/python/$name-"*
    mkdir -p "$CACHE/python"
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" >&2
    touch "$folder/complete"
  fi
  printf '%s\n' "$folder"
}
