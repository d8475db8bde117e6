#!/bin/sh
# Builds the wheel, installs it in an empty environment outside the checkout with the versions of uv.lock, and runs
# what a newcomer runs first. $UV names the uv to use.
set -eu
root=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

"$UV" build --quiet --wheel --out-dir "$work/dist" "$root"
"$UV" export --quiet --frozen --no-dev --no-emit-project --output-file "$work/requirements.txt"
"$UV" venv --quiet "$work/env"
"$UV" pip install --quiet --python "$work/env/bin/python" --requirement "$work/requirements.txt"
"$UV" pip install --quiet --python "$work/env/bin/python" --no-deps "$work"/dist/*.whl

# No checkout, no configuration and no home of the user's can lend a hand here.
cd "$work"
unset PYTHONPATH DIGEST_CONFIG
HOME="$work/home" XDG_CONFIG_HOME="$work/home/.config" XDG_STATE_HOME="$work/home/.local/state"
export HOME XDG_CONFIG_HOME XDG_STATE_HOME
PATH="$work/env/bin:$PATH"
mkdir -p "$HOME" desk
cd desk
digest init
digest check
digest demo --headless
# The manual came along: a page of it, as plain text.
digest help first-alert | grep 'telegram test desk'
# So did the files to run it as a service.
digest deploy compose.yaml | grep 'condition: service_healthy'
