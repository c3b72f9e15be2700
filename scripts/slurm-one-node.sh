#!/usr/bin/env bash
# A Slurm of one node on this machine, for tests: munged, slurmctld and slurmd on loopback, all files in one folder.
#
#   scripts/slurm-one-node.sh start DIR   starts it and prints the line that makes it the Slurm of a shell
#   scripts/slurm-one-node.sh stop DIR    ends its jobs and the daemons that start wrote down, and no others
#
# Needs root and Debian's packages slurm-wlm and munge (or those commands from elsewhere). It shares nothing with a Slurm
# that is installed and running: own ports, own key, own configuration. There is no accounting, as on small clusters.
#
#   SLURM_MAX_ARRAY_SIZE   its MaxArraySize [1001]
set -euo pipefail

fail() {
  printf 'slurm-one-node: %s\n' "$1" >&2
  exit 1
}

usage() {
  sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

# A port that nobody listens on; not one of those that the system hands out.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || break
  done
  echo "$port"
}

require() {
  local missing=
  for command in munged slurmctld slurmd sbatch squeue scontrol; do
    command -v "$command" > /dev/null || missing+=" $command"
  done
  [ -z "$missing" ] || fail "missing:$missing; on Debian: apt-get install slurm-wlm munge"
  [ "$(id -u)" = 0 ] || fail 'the daemons need root'
}

write_configuration() {
  local host cpus memory
  host=$(hostname -s)
  cpus=$(nproc)
  memory=$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)
  cat > "$dir/slurm.conf" << END
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
AuthType=auth/munge
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
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
KillWait=2
MaxArraySize=${SLURM_MAX_ARRAY_SIZE:-1001}
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=60 State=UP
END
  # Without it slurmd 22 looks for a hierarchy that a container may lack.
  printf 'CgroupPlugin=cgroup/v1\n' > "$dir/cgroup.conf"
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" > /dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then
      tail -n 5 "$dir"/*.log >&2 || :
      stop
      fail "$what did not come up"
    fi
    sleep 0.1
  done
}

node_idle() {
  [ "$(sinfo --noheader --format=%T)" = idle ]
}

start() {
  require
  [ ! -e "$dir/slurm.conf" ] || fail "$dir holds a Slurm already; stop it first"
  mkdir -p "$dir/state" "$dir/spool"
  dir=$(cd "$dir" && pwd -P)
  # The socket is for all users; munged insists on the others being kept out of the rest.
  chmod 755 "$dir"
  write_configuration
  export SLURM_CONF=$dir/slurm.conf
  (umask 077 && head -c 128 /dev/urandom > "$dir/munge.key")
  munged --force --socket="$dir/munge.socket" --key-file="$dir/munge.key" --pid-file="$dir/munged.pid" \
    --seed-file="$dir/munge.seed" --log-file="$dir/munged.log" 2>> "$dir/munged.log"
  slurmctld -f "$SLURM_CONF"
  wait_for 20 slurmctld scontrol ping
  slurmd -f "$SLURM_CONF"
  wait_for 20 slurmd node_idle
  echo "export SLURM_CONF=$SLURM_CONF"
}

# end NAME: the daemon whose process start wrote down, if it is still that daemon.
end() {
  local file=$dir/$1.pid pid
  [ -s "$file" ] || return 0
  pid=$(tr -dc 0-9 < "$file")
  if [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = "$1" ]; then
    kill "$pid" 2> /dev/null || :
    for _ in $(seq 100); do
      [ -e "/proc/$pid" ] || break
      sleep 0.1
    done
    [ ! -e "/proc/$pid" ] || kill -9 "$pid" 2> /dev/null || :
  fi
  rm -f "$file"
}

stop() {
  [ -e "$dir/slurm.conf" ] || fail "$dir holds no Slurm"
  dir=$(cd "$dir" && pwd -P)
  export SLURM_CONF=$dir/slurm.conf
  timeout 5 scancel --user="$(id -un)" 2> /dev/null || :
  for _ in $(seq 50); do
    [ -n "$(timeout 5 squeue --noheader 2> /dev/null)" ] || break
    sleep 0.1
  done
  end slurmd
  end slurmctld
  end munged
  rm -f "$dir/slurm.conf"
}

[ $# = 2 ] || usage
dir=$2
case $1 in
  start | stop) "$1" ;;
  *) usage ;;
esac
