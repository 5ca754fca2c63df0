#include "sensing/linux/run_family.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "core/utf8.h"
#include "sensing/linux/discovery.h"
#include "sensing/linux/kept_text.h"
#include "sensing/linux/parsers/loadavg.h"
#include "sensing/text/scan.h"

namespace tidemark {
namespace {

std::string proc_path(std::int32_t pid, std::string_view file) {
  return "proc/" + std::to_string(pid) + "/" + std::string{file};
}

ProgramKind read_program_kind(const HostRoot& host, std::int32_t pid) {
  constexpr std::size_t kMostBytes = 64U << 10;
  const auto text = host.read(proc_path(pid, "cmdline"), kMostBytes);
  return text ? parse_command_line(*text) : ProgramKind::plain;
}

ExecMark mark_of(const ProcessStat& stat) {
  return {.start_code = stat.start_code,
          .start_stack = stat.start_stack,
          .forked_only = stat.forked_only()};
}

}  // namespace

RunFamily::RunFamily(const HostRoot& host, ProcessIdentity root)
    : host_(host),
      root_(root),
      page_bytes_(::sysconf(_SC_PAGESIZE)),
      loadavg_(keep(host, "proc/loadavg")) {}

Result<RunFamily> RunFamily::open(const HostRoot& host, ProcessIdentity root) {
  RunFamily family{host, root};
  family.seen_pid_ = parse_newest_pid(text_of(family.loadavg_)).value_or(0);
  if (!family.adopt(root.pid, std::nullopt))
    return fail(Errc::gone, "process " + std::to_string(root.pid) + " has ended");
  family.adopt_children_of_all();
  return family;
}

std::optional<std::size_t> RunFamily::find(std::int32_t pid) const {
  for (std::size_t i = 0; i < facts_.size(); ++i)
    if (facts_[i].id.pid == pid) return i;
  return std::nullopt;
}

// Device and inode where the link can be followed, its text where it cannot (recorded trees).
std::uint32_t RunFamily::executable_number(std::int32_t pid) {
  const auto path = proc_path(pid, "exe");
  auto link = host_.read_link(path);
  if (!link) return 0;
  Executable executable{.link = std::move(*link)};
  struct stat status{};
  if (::stat(host_.resolve(path).c_str(), &status) == 0) {
    executable.device = status.st_dev;
    executable.inode = status.st_ino;
  }
  const auto same = [&executable](const Executable& known) {
    if (known.inode == 0 || executable.inode == 0) return known.link == executable.link;
    return known.device == executable.device && known.inode == executable.inode;
  };
  const auto known = std::ranges::find_if(executables_, same);
  const auto number = static_cast<std::uint32_t>(known - executables_.begin()) + 1;
  if (known == executables_.end()) executables_.push_back(std::move(executable));
  return number;
}

// With a parent, the process must still be that parent's child, and the parent must not have ended
// (its pid could be another's by now).
bool RunFamily::adopt(std::int32_t pid, std::optional<std::size_t> parent) {
  // A monitor that the trainer itself started watches the run, it is no part of it.
  if (parent && host_.is_live() && pid == ::getpid()) return false;
  auto file = KeptFile::open(host_, proc_path(pid, "stat"));
  if (!file) return false;
  const auto text = file->read();
  if (!text) return false;
  const auto stat = parse_process_stat(*text);
  if (!stat || stat->ended() || stat->is_thread) return false;
  const ProcessIdentity id{pid, stat->start_ticks};
  if (parent ? stat->parent_pid != facts_[*parent].id.pid || members_[*parent].watch.ended()
             : id != root_)
    return false;
  auto watch = ProcessWatch::open(host_, id);
  if (!watch) return false;

  facts_.push_back({.id = id, .parent = parent ? facts_[*parent].id : ProcessIdentity{}});
  members_.push_back({.watch = std::move(*watch), .stat_file = std::move(*file)});
  const auto index = members_.size() - 1;
  if (!read_member(index)) {  // parses again: the text above lies in a buffer that has moved
    let_go(index);
    return false;
  }
  return true;
}

bool RunFamily::adopt_if_born_here(std::int32_t pid) {
  if (find(pid)) return false;
  const auto text = host_.read(proc_path(pid, "stat"));
  if (!text) return false;
  const auto stat = parse_process_stat(*text);
  if (!stat || stat->is_thread) return false;
  const auto parent = find(stat->parent_pid);
  return parent && adopt(pid, parent);
}

bool RunFamily::adopt_children_of_all() {
  if (!has_children_files_) return adopt_from_scan();
  bool grown = false;
  for (std::size_t i = 0; i < members_.size(); ++i) {  // members_ grows on the way
    children_.clear();
    if (!append_children(host_, facts_[i].id.pid, children_)) {
      has_children_files_ = false;
      return adopt_from_scan() || grown;
    }
    for (const auto child : children_)
      if (!find(child) && adopt(child, i)) grown = true;
  }
  return grown;
}

bool RunFamily::adopt_from_scan() {
  const auto pids = list_processes(host_);
  bool grown = false;
  bool again = true;
  while (again) {  // a child may have a lower pid than its parent
    again = false;
    for (const auto pid : pids) again = adopt_if_born_here(pid) || again;
    grown = grown || again;
  }
  return grown;
}

bool RunFamily::look_for_new() {
  constexpr std::int32_t kMostProbes = 64;
  const auto newest = parse_newest_pid(text_of(loadavg_));
  if (newest && *newest == settled_pid_) return false;
  bool grown = false;
  if (newest && *newest > settled_pid_ && *newest - settled_pid_ <= kMostProbes) {
    for (auto pid = settled_pid_ + 1; pid <= *newest; ++pid)
      grown = adopt_if_born_here(pid) || grown;
  } else {
    grown = adopt_children_of_all();
  }
  settled_pid_ = seen_pid_;
  seen_pid_ = newest.value_or(0);
  return grown;
}

bool RunFamily::any_ended() {
  polls_.clear();
  for (const auto& member : members_) {
    if (member.watch.poll_fd() < 0 && member.watch.ended()) return true;
    polls_.push_back({.fd = member.watch.poll_fd(), .events = POLLIN, .revents = 0});
  }
  return ::poll(polls_.data(), polls_.size(), 0) > 0;
}

void RunFamily::read() {
  for (std::size_t i = 0; i < members_.size();) {
    if (read_member(i))
      ++i;
    else
      let_go(i);
  }
}

bool RunFamily::read_member(std::size_t index) {
  auto& member = members_[index];
  const auto text = member.stat_file.read();
  if (!text) return false;
  const auto stat = parse_process_stat(*text);
  if (!stat || stat->ended()) return false;
  facts_[index].rss = bytes_of(stat->rss_pages, page_bytes_).value_or(Bytes{});
  member.cpu_ticks = stat->cpu_ticks;
  member.major_faults = stat->major_faults;
  if (mark_of(*stat) != member.mark || stat->comm != member.comm) take_exec(index, *stat);
  return true;
}

void RunFamily::take_exec(std::size_t index, const ProcessStat& stat) {
  auto& member = members_[index];
  auto& fact = facts_[index];
  constexpr std::size_t kMostNameBytes = 64;  // 15, should each byte become three
  if (mark_of(stat) != member.mark) ++member.execs;
  member.mark = mark_of(stat);
  member.comm = stat.comm;
  member.name = to_valid_utf8(stat.comm, kMostNameBytes);
  fact.forked_only = member.mark.forked_only;
  fact.executable = executable_number(fact.id.pid);
  // A fork keeps its parent's command line: only an exec makes it a spawn child or a forkserver.
  fact.kind = fact.forked_only ? ProgramKind::plain : read_program_kind(host_, fact.id.pid);
}

void RunFamily::let_go(std::size_t index) {
  const auto gone = facts_[index];
  for (auto& fact : facts_)
    if (fact.parent == gone.id) fact.parent = gone.parent;
  facts_.erase(facts_.begin() + static_cast<std::ptrdiff_t>(index));
  members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(index));
}

}  // namespace tidemark
