// The processes of one run on a Mac: its root and all descendants. Once known, a process stays a
// member until it ends, whoever adopts it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "os/process_watch.h"
#include "sensing/family/family_roles.h"
#include "sensing/macos/mac_process.h"

namespace tidemark {

struct MacMember {
  ProcessWatch watch;
  std::string name{};
  std::optional<MacUsage> usage{};  // absent: another user's
};

class MacFamily {
 public:
  /// `gone` when the root has ended.
  static Result<MacFamily> open(const HostRoot& host, ProcessIdentity root);

  /// Adds what was born since the last call; true when there was any.
  bool look_for_new();
  bool any_ended() const;

  /// Reads every member's usage and lets go of those that ended.
  void read();

  /// Parallel, in the order in which they became members.
  std::span<const FamilyFact> facts() const { return facts_; }
  std::span<const MacMember> members() const { return members_; }
  ProcessIdentity root() const { return root_; }

 private:
  MacFamily(const HostRoot& host, ProcessIdentity root) : host_(host), root_(root) {}
  bool adopt(std::int32_t pid, std::optional<std::size_t> parent);
  void read_member(std::size_t index);
  void let_go(std::size_t index);
  std::uint32_t executable_number(std::int32_t pid);

  HostRoot host_;
  ProcessIdentity root_;
  std::vector<MacMember> members_{};
  std::vector<FamilyFact> facts_{};
  std::vector<std::string> executables_{};
  std::vector<std::int32_t> children_{};  // kept for its capacity
};

}  // namespace tidemark
