#include "sensing/family/family_roles.h"

namespace tidemark {
namespace {

bool is_head(const FamilyFact& fact, ProcessIdentity root) {
  return fact.id == root || (!fact.forked_only && fact.kind == ProgramKind::plain);
}

// "More than 1.5 times as large": a parent and a child that loads the same libraries must not take
// turns at being main.
bool outweighs(Bytes other, Bytes current) {
  return other.count / 3 > current.count / 2;
}

std::optional<std::size_t> find(std::span<const FamilyFact> family, ProcessIdentity id) {
  for (std::size_t i = 0; i < family.size(); ++i)
    if (family[i].id == id) return i;
  return std::nullopt;
}

bool descends_from(std::span<const FamilyFact> family, std::size_t index,
                   ProcessIdentity ancestor) {
  for (std::size_t steps = 0; steps < family.size(); ++steps) {
    if (family[index].parent == ancestor) return true;
    const auto parent = find(family, family[index].parent);
    if (!parent) return false;
    index = *parent;
  }
  return false;
}

// A fork keeps the executable, so an unreadable one on either side does not speak against it.
bool same_executable(const FamilyFact& a, const FamilyFact& b) {
  return a.executable == b.executable || a.executable == 0 || b.executable == 0;
}

}  // namespace

std::optional<std::size_t> choose_main(std::span<const FamilyFact> family, ProcessIdentity root,
                                       std::optional<ProcessIdentity> current) {
  std::optional<std::size_t> largest;
  std::optional<std::size_t> present;
  Bytes largest_rss;
  Bytes present_rss;
  for (std::size_t i = 0; i < family.size(); ++i) {
    if (!is_head(family[i], root)) continue;
    if (!largest || family[i].rss > largest_rss) {
      largest = i;
      largest_rss = family[i].rss;
    }
    if (current && family[i].id == *current) {
      present = i;
      present_rss = family[i].rss;
    }
  }
  return present && !outweighs(largest_rss, present_rss) ? present : largest;
}

ProcessRole role_of(std::span<const FamilyFact> family, std::size_t index, std::size_t main) {
  const auto& fact = family[index];
  if (index == main) return ProcessRole::main;
  if (!descends_from(family, index, family[main].id)) return ProcessRole::child;
  if (fact.kind == ProgramKind::spawn_child) return ProcessRole::worker;
  if (!fact.forked_only) return ProcessRole::child;
  const auto parent = find(family, fact.parent);
  const bool of_forkserver = parent && family[*parent].kind == ProgramKind::forkserver;
  return of_forkserver || same_executable(fact, family[main]) ? ProcessRole::worker
                                                              : ProcessRole::child;
}

}  // namespace tidemark
