#include "sensing/gpu/gpu_reader.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "os/thread_name.h"
#include "sensing/gpu/gpu_samples.h"
#include "sensing/gpu/gpu_schedule.h"
#include "sensing/gpu/gpu_sources.h"
#include "sensing/gpu/run_gpus.h"

namespace tidemark {

using namespace std::chrono_literals;

namespace {

constexpr auto kEnvironmentSpacing = std::chrono::minutes{1};
constexpr auto kFarewell = std::chrono::milliseconds{500};
constexpr std::size_t kMostEnvironmentBytes = 2U << 20;

// The environment is read here and not in the tick: the kernel takes the process's mmap lock for
// it.
class MainEnvironment {
 public:
  const std::optional<GpuEnvironment>& of(const HostRoot& host, std::int32_t pid, BootTime now) {
    if (pid == pid_ && now - read_at_ < kEnvironmentSpacing) return environment_;
    pid_ = pid;
    read_at_ = now;
    environment_.reset();
    if (pid == 0) return environment_;
    const auto text = host.read("proc/" + std::to_string(pid) + "/environ", kMostEnvironmentBytes);
    if (text) environment_ = parse_gpu_environment(*text);
    return environment_;
  }

 private:
  std::int32_t pid_ = -1;
  BootTime read_at_{};
  std::optional<GpuEnvironment> environment_{};
};

GpuReport build_report(const GpuSources& sources, std::span<const GpuSample> samples) {
  GpuReport report{.notes = sources.notes(), .cpuless = sources.cpuless()};
  const auto readings = sources.readings();
  for (std::size_t i = 0; i < readings.size(); ++i)
    report.gpus.push_back({.sample = samples[i],
                           .bus_id = readings[i].bus_id,
                           .source = readings[i].source,
                           .domain_evidence = readings[i].domain_evidence,
                           .absent = readings[i].absences});
  return report;
}

}  // namespace

struct GpuReader::Shared {
  Shared(HostRoot host_root, GpuOptions gpu_options, const Clock& the_clock)
      : host(std::move(host_root)), options(std::move(gpu_options)), clock(the_clock) {}

  const HostRoot host;
  const GpuOptions options;
  const Clock& clock;  // touched by the thread only while it is not asked to stop

  std::mutex mutex;
  std::condition_variable wake;
  // All guarded by mutex.
  bool stop = false;
  bool finished = false;
  bool report_wanted = false;
  GpuSchedule schedule;
  std::int32_t main_pid = 0;
  std::vector<std::int32_t> pids;
  std::optional<BootTime> answered_at;  // when the reading began
  BootTime began_at{};                  // of the reading under way, or of the last
  std::vector<GpuSample> samples;
  std::optional<CpulessMemory> cpuless;
  std::optional<GpuReport> report;
  std::optional<std::string> notice;
  bool silence_told = false;

  std::thread thread;  // touched by the owner alone
};

GpuReader::GpuReader(HostRoot host, GpuOptions options, const Clock& clock)
    : shared_(std::make_shared<Shared>(std::move(host), std::move(options), clock)) {
  shared_->began_at = clock.now();
  shared_->thread = std::thread{[shared = shared_] { run(shared); }};
}

GpuReader::GpuReader(GpuReader&&) noexcept = default;

GpuReader::~GpuReader() {
  if (!shared_) return;
  std::unique_lock lock{shared_->mutex};
  shared_->stop = true;
  shared_->wake.notify_all();
  const bool finished =
      shared_->wake.wait_for(lock, kFarewell, [this] { return shared_->finished; });
  lock.unlock();
  if (finished)
    shared_->thread.join();
  else
    shared_->thread.detach();
}

// Between two readings all is under the lock; during one, nothing of `shared` is touched but what
// never changes. When a hanging driver lets go of a thread that was left behind, `stop` is the
// first thing that it sees.
void GpuReader::run(const std::shared_ptr<Shared>& shared) {
  name_this_thread("tidemark-gpu");
  auto& s = *shared;
  GpuSources sources{s.host, s.options};
  RunGpus run_gpus;
  MainEnvironment environment;
  std::vector<std::int32_t> pids;
  std::vector<GpuSample> samples;

  std::unique_lock lock{s.mutex};
  while (!s.stop) {
    const auto now = s.clock.now();
    const auto next = s.schedule.next();
    if (!next && !s.report_wanted) {
      s.wake.wait(lock);
      continue;
    }
    if (next && *next > now && !s.report_wanted) {
      s.wake.wait_for(lock, *next - now);
      continue;
    }
    s.schedule.began(now);
    s.began_at = now;
    const bool report_wanted = std::exchange(s.report_wanted, false);
    const auto main_pid = s.main_pid;
    pids = s.pids;
    lock.unlock();

    sources.read(now, pids);
    const auto readings = sources.readings();
    const auto& of_run = run_gpus.choose(readings, environment.of(s.host, main_pid, now), pids);
    samples.clear();
    for (std::size_t i = 0; i < readings.size(); ++i)
      samples.push_back(build_gpu_sample(readings[i], pids, of_run[i] != 0));
    std::optional<GpuReport> report;
    const bool hopeless = sources.is_hopeless();  // the thread ends; its reasons stay
    if (report_wanted || hopeless) report = build_report(sources, samples);

    lock.lock();
    if (s.stop) break;
    s.schedule.ended(s.clock.now() - now);
    s.answered_at = now;
    std::swap(s.samples, samples);
    s.cpuless = sources.cpuless();
    if (report) s.report = std::move(report);
    s.silence_told = false;
    if (hopeless) break;
    s.wake.notify_all();
  }
  s.finished = true;
  s.wake.notify_all();
}

void GpuReader::take(HostSample& sample, const GpuFollowed& followed) {
  auto& s = *shared_;
  const std::scoped_lock lock{s.mutex};
  if (s.finished) return;
  s.main_pid = followed.main_pid;
  s.pids.assign(followed.pids.begin(), followed.pids.end());
  // An answer of this very moment may be younger than the sample's beginning.
  const auto age = std::max(sample.at - s.answered_at.value_or(s.began_at), 0ns);
  if (age > s.schedule.stale_after()) {
    if (!std::exchange(s.silence_told, true))
      s.notice = "the GPU driver has not answered for " +
                 std::to_string(std::chrono::duration_cast<std::chrono::seconds>(age).count()) +
                 " s: no GPU values until it does";
  } else if (s.answered_at) {
    sample.gpus = s.samples;
    for (auto& gpu : sample.gpus) gpu.age = age;
    sample.cpuless = s.cpuless;
  }
  s.schedule.taken(sample.at, s.answered_at);
  s.wake.notify_all();
}

GpuReport GpuReader::describe(std::chrono::milliseconds patience) {
  auto& s = *shared_;
  std::unique_lock lock{s.mutex};
  if (!s.finished) s.report.reset();
  s.report_wanted = true;
  s.wake.notify_all();
  const bool answered =
      s.wake.wait_for(lock, patience, [&s] { return s.report.has_value() || s.finished; });
  if (s.report) return std::move(*s.report);
  GpuReport none;
  none.notes.emplace_back(answered ? "no GPU driver was found"
                                   : "a GPU driver did not answer within " +
                                         std::to_string(patience.count()) + " ms");
  return none;
}

std::optional<std::string> GpuReader::take_notice() {
  const std::scoped_lock lock{shared_->mutex};
  return std::exchange(shared_->notice, std::nullopt);
}

GpuReport describe_gpus(const HostRoot& host, const GpuOptions& options,
                        std::chrono::milliseconds patience) {
  struct Still final : Clock {  // ages are not asked for
    BootTime now() const override { return {1}; }
    WallTime wall() const override { return {}; }
  };
  static const Still clock;
  return GpuReader{host, options_for(host, options), clock}.describe(patience);
}

}  // namespace tidemark
