/**
 * What Slurm starts on a node. The same text for every trial: command and environment come from files beside it, part by part,
 * so nothing foreign is ever read by a shell. Needs bash and coreutils.
 *
 * - Job control (`set -m`) gives the trainer its own process group and a SIGINT that works; a background job of a plain script
 *   would ignore it (trainer facts 6). Where the node's daemon itself was started so, the script begins anew without.
 * - Signals reach this shell alone (`--signal=B:…`, `scancel --batch`) and are handed on as one SIGINT to the trainer's group.
 *   A signal to all processes of the job would end the W&B process too, which sits in a session of its own, and with it the
 *   run's history: of SDK 0.21.4 and 0.30.0 alike 0 to 7 bytes were left after SIGTERM to all.
 * - The folder `claimed` lets one start happen: neither a second submission nor a requeue trains the same attempt again.
 */
export const BATCH_SCRIPT = `#!/bin/bash
# One attempt of autoloop. Usage: job.sh FOLDER
umask 077
# Started with SIGINT ignored, a shell can neither trap it nor give it back to its children.
if [ -n "$(trap -p INT)" ] && env --default-signal=INT,QUIT true 2>/dev/null; then
  exec env --default-signal=INT,QUIT "$BASH" "$0" "$@"
fi
cd "$1" || exit 74

now() { date +%s%3N; }
text() {
  if [ -n "$1" ]; then printf '"%s"' "$(printf %s "$1" | tr -cd 'A-Za-z0-9._,:+-')"; else printf null; fi
}
put() { cat >"$1.tmp" && mv -f "$1.tmp" "$1"; }
# finish EXIT SIGNAL WHY
finish() {
  printf '{"job":%s,"exit":%s,"signal":%s,"asked":%s,"why":%s,"at":%s}' \\
    "$(text "$SLURM_JOB_ID")" "$1" "$(text "$2")" "$(text "$asked")" "$(text "$3")" "$(now)" | put ended.json
}

asked=
if ! mkdir claimed 2>/dev/null; then
  asked=requeue
  if [ "$(cat claimed/job 2>/dev/null)" = "$SLURM_JOB_ID" ] && [ ! -e ended.json ]; then finish null '' ''; fi
  exit 75
fi
printf %s "$SLURM_JOB_ID" >claimed/job

parts=()
while IFS= read -r -d '' part; do parts+=("$part"); done <task
variables=()
while IFS= read -r -d '' part; do variables+=("$part"); done <environment
# It holds keys, and nobody needs it any more.
rm -f environment
cwd=\${parts[0]} log=\${parts[1]} device=\${parts[2]}
command=("\${parts[@]:3}")
gpus=
if [ "$device" = gpu ]; then
  gpus=$CUDA_VISIBLE_DEVICES
  variables+=(CUDA_DEVICE_ORDER=PCI_BUS_ID)
  if [ -n "\${CUDA_VISIBLE_DEVICES+set}" ]; then variables+=("CUDA_VISIBLE_DEVICES=$gpus"); fi
else
  variables+=(CUDA_VISIBLE_DEVICES=)
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

if [ ! -d "$cwd" ]; then finish null '' no-folder; exit 72; fi
printf '{"job":%s,"node":%s,"gpus":%s,"at":%s}' \\
  "$(text "$SLURM_JOB_ID")" "$(text "$(hostname)")" "$(text "$gpus")" "$(now)" | put started.json
(
  cd "$cwd" || exit 126
  for name in $(compgen -e); do unset "$name"; done
  for variable in "\${variables[@]}"; do export "$variable"; done
  exec "\${command[@]}"
) </dev/null >>"$log" 2>&1 &
trainer=$!
# The signal may have come before there was anybody to hand it on to.
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
