#!/bin/sh
# The first process of the virtual machine: dies in five ways under `tidemark run` and prints each report.
export PATH=/bin HOME=/tmp TIDEMARK_DB=/tmp/t.db XDG_RUNTIME_DIR=/tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm
mount -t tmpfs tmp /dev/shm
mount -t tmpfs tmp /tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
echo "tidemark-vm: up, Linux $(uname -r)"
cd /tmp || exit 1
root=/sys/fs/cgroup
echo +memory > $root/cgroup.subtree_control

# die NAME LIMIT_ABOVE LIMIT_OF_LEAF OOM_GROUP COMMAND: COMMAND runs in the cgroup /NAME/leaf.
die() {
  mkdir -p $root/$1
  echo +memory > $root/$1/cgroup.subtree_control
  mkdir -p $root/$1/leaf
  echo $2 > $root/$1/memory.max
  echo $3 > $root/$1/leaf/memory.max
  echo $4 > $root/$1/leaf/memory.oom.group
  tidemark run --interval 0.2 --name $1 -- sh -c "echo \$\$ > $root/$1/leaf/cgroup.procs; $5" > /dev/null 2>&1
  echo "tidemark-vm: report of $1"
  tidemark report $1 --json
  echo "tidemark-vm: end of report"
}

die leaf_limit max 64M 0 'exec victim 4000'
die limit_above 64M max 0 'exec victim 4000'
die machine max max 0 'exec victim 4000'
die by_hand 200M 200M 0 'victim 20 & sleep 3; kill -9 $$'
die group max 64M 1 'victim 4000; exit 5'
echo "tidemark-vm: done"
poweroff -f
