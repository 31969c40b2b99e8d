#!/usr/bin/env bash
# A Slurm of one node with two CPU slots, for tests: everything of it lives under one folder and listens on loopback only.
#
#   start-slurm.sh DIR [install]   starts it, prints `export` lines for the tests and leaves the daemons running
#   start-slurm.sh DIR stop        ends them
#
# `install` fetches Debian's packages where they are missing and that is possible (root). Exit 3: there is no Slurm here.
# Accounting is left out, so `sacct` answers nothing, as on many small clusters. Fake GPU resources are refused by slurmctld,
# hence CPU slots and a licence. Partition `low` is pre-empted by `high`.
set -euo pipefail
dir=${1:?usage: start-slurm.sh DIR [install|stop]}
mode=${2:-start}
PATH=$PATH:/usr/sbin:/sbin

# Ends a daemon by its pid file and waits until it is gone.
end() {
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 50); do
    grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$pid/status" 2>/dev/null || return 0
    sleep 0.1
  done
}

if [ "$mode" = stop ]; then
  for daemon in slurmd slurmctld munged; do end "$dir/$daemon.pid"; done
  exit 0
fi

missing() {
  local program
  for program in munged slurmctld slurmd sbatch squeue scancel; do
    command -v "$program" >/dev/null || { echo "$program"; return; }
  done
}

if [ -n "$(missing)" ] && [ "$mode" = install ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends slurm-wlm munge; } >&2 ||
    echo "apt-get could not install slurm-wlm and munge" >&2
fi
if [ -n "$(missing)" ]; then
  echo "there is no $(missing) on this machine" >&2
  exit 3
fi

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
chmod 755 "$dir"
mkdir -p "$dir/state" "$dir/spool"
name=$(hostname -s)
me=$(id -un)
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

dd if=/dev/urandom of="$dir/munge.key" bs=128 count=1 2>/dev/null
chmod 400 "$dir/munge.key"
# --force: the folder may lie under /tmp, which munged distrusts.
munged --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" \
  --log-file="$dir/munged.log" --seed-file="$dir/munge.seed" 2>>"$dir/munged.log"

cat >"$dir/slurm.conf" <<CONF
ClusterName=autoloop
SlurmctldHost=$name(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=$me
SlurmdUser=$me
AuthInfo=socket=$dir/munge.socket
CryptoType=crypto/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_min_interval=0,batch_sched_delay=0,default_queue_depth=100
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
MinJobAge=60
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
Licenses=gpu:2
NodeName=$name NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=$name Default=YES MaxTime=INFINITE State=UP
PartitionName=low Nodes=$name MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=CANCEL
PartitionName=high Nodes=$name MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
CONF

export SLURM_CONF="$dir/slurm.conf"
slurmctld -f "$SLURM_CONF" >>"$dir/slurmctld.log" 2>&1
slurmd -f "$SLURM_CONF" -N "$name" >>"$dir/slurmd.log" 2>&1

for _ in $(seq 100); do
  [ "$(sinfo --noheader --partition=main --format=%T 2>/dev/null)" = idle ] && ready=yes && break
  sleep 0.1
done
if [ "${ready:-}" != yes ]; then
  tail -n 5 "$dir"/*.log >&2
  "$0" "$dir" stop
  exit 1
fi
printf 'export SLURM_CONF=%q AUTOLOOP_SLURM=1\n' "$SLURM_CONF"
