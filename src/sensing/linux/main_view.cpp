#include "sensing/linux/main_view.h"

#include "sensing/linux/kept_text.h"

namespace tidemark {
namespace {

constexpr auto kLookAgain = std::chrono::seconds{15};

// A process that exits is shown in the root cgroup (v1) before it is a zombie and before its pidfd
// says so. By then it has let go of its memory: asked after the cgroup was read, its stat file
// knows.
bool is_leaving(Member& member) {
  const auto text = member.stat_file.read();
  const auto stat = text ? parse_process_stat(*text) : std::nullopt;
  return !stat || stat->ended();
}

}  // namespace

void MainView::look(ProcessIdentity main, Member& member, BootTime now,
                    std::optional<Bytes> machine_total) {
  const auto folder = "proc/" + std::to_string(main.pid);
  const bool another = main_ != main || execs_ != member.execs;
  if (main_ != main) membership_file_ = keep(host_, folder + "/cgroup");
  const bool again = another || now - looked_at_ >= kLookAgain;

  const auto text = text_of(membership_file_);
  const bool moved = !text.empty() && text != membership_ && !is_leaving(member);
  if (moved) membership_ = text;
  main_ = main;
  execs_ = member.execs;
  if (again || moved) look_up_cgroup(main.pid, machine_total);
  if (!again) return;
  looked_at_ = now;
  shm_.emplace(host_, main.pid);
  const auto limits = host_.read(folder + "/limits");
  if (limits) limits_ = parse_process_limits(*limits);
}

void MainView::look_up_cgroup(std::int32_t pid, std::optional<Bytes> machine_total) {
  auto place = find_cgroup(host_, pid, membership_);
  if (!place) {
    cgroup_.reset();
    oom_counters_.reset();
  } else if (cgroup_ && cgroup_->place() == *place) {
    cgroup_->look_at_limits();
  } else {
    oom_counters_.emplace(host_, *place);
    cgroup_.emplace(host_, std::move(*place), machine_total);
  }
}

void MainView::read(HostSample& sample, const std::optional<ProcessStatus>& status) {
  if (cgroup_) sample.cgroup = cgroup_->read();
  if (shm_) sample.shm = shm_->read();
  if (!status) return;
  sample.limits = ProcessLimits{.address_space_limit = limits_.address_space,
                                .data_limit = limits_.data,
                                .address_space_used = status->vm_size,
                                .data_used = status->vm_data};
}

std::optional<QuickLook> MainView::quick_look() {
  return cgroup_ ? cgroup_->quick_look() : std::nullopt;
}

std::string MainView::limiting_cgroup() const {
  return cgroup_ ? cgroup_->limiting_path() : std::string{};
}

OomLevels MainView::oom_levels() {
  return oom_counters_ ? oom_counters_->growth() : OomLevels{};
}

std::string MainView::cgroup_path() const {
  return cgroup_ ? cgroup_->place().path : std::string{};
}

}  // namespace tidemark
