#!/usr/bin/env bash
# Lets the disk fill up under a sweep and under a training, on a file system of a few MiB in memory: each must end with
# exit code 1 and a message that names the file and the remedy, keep what was finished, and go on to the same end once
# there is room. Then the file system is read-only, and each must refuse it with exit code 2. The other commands that
# write are given three pages of room, which they begin with and do not end with: the same, and nothing half written is
# left, nor is a file of before gone. Mounting takes the superuser or a user namespace; where neither is allowed, the test
# says that it was not run and exits with 77.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [ "${1:-}" != --mounted ]; then
  "$root/lemniscate" --version > /dev/null # builds it
  for namespace in '--mount' '--mount --user --map-root-user'; do
    # shellcheck disable=SC2086
    if unshare $namespace sh -c 'mount -t tmpfs -o size=1m tmpfs /mnt' 2> /dev/null; then
      exec unshare $namespace "${BASH_SOURCE[0]}" --mounted
    fi
  done
  echo 'NOT RUN: the full and the read-only disk. They need a small file system of its own; mount as the superuser, or allow user namespaces.' >&2
  exit 77
fi

# From here on in a mount namespace, so that the file system goes with the process.
folder=$(mktemp -d)
process=
finish() {
  [ -z "$process" ] || kill -KILL "$process" 2> /dev/null || :
  umount "$disk" 2> /dev/null || :
  rm -rf "$folder"
}
disk=$folder/disk
trap finish EXIT
mkdir "$disk"
mount -t tmpfs -o size=4m tmpfs "$disk"
cd "$folder"

fail() {
  echo "full disk: $1" >&2
  shift
  [ $# -eq 0 ] || cat "$@" >&2
  exit 1
}

# await FILE LINES: until a file has so many lines.
await() {
  for _ in $(seq 600); do
    [ ! -f "$1" ] || [ "$(wc -l < "$1")" -lt "$2" ] || return 0
    kill -0 "$process" 2> /dev/null || fail "it ended early" err
    sleep 0.1
  done
  fail "$1 did not come to $2 lines" err
}

# Fills the disk to the last byte.
fill() {
  dd if=/dev/zero of="$disk/filler" bs=4096 2> /dev/null || :
}

# ends_for_lack_of_room FILE REMEDY: the process in the background must.
ends_for_lack_of_room() {
  status=0
  wait "$process" || status=$?
  process=
  [ "$status" = 1 ] || fail "exit code $status, expected 1" err
  if ! grep -q "^lemniscate: cannot write $1.*$2.*No space left" err || grep -q 'defect\|	at ' err; then
    fail "no clear message" err
  fi
  grep '^lemniscate: ' err
}

without_time() {
  sed 's/,"time":{[^}]*},"crc":"[0-9a-f]*"//' "$1" | LC_ALL=C sort
}

same() {
  cmp "$1" "$2" || fail "$3"
}

cat > sweep.yaml << 'EOF'
base:
  data: {name: synthetic, train: 530, test: 23}
  train: {batch: 5, steps: 2000}
  net.width: 17
  threads: 1
grid:
  optim.lr: [0.0001, 0.0002, 0.0003, 0.0004, 0.0005]
seeds: 4
EOF
"$root/lemniscate" sweep sweep.yaml --out undisturbed --quiet > /dev/null
"$root/lemniscate" sweep sweep.yaml --out "$disk/sweep" --workers 1 > out 2> err &
process=$!
await "$disk/sweep/trials.jsonl" 3
fill
# What is left of the last page of the file takes a few more lines.
ends_for_lack_of_room "$disk/sweep/trials.jsonl" '--resume'
kept=$(wc -l < "$disk/sweep/trials.jsonl")
if [ "$kept" -lt 3 ] || [ "$kept" -ge 20 ]; then
  fail "$kept trials are kept"
fi
[ -z "$(tail -c 1 "$disk/sweep/trials.jsonl")" ] || fail 'a torn line is left'
status=0
"$root/lemniscate" sweep sweep.yaml --out "$disk/sweep" --resume > out 2> err || status=$?
[ "$status" = 2 ] || fail "on a disk that is still full: exit code $status, expected 2" err
rm "$disk/filler"
"$root/lemniscate" sweep sweep.yaml --out "$disk/sweep" --resume --quiet > /dev/null
[ "$(wc -l < "$disk/sweep/trials.jsonl")" = 20 ] || fail 'not every trial was run once'
without_time undisturbed/trials.jsonl > expected
without_time "$disk/sweep/trials.jsonl" > found
same expected found 'the sweep ended with other results'
echo "full disk: the sweep kept $kept trials and went on to the same store"

train=(--data synthetic --data.train 530 --data.test 23 --batch 5 --steps 20000 --width 17 --threads 1 --seed 3
  --train.logEvery 1 --train.checkpointEvery 500)
"$root/lemniscate" train "${train[@]}" --out undisturbed-run --quiet --json > expected.json
"$root/lemniscate" train "${train[@]}" --out "$disk/run" > out 2> err &
process=$!
await "$disk/run/metrics.jsonl" 700
fill
ends_for_lack_of_room "$disk/run/" 'lemniscate resume'
[ -z "$(find "$disk/run" -name '*.tmp')" ] || fail 'an unfinished file is left'
rm "$disk/filler"
mount -o remount,size=16m "$disk"
"$root/lemniscate" resume "$disk/run" --quiet --json > found.json
# The weights: what follows the header, whose length is the first number.
weights() {
  tail -c +$((9 + $(od -An -tu8 -N8 "$1"))) "$1"
}
weights undisturbed-run/checkpoint-00020000.safetensors > expected
weights "$disk/run/checkpoint-00020000.safetensors" > found
same expected found 'the run ended with other weights'
sed 's/,"time":{[^}]*},"crc":"[0-9a-f]*"//' undisturbed-run/metrics.jsonl > expected
sed 's/,"time":{[^}]*},"crc":"[0-9a-f]*"//' "$disk/run/metrics.jsonl" > found
same expected found 'the run ended with other metrics'
mount -o remount,ro "$disk"
for refused in "sweep sweep.yaml --out $disk/sweep --resume" "sweep sweep.yaml --out $disk/new" \
  "train --out $disk/new" "resume $disk/run"; do
  status=0
  # shellcheck disable=SC2086
  "$root/lemniscate" $refused > out 2> err || status=$?
  [ "$status" = 2 ] || fail "$refused on a read-only disk: exit code $status, expected 2" err
  grep -q "^lemniscate: out is $disk/.*cannot be written.*name a folder" err || fail "$refused: no clear message" err
done
echo 'full disk: the training kept its checkpoints and went on to the same weights; a read-only disk is refused'

# What else writes: three pages are enough to begin with.
mount -o remount,rw "$disk"
rm -rf "${disk:?}"/*
mount -o remount,size=4m "$disk" # which it may not be while it holds more
tiny=(--data synthetic --data.train 53 --data.test 23 --batch 5 --param.baseWidth 4 --backend reference)
"$root/lemniscate" train "${tiny[@]}" --width 40 --epochs 1 --out small-run --quiet > /dev/null

# little_room NAME REMEDY COMMAND…: ends for lack of room, keeps what was there, and ends well once there is room.
little_room() {
  local target=$disk/$1/$1 remedy=$2
  shift 2
  mkdir "${target%/*}"
  echo before > "$disk/kept"
  case ${target##*/} in *.*) cp "$disk/kept" "$target" ;; esac
  fill
  truncate -s -12288 "$disk/filler"
  "$root/lemniscate" "$@" --out "$target" > out 2> err &
  process=$!
  ends_for_lack_of_room "${target%/*}/" "$remedy"
  [ -z "$(find "$disk" -name '*.tmp')" ] || fail "an unfinished file of $1 is left"
  case ${target##*/} in *.*) same "$disk/kept" "$target" "$1 has changed the file of before" ;; *)
    [ ! -e "$target/report.html" ] || fail "$1 has left a page" ;;
  esac
  rm "$disk/filler"
  case $remedy in *--resume) set -- "$@" --resume ;; esac
  "$root/lemniscate" "$@" --out "$target" --quiet > /dev/null 2> err || fail "$1 does not go on" err
  rm -rf "${target%/*}"
}

again='give the same command again'
little_room weights.safetensors "$again" export small-run
little_room weights.npz "$again" export small-run
little_room answers.npz "$again" predict small-run --data.test 2000
little_room answers.csv "$again" predict small-run --data.test 2000
little_room set "$again" data synth --features 50
little_room curves "$again" curves small-run
little_room ode "$again" theory pepita-ode --student 2 --teacher 2 --inputs 20 --end 2 --points 5 --copies 2
little_room coord --resume coord-check --rule bp --seeds 1 --steps 1 --widths 16,24,32 --threads 1
little_room regime --resume regime --rules bp --schemes ntk --seeds 1 --steps 1 --widths 16,24,32 --threads 1
little_room linear --resume linear --seeds 1 --relaxed-up-to 0 --widths 16,24,32 --threads 1
little_room limit --resume limit --rule bp --widths 8,16,32,64 --seeds 2 --steps 5 "${tiny[@]}"
little_room depth --resume depth --depths 4,6,8 --seeds 1 --width 13 --threads 1
little_room accuracy --resume depth --accuracy --depths 4,6 --seeds 1 --width 13 --epochs 1 \
  --data synthetic --data.train 53 --data.test 23 --batch 5 --threads 1
little_room transfer --resume transfer --widths 3,5,7 --values 0.01,0.02,0.04 --epochs 1 --seeds 1 --workers 1 \
  "${tiny[@]}"
little_room rules --resume reproduce rules-table --data synthetic --data.train 160 --data.test 40 \
  --data.validation 50 --rows bp,pepita+wd --seeds 1 --rates 0.01,0.1 --width 6 --epochs 1 --batch 10 \
  --backend reference --workers 1
echo 'full disk: all commands that write end for lack of room with nothing half written, and go on'
