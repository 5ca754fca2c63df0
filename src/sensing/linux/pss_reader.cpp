#include "sensing/linux/pss_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "os/process_watch.h"
#include "os/thread_name.h"
#include "sensing/linux/page_count.h"
#include "sensing/linux/parsers/process_statm.h"
#include "sensing/linux/parsers/smaps_rollup.h"

namespace tidemark {
namespace {

// What is read at once of smaps_rollup, which stands in a process's way for 18 ms per GiB (64 ms
// where the machine is busy). Larger processes have their pages counted.
constexpr Bytes kMostRolledUp = gib(2);

std::optional<Bytes> read_resident(const HostRoot& host, const std::string& folder) {
  const auto text = host.read(folder + "/statm");
  const auto statm =
      text ? parse_process_statm(*text, ::sysconf(_SC_PAGESIZE)) : std::optional<ProcessStatm>{};
  return statm ? std::optional{statm->resident} : std::nullopt;
}

// Reserved ranges are walked as well: eight times what is resident and 4 GiB are enough of them.
Result<PssReading> read_pages(const HostRoot& host, pid_t pid, Bytes resident) {
  const auto pages = static_cast<std::size_t>(resident.count / ::sysconf(_SC_PAGESIZE));
  constexpr std::size_t kReserved = 1U << 20;
  const auto counted = count_pages(host, pid, 8 * pages + kReserved);
  if (!counted) return std::unexpected(counted.error());
  if (counted->present.count == 0) return fail(Errc::gone, "no page is left");
  const Bytes rss = std::min(counted->present, resident);  // without pages of zeros
  return PssReading{.rss = rss,
                    .uss = std::min(counted->exclusive, rss),
                    .anon = std::min(counted->anon, rss),
                    .counted = true};
}

Result<PssReading> read_rollup(const HostRoot& host, const std::string& path) {
  const auto text = host.read(path);
  if (!text) return std::unexpected(text.error());
  const auto rollup = parse_smaps_rollup(*text);
  if (!rollup) return fail(Errc::gone, path + ": empty");  // an address space that was just let go
  return PssReading{
      .rss = rollup->rss, .pss = rollup->pss, .uss = rollup->uss, .anon = rollup->anon};
}

// Opened anew each time: the files bind the address space that the process has when they are
// opened.
Result<PssReading> read_pss(const HostRoot& host, const Clock& clock, const PssTarget& target) {
  const auto folder = "proc/" + std::to_string(target.id.pid);
  const auto resident = read_resident(host, folder);
  const bool is_large = resident && *resident > kMostRolledUp;
  Result<PssReading> reading = fail(Errc::unsupported, folder);
  if (is_large) reading = read_pages(host, target.id.pid, *resident);
  if (!reading && reading.error().code != Errc::gone)
    reading = read_rollup(host, folder + "/smaps_rollup");
  // Asked after the read: when the pid still is the process's, so was what was read.
  const auto now = identify_process(host, target.id.pid);
  if (!now || *now != target.id) return fail(Errc::gone, folder);
  if (!reading) return reading;
  reading->id = target.id;
  reading->role = target.role;
  reading->at = clock.now();
  return reading;
}

std::string notice_of(const Error& error) {
  const auto* const advice =
      error.code == Errc::permission ? " (run tidemark as the trainer's user, or as root)" : "";
  return "shared memory cannot be told from private, processes are shown by RSS: " + error.message +
         advice;
}

// A process that grew by less than this since its reading is as it was read.
constexpr double kStillRatio = 0.02;

Bytes scaled(Bytes rss, Bytes part, Bytes whole) {
  if (whole.count <= 0) return {};
  const double ratio_of_whole = static_cast<double>(part.count) / static_cast<double>(whole.count);
  return {static_cast<std::int64_t>(static_cast<double>(rss.count) * ratio_of_whole)};
}

// Anonymous pages that came after the reading.
Bytes grown_since(const ProcessSample& process, const PssReading& reading) {
  if (!process.rss_anon || !reading.anon || !process.rss) return {};
  return std::clamp(*process.rss_anon - *reading.anon, Bytes{}, *process.rss);
}

}  // namespace

PssReader::PssReader(HostRoot host, const Clock& clock, double budget_ratio)
    : host_(std::move(host)),
      clock_(clock),
      schedule_(budget_ratio),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void PssReader::follow(std::span<const PssTarget> targets, bool stalled) {
  const std::scoped_lock lock{mutex_};
  schedule_.hold(stalled);
  if (!schedule_.follow(targets)) return;
  std::erase_if(readings_, [targets](const PssReading& reading) {
    return std::ranges::none_of(targets, [&](const PssTarget& t) { return t.id == reading.id; });
  });
  sharers_ = 1 + std::ranges::count(targets, ProcessRole::worker, &PssTarget::role);
  news_ = true;
  wake_.notify_one();
}

bool PssReader::refused() const {
  const std::scoped_lock lock{mutex_};
  return noticed_;
}

void PssReader::copy_readings(std::vector<PssReading>& readings) const {
  const std::scoped_lock lock{mutex_};
  readings = readings_;
}

std::optional<std::string> PssReader::take_notice() {
  const std::scoped_lock lock{mutex_};
  return std::exchange(notice_, std::nullopt);
}

void PssReader::run(const std::stop_token& stop) {
  name_this_thread("tidemark-pss");
  std::unique_lock lock{mutex_};
  while (!stop.stop_requested()) {
    const auto now = clock_.now();
    if (const auto target = schedule_.due(now)) {
      lock.unlock();
      auto reading = read_pss(host_, clock_, *target);
      lock.lock();
      finish(*target, now, std::move(reading));
      continue;
    }
    news_ = false;
    const auto next = schedule_.next_at(now);
    if (next)
      wake_.wait_for(lock, stop, *next - now, [this] { return news_; });
    else
      wake_.wait(lock, stop, [this] { return news_; });
  }
}

void PssReader::finish(const PssTarget& target, BootTime began, Result<PssReading> reading) {
  const auto took = clock_.now() - began;
  if (reading) {
    schedule_.finished(target.id, began, took, PssOutcome::read);
    std::erase_if(readings_, [&target](const PssReading& old) { return old.id == target.id; });
    reading->sharers = sharers_;
    if (reading->counted) {
      const Bytes shared = reading->rss - reading->uss;
      reading->pss = reading->uss + Bytes{shared.count / sharers_};
    }
    readings_.push_back(*reading);
    return;
  }
  const bool gone = reading.error().code == Errc::gone;
  schedule_.finished(target.id, began, took, gone ? PssOutcome::gone : PssOutcome::refused);
  if (gone || noticed_) return;
  noticed_ = true;
  notice_ = notice_of(reading.error());
}

void apply_pss(ProcessSample& process, const PssReading& reading, BootTime since,
               std::int64_t sharers_now) {
  if (!process.rss) return;
  const Bytes shared_then = reading.pss - reading.uss;
  const Bytes shared_now{shared_then.count * reading.sharers /
                         std::max<std::int64_t>(sharers_now, 1)};
  const Bytes pss = std::min(reading.uss + shared_now, reading.rss);
  const Bytes own = grown_since(process, reading);
  process.pss = scaled(*process.rss - own, pss, reading.rss) + own;
  process.uss = scaled(*process.rss - own, reading.uss, reading.rss) + own;
  const Bytes moved{std::abs((*process.rss - reading.rss).count)};
  const bool as_read = !reading.counted && reading.id == process.id && reading.at > since &&
                       reading.sharers == sharers_now && ratio(moved, reading.rss) <= kStillRatio;
  process.pss_basis = as_read ? PssBasis::measured : PssBasis::scaled;
}

}  // namespace tidemark
