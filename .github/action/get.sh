#!/usr/bin/env bash
# Puts the program somewhere and says where: from a release, its checksum verified, or built here.
set -euo pipefail

place="${RUNNER_TEMP:-/tmp}/unleak-bin"
mkdir -p "$place"

if [ -n "${PREBUILT_UNLEAK:-}" ]; then
    program="$PREBUILT_UNLEAK"
elif [ -n "${VERSION:-}" ]; then
    case "$VERSION" in
        *[!0-9A-Za-z.+-]*) echo "::error::version '$VERSION' is not a version" && exit 2 ;;
    esac
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64) target=x86_64-unknown-linux-gnu ;;
        Linux-aarch64) target=aarch64-unknown-linux-gnu ;;
        Darwin-arm64) target=aarch64-apple-darwin ;;
        Darwin-x86_64) target=x86_64-apple-darwin ;;
        *) echo "::error::no release for $(uname -s) on $(uname -m); leave version out to build it" && exit 2 ;;
    esac
    name="unleak-$VERSION-$target.tar.gz"
    from="$SERVER/$ACTION_REPOSITORY/releases/download/v$VERSION"
    curl --fail --silent --show-error --location --retry 3 --output "$place/$name" "$from/$name"
    curl --fail --silent --show-error --location --retry 3 --output "$place/$name.sha256" "$from/$name.sha256"
    wanted=$(cut -d' ' -f1 "$place/$name.sha256")
    if command -v sha256sum >/dev/null; then
        got=$(sha256sum "$place/$name" | cut -d' ' -f1)
    else
        got=$(shasum -a 256 "$place/$name" | cut -d' ' -f1)
    fi
    if [ -z "$wanted" ] || [ "$wanted" != "$got" ]; then
        echo "::error::$name: its checksum is $got, the release says '$wanted'"
        exit 2
    fi
    tar -xzf "$place/$name" -C "$place" unleak
    program="$place/unleak"
elif command -v cargo >/dev/null; then
    cargo build --release --locked --quiet \
        --manifest-path "$ACTION_PATH/Cargo.toml" --target-dir "$place/target"
    program="$place/target/release/unleak"
else
    echo "::error::there is no cargo to build unleak with; name a released version"
    exit 2
fi

"$program" --version
echo "program=$program" >>"$GITHUB_OUTPUT"
