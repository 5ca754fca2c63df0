#include "sensing/macos/mac_family.h"

#include <unistd.h>

#include <algorithm>

namespace tidemark {

Result<MacFamily> MacFamily::open(const HostRoot& host, ProcessIdentity root) {
  MacFamily family{host, root};
  if (!family.adopt(root.pid, std::nullopt))
    return fail(Errc::gone, "process " + std::to_string(root.pid) + " has ended");
  family.look_for_new();
  family.read();
  return family;
}

std::uint32_t MacFamily::executable_number(std::int32_t pid) {
  auto program = read_mac_program(pid);
  if (program.empty()) return 0;
  const auto known = std::ranges::find(executables_, program);
  const auto number = static_cast<std::uint32_t>(known - executables_.begin()) + 1;
  if (known == executables_.end()) executables_.push_back(std::move(program));
  return number;
}

// With a parent, the process must still be its child, and the parent must not have ended.
bool MacFamily::adopt(std::int32_t pid, std::optional<std::size_t> parent) {
  if (parent && pid == ::getpid()) return false;  // a monitor that the trainer started is no part
  const auto process = read_mac_process(pid);
  if (!process) return false;
  if (parent ? process->parent_pid != facts_[*parent].id.pid || members_[*parent].watch.ended()
             : process->id != root_)
    return false;
  auto watch = ProcessWatch::open(host_, process->id);
  if (!watch) return false;
  facts_.push_back({.id = process->id, .parent = parent ? facts_[*parent].id : ProcessIdentity{}});
  members_.push_back({.watch = std::move(*watch)});
  read_member(members_.size() - 1);
  return true;
}

bool MacFamily::look_for_new() {
  bool grown = false;
  for (std::size_t i = 0; i < members_.size(); ++i) {  // members_ grows on the way
    children_.clear();
    append_mac_children(facts_[i].id.pid, children_);
    for (const auto child : children_) {
      const bool known = std::ranges::any_of(
          facts_, [child](const FamilyFact& fact) { return fact.id.pid == child; });
      if (!known && adopt(child, i)) grown = true;
    }
  }
  return grown;
}

bool MacFamily::any_ended() const {
  return std::ranges::any_of(members_,
                             [](const MacMember& member) { return member.watch.ended(); });
}

void MacFamily::read() {
  for (std::size_t i = 0; i < members_.size();) {
    if (members_[i].watch.ended()) {
      let_go(i);
    } else {
      read_member(i);
      ++i;
    }
  }
}

// An exec shows by the program, the name or the flag; all three are read each time.
void MacFamily::read_member(std::size_t index) {
  auto& member = members_[index];
  auto& fact = facts_[index];
  if (auto process = read_mac_process(fact.id.pid); process && process->id == fact.id) {
    fact.forked_only = process->forked_only;
    member.name = std::move(process->name);
    fact.executable = executable_number(fact.id.pid);
    fact.kind = fact.forked_only ? ProgramKind::plain : read_mac_program_kind(fact.id.pid);
  }
  member.usage = read_mac_usage(fact.id.pid);
  fact.rss = member.usage ? member.usage->footprint : Bytes{};  // "the largest" goes by this
}

void MacFamily::let_go(std::size_t index) {
  const auto gone = facts_[index];
  for (auto& fact : facts_)
    if (fact.parent == gone.id) fact.parent = gone.parent;
  facts_.erase(facts_.begin() + static_cast<std::ptrdiff_t>(index));
  members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(index));
}

}  // namespace tidemark
