#include "monitor/kill_row.h"

#include <algorithm>
#include <string_view>

namespace tidemark {
namespace {

// torch names its DataLoader's workers so (torch/utils/data/_utils/worker.py).
constexpr std::string_view kTorchWorker = "pt_data_worker";
// A program that nobody had seen before the kill is named from this on.
constexpr Bytes kWorthNaming = mib(16);

/// What a process adds to what is in use: pages of files are not.
Bytes own_pages(const OomTask& task) {
  if (!task.anon) return task.rss;
  return *task.anon + task.shmem.value_or(Bytes{});
}

const OomTask* task_of(const OomReport& report, std::int32_t pid) {
  const auto found = std::ranges::find(report.tasks, pid, &OomTask::pid);
  return found == report.tasks.end() ? nullptr : &*found;
}

void take_task(ProcessSample& process, const OomTask& task) {
  process.rss = task.rss;
  process.rss_anon = task.anon;
  process.rss_shmem = task.shmem;
  process.rss_file =
      task.anon ? std::optional{std::max(task.rss - own_pages(task), Bytes{})} : std::nullopt;
  process.peak_rss = std::max(process.peak_rss.value_or(Bytes{}), task.rss);
  process.pss.reset();
  process.uss.reset();
  process.pss_basis = PssBasis::kernel;
}

/// Who of the account is of the run, as processes; the others are `strangers`.
struct Account {
  std::vector<ProcessSample> run{};
  std::vector<OomTask> strangers{};
};

Account sort_tasks(const SampleRow& last, const OomTask& main, const OomReport& report) {
  Account account;
  for (const auto& task : report.tasks) {
    const auto known = std::ranges::find(last.processes, task.pid,
                                         [](const ProcessSample& one) { return one.id.pid; });
    const bool tenant = std::ranges::any_of(
        last.tenants, [&](const Tenant& one) { return one.id.pid == task.pid; });
    const bool forked = task.name == main.name || task.name.starts_with(kTorchWorker);
    ProcessSample process{.id = {.pid = task.pid}, .role = ProcessRole::worker, .name = task.name};
    if (task.pid == main.pid) process.role = ProcessRole::main;
    if (known != last.processes.end()) process = *known;
    if (known == last.processes.end() && task.pid != main.pid && (tenant || !forked)) {
      account.strangers.push_back(task);
      continue;
    }
    take_task(process, task);
    account.run.push_back(std::move(process));
  }
  std::ranges::stable_partition(
      account.run, [](const ProcessSample& one) { return one.role == ProcessRole::main; });
  return account;
}

void take_main(SampleRow& row, const OomTask& main) {
  row.process_basis = PssBasis::kernel;
  row.main_process = row.main_rss = main.rss;
  row.main_anon = main.anon;
  row.main_shmem = main.shmem;
  row.main_peak_rss = std::max(row.main_peak_rss.value_or(Bytes{}), main.rss);
}

/// What is left of the cgroup's pages when everybody else's are taken off: those that workers share
/// with the main process after their fork are the main process's.
void take_workers(SampleRow& row, const OomReport& report, const Account& account,
                  const OomTask& main) {
  std::int64_t workers = 0;
  Bytes worker_rss, children, others = own_pages(main);
  std::int64_t child_count = 0;
  for (const auto& process : account.run) {
    const auto& task = *task_of(report, process.id.pid);
    if (process.role == ProcessRole::worker) {
      ++workers;
      worker_rss += task.rss;
    } else if (process.role == ProcessRole::child) {
      ++child_count;
      children += own_pages(task);
    }
  }
  for (const auto& task : account.strangers) others += own_pages(task);
  row.child = children;
  row.child_count = child_count;
  row.worker_rss = worker_rss;
  const bool as_before = row.worker_count == workers;
  row.worker_count = workers;
  if (workers == 0) {
    row.worker = row.worker_uss = Bytes{};
  } else if (report.cgroup_anon) {
    const Bytes all = *report.cgroup_anon + report.cgroup_shmem.value_or(Bytes{});
    row.worker = row.worker_uss = std::max(all - others - children, Bytes{});
  } else if (!as_before) {
    row.worker.reset();
    row.worker_uss.reset();
    row.process_basis = PssBasis::pending;
  }
}

/// Programs beside the run, as large as they were then; new ones are named where they are large.
void take_tenants(SampleRow& row, const OomReport& report, const Account& account) {
  for (const auto& task : account.strangers) {
    const auto known =
        std::ranges::find(row.tenants, task.pid, [](const Tenant& one) { return one.id.pid; });
    if (known == row.tenants.end() && own_pages(task) < kWorthNaming) continue;
    Tenant tenant{.id = {.pid = task.pid}, .name = task.name};
    if (known != row.tenants.end()) tenant = *known;
    // A scan before the trainer came into its cgroup took nobody for its neighbour.
    if (report.cgroup_limit) tenant.in_cgroup = true;
    tenant.rss = task.rss;
    tenant.anon = task.anon;
    tenant.pss.reset();
    if (known != row.tenants.end())
      *known = std::move(tenant);
    else
      row.tenants.push_back(std::move(tenant));
  }
  if (row.tenants.empty()) return;
  std::ranges::sort(row.tenants, std::ranges::greater{},
                    [](const Tenant& one) { return one.held().value_or(Bytes{}); });
  row.tenant_memory = total_held(row.tenants, false);
  row.tenant_cgroup_memory = total_held(row.tenants, true);
}

/// The kernel kills only when nothing can be reclaimed: the pool was full.
void take_pool(SampleRow& row, const OomReport& report) {
  if (report.cgroup_limit) {
    if (row.cgroup_limit != report.cgroup_limit)
      return;  // another level than the one that is watched
    row.cgroup_usage = row.cgroup_working_set = row.cgroup_limit;
  } else if (report.machine_free && row.total) {
    row.available = std::min(*report.machine_free, *row.total);
    row.used = *row.total - *row.available;
  }
}

}  // namespace

std::optional<SampleRow> row_at_kill(const SampleRow& last, std::int32_t main_pid,
                                     const OomReport& report, double unix_seconds) {
  const auto* main = task_of(report, main_pid);
  if (main == nullptr) return std::nullopt;
  SampleRow row = last;
  row.id = 0;
  row.unix_seconds = unix_seconds;
  row.cause = SampleCause::oom_report;
  row.cpu_utilization_ratio.reset();
  row.gpu_utilization_ratio.reset();
  take_main(row, *main);
  take_pool(row, report);
  if (!last.worker_count) return row;  // tracking per process is off
  auto account = sort_tasks(last, *main, report);
  take_workers(row, report, account, *main);
  take_tenants(row, report, account);
  row.processes = std::move(account.run);
  return row;
}

}  // namespace tidemark
