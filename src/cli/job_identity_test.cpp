#include "cli/job_identity.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(JobIdentity, a_script_names_the_job) {
  EXPECT_EQ(name_from_command({"python3", "-u", "examples/train_lora.py", "a.yaml"}), "train_lora");
  EXPECT_EQ(name_from_command({"accelerate", "launch", "--num_processes", "2", "train.py"}),
            "train");
  EXPECT_EQ(name_from_command({"bash", "run_all.sh"}), "run_all");
}

TEST(JobIdentity, a_module_names_the_job) {
  EXPECT_EQ(name_from_command({"python", "-m", "trainer.main"}), "trainer.main");
}

TEST(JobIdentity, else_the_program_does) {
  EXPECT_EQ(name_from_command({"/opt/bin/finetune", "--x"}), "finetune");
  EXPECT_EQ(name_from_command({"python3", "-c", "import x.py"}), "python3");
}

}  // namespace
}  // namespace tidemark
