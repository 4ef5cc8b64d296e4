# shellcheck shell=bash
# Sourced by the commands beside it, from the root of the clone: a release build, virtual environments, C programs.

# build PRODUCT…
build() {
    local product
    for product in "$@"; do
        swift build --configuration release --scratch-path .build-release --product "$product" >&2
    done
}

built() { echo "$PWD/.build-release/release"; }

# venv NAME REQUIREMENTS: makes .venv-bench-NAME; fails where a package cannot be installed.
venv() {
    local folder=.venv-bench-$1
    [ -x "$folder/bin/python" ] || python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$2" >&2
}

# traffic FOLDER: compiles the programs that send, drop and parse messages.
traffic() {
    local source=tools/bench/traffic
    mkdir -p "$1"
    cc -O2 -o "$1/publish" $source/publish.c $source/messages.c -lzmq -lm
    cc -O2 -o "$1/drop" $source/drop.c -lzmq
    cc -O2 -c -o "$1/messages.o" $source/messages.c
    c++ -std=c++17 -O2 -o "$1/parse" $source/parse.cpp "$1/messages.o" -lsimdjson -lm
}
