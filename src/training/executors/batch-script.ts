/**
 * What Slurm starts on a node. The same text for every trial: command and environment come from files beside it, part by part,
 * so nothing foreign is ever read by a shell. Needs bash 3.2 and coreutils.
 *
 * - Job control (`set -m`) gives the trainer its own process group and SIGINT that works; a background job of a plain script
 *   would ignore it (trainer facts 6). `env --default-signal` repairs it where the node's daemon itself was started so.
 * - Signals reach this shell alone (`--signal=B:…`, `scancel --batch`) and are handed on as one SIGINT to the trainer's group.
 *   A signal to all processes of the job would end the W&B process too, which sits in a session of its own, and with it the
 *   run's history: measured with SDK 0.21.4 and 0.30.0, 0 to 7 bytes were left of it.
 * - The folder `claimed` lets one start happen: neither a second submission nor a requeue trains the same attempt again.
 */
export const BATCH_SCRIPT = String.raw`#!/bin/bash
# One attempt of autoloop. Usage: job.sh FOLDER
umask 077
cd "$1" || exit 74

text() { if [ -n "$1" ]; then printf '"%s"' "$(printf %s "$1" | tr -cd 'A-Za-z0-9._,:+-')"; else printf null; fi; }
put() { printf '%s\n' "$2" >"$1.tmp" && mv -f "$1.tmp" "$1"; }
# finish EXIT SIGNAL WHY
finish() {
  put ended.json "{\"job\":$(text "$SLURM_JOB_ID"),\"exit\":$1,\"signal\":$(text "$2"),\"asked\":$(text "$asked"),\"why\":$(text "$3"),\"at\":$(date +%s%3N)}"
}

asked=
if ! mkdir claimed 2>/dev/null; then
  asked=requeue
  if [ "$(cat claimed/job 2>/dev/null)" = "$SLURM_JOB_ID" ] && [ ! -e ended.json ]; then finish null '' ''; fi
  exit 75
fi
printf '%s\n' "$SLURM_JOB_ID" >claimed/job

parts=()
while IFS= read -r -d '' part; do parts+=("$part"); done <task
variables=()
while IFS= read -r -d '' part; do variables+=("$part"); done <environment
# It holds keys, and nobody needs it any more.
rm -f environment
cwd=${"$"}{parts[0]} log=${"$"}{parts[1]} gpu=${"$"}{parts[2]}
command=("${"$"}{parts[@]:3}")
if [ "$gpu" = gpu ]; then
  variables+=("CUDA_DEVICE_ORDER=PCI_BUS_ID")
  if [ -n "${"$"}{CUDA_VISIBLE_DEVICES+x}" ]; then variables+=("CUDA_VISIBLE_DEVICES=$CUDA_VISIBLE_DEVICES"); fi
else
  variables+=("CUDA_VISIBLE_DEVICES=")
fi

set -m
trainer=
cut=
stop() {
  cut=yes
  if [ -z "$asked" ]; then
    asked=$1
    if [ -n "$trainer" ]; then kill -INT -- "-$trainer" 2>/dev/null; fi
  fi
}
trap 'stop INT' INT
trap 'stop TERM' TERM

if ! [ -d "$cwd" ]; then finish null '' no-folder; exit 72; fi
if [ -n "$asked" ]; then finish null '' ''; exit 75; fi
put started.json "{\"job\":$(text "$SLURM_JOB_ID"),\"node\":$(text "$(hostname)"),\"gpus\":$(text "${"$"}{CUDA_VISIBLE_DEVICES-}"),\"at\":$(date +%s%3N)}"
reset=()
if env --default-signal=INT,QUIT true 2>/dev/null; then reset=(env --default-signal=INT,QUIT); fi
(
  cd "$cwd" || exit 126
  for name in $(compgen -e); do unset "$name"; done
  for variable in "${"$"}{variables[@]}"; do export "$variable"; done
  exec "${"$"}{reset[@]}" "${"$"}{command[@]}"
) </dev/null >>"$log" 2>&1 &
trainer=$!
if [ -n "$asked" ]; then kill -INT -- "-$trainer" 2>/dev/null; fi

while :; do
  cut=
  wait "$trainer"
  status=$?
  # A trap cuts the waiting short, and so does a job that Slurm suspends.
  if [ -n "$cut" ]; then continue; fi
  kill -0 "$trainer" 2>/dev/null || break
  sleep 1
done
# Workers that outlived the trainer.
kill -KILL -- "-$trainer" 2>/dev/null
if [ "$status" -gt 128 ] && name=$(kill -l $((status - 128)) 2>/dev/null); then
  finish null "SIG$name" ''
else
  finish "$status" '' ''
fi
exit "$status"
`;
