#include "sensing/nvidia/memory_domain.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

constexpr Bytes kMachine = kib(127'600'748);  // a DGX Spark's MemTotal

TEST(MemoryDomain, cudas_integrated_attribute_settles_it) {
  const auto verdict =
      judge_memory({.answer = MemoryAnswer::given, .total = gib(24), .integrated = true});
  EXPECT_EQ(verdict.domain, MemoryDomain::unified);
}

TEST(MemoryDomain, refused_memory_with_a_process_list_is_unified) {
  EXPECT_EQ(judge_memory({.answer = MemoryAnswer::refused, .lists_processes = true}).domain,
            MemoryDomain::unified);
}

TEST(MemoryDomain, refused_memory_alone_may_be_anything_and_cuda_is_asked) {
  const auto verdict = judge_memory({.answer = MemoryAnswer::refused});
  EXPECT_EQ(verdict.domain, MemoryDomain::unknown);
  EXPECT_TRUE(verdict.ask_cuda);
}

TEST(MemoryDomain, no_permission_and_a_lost_device_say_nothing) {
  const auto verdict = judge_memory({.answer = MemoryAnswer::none, .lists_processes = true});
  EXPECT_EQ(verdict.domain, MemoryDomain::unknown);
}

TEST(MemoryDomain, a_total_of_zero_is_unified) {
  EXPECT_EQ(judge_memory({.answer = MemoryAnswer::given, .total = {}}).domain,
            MemoryDomain::unified);
}

TEST(MemoryDomain, a_total_that_is_the_machines_is_unified) {
  EXPECT_EQ(
      judge_memory({.answer = MemoryAnswer::given, .total = kMachine, .machine_total = kMachine})
          .domain,
      MemoryDomain::unified);
}

TEST(MemoryDomain, a_card_about_as_large_as_the_machines_memory_is_a_card) {
  // 24,564 MiB of an RTX 4090 in a machine whose MemTotal is within 2% of it.
  EXPECT_EQ(judge_memory(
                {.answer = MemoryAnswer::given, .total = mib(24'564), .machine_total = mib(24'105)})
                .domain,
            MemoryDomain::device);
}

TEST(MemoryDomain, the_8128_mib_of_an_integrated_part_are_unified_only_with_its_addressing) {
  MemoryEvidence evidence{.answer = MemoryAnswer::given,
                          .total = mib(8128),
                          .machine_total = kMachine,
                          .addressing = AddressingMode::ats};
  EXPECT_EQ(judge_memory(evidence).domain, MemoryDomain::unified);
  evidence.addressing = AddressingMode::hmm;
  EXPECT_EQ(judge_memory(evidence).domain, MemoryDomain::device);
  evidence.addressing.reset();
  EXPECT_EQ(judge_memory(evidence).domain, MemoryDomain::unknown);
  EXPECT_TRUE(judge_memory(evidence).ask_cuda);
  evidence.integrated = false;
  EXPECT_EQ(judge_memory(evidence).domain, MemoryDomain::device);
}

TEST(MemoryDomain, processes_that_hold_more_than_the_total_disprove_it) {
  const auto verdict =
      judge_memory({.answer = MemoryAnswer::given, .total = gib(8), .listed = gib(60)});
  EXPECT_EQ(verdict.domain, MemoryDomain::unknown);
  EXPECT_TRUE(verdict.ask_cuda);
}

TEST(MemoryDomain, memory_that_is_a_numa_node_is_coherent) {
  EXPECT_EQ(judge_memory({.answer = MemoryAnswer::given,
                          .total = mib(97'871),
                          .addressing = AddressingMode::ats,
                          .numa_node = 1})
                .domain,
            MemoryDomain::coherent);
}

TEST(MemoryDomain, memory_of_its_own_with_ats_is_coherent_without_a_node_too) {
  EXPECT_EQ(judge_memory({.answer = MemoryAnswer::given,
                          .total = mib(97'871),
                          .integrated = false,
                          .addressing = AddressingMode::ats})
                .domain,
            MemoryDomain::coherent);
}

TEST(MemoryDomain, a_mig_slice_has_memory_of_its_own) {
  EXPECT_EQ(judge_memory({.answer = MemoryAnswer::refused, .is_mig = true}).domain,
            MemoryDomain::device);
}

}  // namespace
}  // namespace tidemark
