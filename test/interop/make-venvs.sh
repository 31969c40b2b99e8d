#!/bin/sh
# Creates the virtual environments of the W&B interop tests and prints the value for AUTOLOOP_WANDB_PYTHONS.
# Usage: make-venvs.sh DIR
#   PYTHON        the interpreter, default python3
#   WANDB_NEWEST  what "newest" means, default wandb; e.g. wandb==0.30.0
#
# 0.21.4 is what the trainer pins. Releases since 0.30 require an OpenTelemetry exporter that did not always resolve: then
# the other dependencies are installed one by one and the three names that the SDK imports are stubbed.
set -eu

dir=${1:?usage: make-venvs.sh DIR}
python=${PYTHON:-python3}
newest=${WANDB_NEWEST:-wandb}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

venv() {
  [ -x "$dir/$1/bin/python" ] || "$python" -m venv "$dir/$1"
}

has_wandb() {
  "$dir/$1/bin/python" -c 'import wandb' 2>/dev/null
}

install() {
  name=$1
  shift
  "$dir/$name/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2
}

install_without_telemetry() {
  install "$1" click packaging platformdirs 'protobuf<8' 'pydantic<3' pyyaml 'requests<3' typing-extensions xxhash
  install "$1" --no-deps "$newest"
  otel=$("$dir/$1/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/opentelemetry
  mkdir -p "$otel/_logs" "$otel/metrics" "$otel/sdk/metrics/export"
  echo 'class SeverityNumber: DEBUG, INFO, WARN, ERROR, FATAL = 5, 9, 13, 17, 21' > "$otel/_logs/__init__.py"
  echo 'class Counter: pass' > "$otel/metrics/__init__.py"
  echo 'class AggregationTemporality: DELTA, CUMULATIVE = 1, 2' > "$otel/sdk/metrics/export/__init__.py"
}

venv wandb-0.21.4
has_wandb wandb-0.21.4 || install wandb-0.21.4 'wandb==0.21.4'
venv wandb-newest
has_wandb wandb-newest || install wandb-newest "$newest" || install_without_telemetry wandb-newest

for name in wandb-0.21.4 wandb-newest; do
  "$dir/$name/bin/python" -W ignore -c 'import sys, wandb; print(sys.argv[1], wandb.__version__, file=sys.stderr)' "$name"
done
echo "$dir/wandb-0.21.4/bin/python:$dir/wandb-newest/bin/python"
