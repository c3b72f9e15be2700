#!/usr/bin/env bash
# `sweep --launcher slurm` on a real Slurm: a cluster of one node, started here for the purpose (see slurm-one-node.sh, which
# says what it needs). A missing Slurm is a failure. Takes about a minute.
# Usage: scripts/test-slurm.sh
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
work=$(mktemp -d)
launcher=
began=$SECONDS
patience=60

finish() {
  local status=$?
  trap - EXIT
  [ -z "$launcher" ] || kill -9 "$launcher" 2> /dev/null || :
  if [ $status != 0 ]; then
    tail -n 40 "$work"/*.out "$work"/*.err "$work"/*/slurm/*/logs/*.log "$work"/node/slurm*.log 2> /dev/null || :
    printf 'FAILED (exit %d)\n' $status
  fi
  [ ! -e "$work/node/slurm.conf" ] || "$source/scripts/slurm-one-node.sh" stop "$work/node" || :
  rm -rf "$work"
  exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  printf 'FAILED: %s\n' "$1"
  exit 1
}

said() { printf '%3d s  %s\n' $((SECONDS - began)) "$1"; }

# await WHAT COMMAND...: until the command succeeds.
await() {
  local end=$((SECONDS + patience)) what=$1
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || fail "waited $patience s for: $what"
    sleep 0.1
  done
}

# The rows of a store without their times, in the order of the file.
rows() { sed 's/,"time":{[^}]*},"crc":"[0-9a-f]*"}$/}/' "$1/trials.jsonl"; }

count() { grep -c "$1" "$2" || :; }
has_rows() { [ -s "$1/trials.jsonl" ]; }
tasks_of() { squeue --noheader --array --states="$2" --jobs="$1" --format=%K 2> /dev/null | sort -n | tr '\n' ' '; }
is_running() { [[ " $(tasks_of "$1" RUNNING)" == *" $2 "* ]]; }

lemniscate() { "$source/lemniscate" "$@"; }

# sweep NAME OPTIONS...: through Slurm, in the background; $launcher is its process.
sweep() {
  local name=$1
  shift
  set -m # otherwise it would be deaf to Ctrl-C
  "$source/lemniscate" sweep small.yaml --out "$name" --launcher slurm --slurm.poll 1 "$@" \
    > "$work/$name.out" 2> "$work/$name.err" &
  launcher=$!
  set +m
}

# ended CODE: waits for the launcher.
ended() {
  local status=0
  wait "$launcher" || status=$?
  launcher=
  [ $status = "$1" ] || fail "exit $status of the launcher instead of $1"
}

cd "$work"
cat > small.yaml << 'END'
base:
  data: {name: synthetic, train: 53, test: 23}
  train: {batch: 5, epochs: 1000}
  net: {width: 7, activation: relu}
  param.baseWidth: 4
  pc.steps: 3
  backend: reference
  threads: 1
grid:
  rule: [bp, pc]
  optim.lr: [0.01, 1e30, 0.03] # of those of the first task, 0, 5 and 10, none diverges at once
seeds: 2
END

lemniscate --version > version.out # builds, if need be
SLURM_MAX_ARRAY_SIZE=4 "$source/scripts/slurm-one-node.sh" start "$work/node" > node.out
export SLURM_CONF=$work/node/slurm.conf
said 'Slurm is up'

lemniscate sweep small.yaml --out one-process --workers 1 > one-process.out 2> one-process.err
[ "$(rows one-process | wc -l)" = 12 ] || fail 'not 12 trials in one process'
said 'the sweep in one process'

# ---- Five tasks, with indexes up to 3: two arrays. One task is cancelled, then the launcher is killed.

sweep cluster --slurm.tasks 5 --slurm.option time=5 --slurm.option mem=0
parts=cluster/slurm/1
await 'a trial of the first task' has_rows $parts/part-0001
cp $parts/part-0001/trials.jsonl before-cancel
first=$(sed -n 's/.*"event":"job","submission":1,"job":"\([0-9]*\)".*/\1/p' cluster/slurm/journal.jsonl)
scancel "${first}_1"
[ "$(rows $parts/part-0001 | wc -l)" -lt 3 ] || fail 'the first task was over before it was cancelled'
await 'its requeue' grep -q 'task 1 ended as CANCELLED with .* submitting it again (1 of 2 times)' cluster.err
await 'its new job' grep -q 'submitted job [0-9]*: task 1$' cluster.err
said "task 1 was cancelled after $(wc -l < before-cancel) of 3 trials, and submitted again"

kill -9 "$launcher"
ended 137
cp cluster/slurm/journal.jsonl before-kill
[ "$(count '"event":"job"' before-kill)" = 3 ] || fail 'not three jobs: two arrays and a requeue'
[ -n "$(squeue --noheader)" ] || fail 'all jobs were over before the launcher was killed'
status=0
lemniscate sweep small.yaml --out cluster --resume > local.out 2> local.err || status=$?
[ $status = 2 ] || fail "exit $status of a local launcher instead of 2"
grep -q 'being run by Slurm' local.err || fail 'a local launcher took over the jobs of Slurm'
sweep cluster --resume
ended 0
grep -q 'going on with plan 1 of 5 tasks' cluster.err || fail 'the launcher did not go on'
said 'the launcher was killed, and went on'

cmp <(rows one-process) <(rows cluster) || fail 'rows differ from those of one process'
cmp <(grep -v '"event":"collected"' cluster/slurm/journal.jsonl) before-kill || fail 'submitted something twice'
[ "$(count '"event":"collected"' cluster/slurm/journal.jsonl)" = 1 ] || fail 'not collected'
[ "$(cat $parts/part-*/trials.jsonl | wc -l)" = 12 ] || fail 'trials were run twice'
cmp before-cancel <(head -n "$(wc -l < before-cancel)" $parts/part-0001/trials.jsonl) || fail 'the cancelled task began anew'
grep -q "^#SBATCH --time=5$" $parts/array.sh || fail 'the option is not in the script'
said 'the rows are those of one process, bit for bit'

# ---- Ctrl-C; the script by hand.

sweep hand --slurm.tasks 2
await 'its jobs' grep -q '^tasks: ' hand.err
kill -INT "$launcher"
ended 130
jobs=$(sed -n 's/.*cancel them with: \(scancel [0-9 ]*\)\..*/\1/p' hand.err)
[[ $jobs == scancel* ]] || fail 'does not say how to cancel the jobs'
[ -n "$(squeue --noheader)" ] || fail 'the jobs did not outlive the launcher'
$jobs
sbatch --parsable --wait hand/slurm/1/array.sh > /dev/null || fail 'the script by hand failed'
sweep hand --resume
ended 0
[ "$(count '"event":"submit"' hand/slurm/journal.jsonl)" = 1 ] || fail 'submitted what was run by hand'
cmp <(rows one-process) <(rows hand) || fail 'rows by hand differ from those of one process'
said 'interrupted, cancelled, run by hand, collected'

# ---- Successive halving: tasks are submitted again as results of others promote trials.

cat > asha.yaml << 'END'
base:
  data: {name: synthetic, train: 53, test: 23, validation: 13}
  train.batch: 5
  net: {width: 7, activation: relu}
  param.baseWidth: 4
  pc.steps: 3
  backend: reference
  threads: 1
search: asha
asha: {minEpochs: 20, maxEpochs: 180, eta: 3}
grid:
  rule: [bp, pc]
  optim.lr: [0.01, 1e30, 0.03, 0.001, 0.1, 0.003]
END

lemniscate sweep asha.yaml --out halved --workers 1 > halved.out 2> halved.err
set -m
"$source/lemniscate" sweep asha.yaml --out halves --launcher slurm --slurm.poll 1 --slurm.tasks 3 \
  --slurm.tasks-at-a-time 2 > halves.out 2> halves.err &
launcher=$!
set +m
ended 0
cmp <(rows halved | sort) <(rows halves | sort) || fail 'rows of halving differ from those of one process'
grep -q '^#SBATCH --array=1-3%2$' halves/slurm/1/array.sh || fail 'the bound of tasks is not in the script'
[ -s halves/report.html ] || fail 'no page'
said "halved successively: $(rows halves | wc -l) trainings in $(count '"event":"job"' halves/slurm/journal.jsonl) jobs"

# ---- What Slurm refuses.

sweep refused --slurm.option partition=nowhere
ended 2
grep -q 'sbatch refuses the jobs: .*nvalid partition' refused.err || fail "Slurm's message is not shown"
said 'a refusal is bad input'
printf 'passed in %d s\n' $((SECONDS - began))
