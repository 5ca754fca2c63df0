#!/usr/bin/env bash
# A real training run on the CPU, monitored, and its report. --oom: one that meets a memory limit.
# Called by ./do demo, which has built everything. Leaves its files in build/demo/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tidemark=$PWD/build/release/tidemark
python=$PWD/.venv/bin/python
folder=$PWD/build/demo
export TIDEMARK_DB=$folder/demo.db
# The limit that demo_oom_workers.yaml exceeds with its workers and would not exceed without them.
oom_limit_mib=800
oom_limit_bytes=$((oom_limit_mib * 1024 * 1024))

train() { # train NAME CONFIG [WRAPPER...]: runs it under tidemark; returns the trainer's code
  local name=$1 config=$2
  shift 2
  "$tidemark" run --name "$name" --interval 1 --config "$config" -- "$@" \
    "$python" examples/train_diffusion.py "$config"
}

show_report() {
  echo
  echo "== tidemark report $1"
  "$tidemark" report "$1"
  echo
  echo "The database is $TIDEMARK_DB; ask it again with: TIDEMARK_DB=$TIDEMARK_DB $tidemark report $1"
}

# make_cgroup: prints the folder of a new memory cgroup with the limit, or fails where none may be made.
make_cgroup() {
  local name=tidemark-demo-$$ own folder
  if [[ -w /sys/fs/cgroup/memory/memory.limit_in_bytes || -w /sys/fs/cgroup/memory ]]; then
    folder=/sys/fs/cgroup/memory/$name
    mkdir "$folder" && echo "$oom_limit_bytes" >"$folder/memory.limit_in_bytes" || return 1
    # Without this the kernel would swap instead of killing; kernels without swap accounting have no file.
    [[ -e $folder/memory.memsw.limit_in_bytes ]] &&
      echo "$oom_limit_bytes" >"$folder/memory.memsw.limit_in_bytes"
  else
    own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
    for folder in /sys/fs/cgroup/"$name" "$own/$name" "${own%/*}/$name"; do
      mkdir "$folder" 2>/dev/null || continue
      if [[ -w $folder/memory.max ]] && echo "$oom_limit_bytes" >"$folder/memory.max"; then
        [[ -w $folder/memory.swap.max ]] && echo 0 >"$folder/memory.swap.max"
        break
      fi
      rmdir "$folder"
    done
  fi
  [[ -d $folder ]] && echo "$folder"
}

run_healthy() {
  train demo examples/configs/demo.yaml
  show_report demo
}

run_into_limit() {
  local cgroup code=0
  if cgroup=$(make_cgroup 2>/dev/null); then
    echo "memory limit: $oom_limit_mib MiB, cgroup $cgroup"
    # shellcheck disable=SC2016 # expanded by the inner shell
    train demo-oom examples/configs/demo_oom_workers.yaml \
      sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$cgroup" || code=$?
    rmdir "$cgroup" 2>/dev/null || true
  else
    echo "no memory cgroup may be made here; the limit is a resource limit (RLIMIT_DATA) instead"
    # shellcheck disable=SC2016
    train demo-oom examples/configs/demo_oom_workers.yaml \
      sh -c 'ulimit -d "$0" && exec "$@"' "$((oom_limit_mib * 1024))" || code=$?
  fi
  show_report demo-oom
  echo "(the trainer ended with code $code, as it was meant to)"
  [[ $code -ne 0 ]]
}

mkdir -p "$folder"
rm -rf "$folder/output"
case "${1:-}" in
  "") run_healthy ;;
  --oom) run_into_limit ;;
  *)
    echo "usage: ./do demo [--oom]" >&2
    exit 2
    ;;
esac
