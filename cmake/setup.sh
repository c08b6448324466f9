# Shared by ./run and ./test: installs missing packages, configures and builds. Sourced with $root set.
# Everything it says goes to standard error: standard output belongs to the program.

say() { printf 'gaikei: %s\n' "$*" >&2; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# ensure_packages GROUP...: installs what cmake/packages.txt lists for the groups and the machine has not.
ensure_packages() {
  local group name wanted=() missing=()
  for group in "$@"; do
    while read -r name; do wanted+=("$name"); done < <(sed -n "s/^$group //p" "$root/cmake/packages.txt")
  done
  local installed
  installed=" $(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' 2>/dev/null | sed -n 's/^ii *//p' | tr '\n' ' ') "
  for name in "${wanted[@]}"; do
    case "$installed" in *" $name "*) ;; *) missing+=("$name") ;; esac
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  say "installing: ${missing[*]}"
  # Servers that the tests use must not start by themselves when they are installed.
  local policy=/usr/sbin/policy-rc.d made_policy=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy" && made_policy=1
  fi
  local status=0
  install_packages "${missing[@]}" || { as_root apt-get update >&2 && install_packages "${missing[@]}"; } || status=$?
  [ -n "$made_policy" ] && as_root rm -f "$policy"
  return "$status"
}

install_packages() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

# What ccache wants to hear where headers are precompiled.
export CCACHE_SLOPPINESS=pch_defines,time_macros

# build PRESET TARGET...: configures once, builds, quiet when nothing changed.
build() {
  local preset=$1 dir="$root/build/$1"
  shift
  if [ ! -f "$dir/build.ninja" ]; then
    say "configuring ($preset)"
    local launcher=()
    command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    (cd "$root" && cmake --preset "$preset" "${launcher[@]}") >&2 || return 1
  fi
  local quiet=--quiet
  if ninja -C "$dir" -n "$@" 2>/dev/null | grep -q '^\[1/'; then
    say "building ($preset)"
    [ -t 2 ] && quiet=
  fi
  ninja -C "$dir" $quiet "$@" >&2
}
