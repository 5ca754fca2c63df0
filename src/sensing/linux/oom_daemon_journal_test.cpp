#include <gtest/gtest.h>
#include <sys/stat.h>

#include "sensing/sensing.h"
#include "support/host_tree.h"

namespace tidemark {
namespace {

TEST(DaemonKills, the_journal_is_asked_from_the_runs_start_on) {
  HostTree tree;
  tree.file("journalctl",
            "#!/bin/sh\n"
            "case \"$*\" in *--since=@1700000000*systemd-oomd.service*earlyoom.service*) ;; "
            "*) exit 1 ;; esac\n"
            "echo '1700000001.5 host earlyoom[5]: sending SIGKILL to process 7 uid 0 \"python3\": "
            "badness 1, VmRSS 1 MiB'\n"
            "echo '1700000002.5 host earlyoom[5]: mem avail: 21790 of 23909 MiB'\n");
  const auto command = tree.host().resolve("journalctl").string();
  ASSERT_EQ(::chmod(command.c_str(), 0700), 0);
  const auto kills = read_daemon_kills(command, 1700000000.9);
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].pid, 7);
}

TEST(DaemonKills, a_machine_without_a_journal_has_none_to_tell) {
  EXPECT_TRUE(read_daemon_kills("no-such-journalctl", 0).empty());
}

}  // namespace
}  // namespace tidemark
